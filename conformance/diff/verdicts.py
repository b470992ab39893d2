"""A kind of change and its direction -> a verdict for each audience, and the words for it.

One change is safe for one and breaking for another: who sends requests is not hurt by a member that
is new in an answer. `TABLE` is all there is to it; nothing else decides a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.diff.model import Verdict

if TYPE_CHECKING:
    from conformance.diff.change import Change

__all__ = ["TABLE", "verdict_of", "what", "who"]

_SIDES = {"request": "sent", "response": "received", "event": "received", "error": "received"}

# kind -> (verdict, whom it hurts), for what is sent, what is received, or what stands around it. In
# the sentences `{name}` is the member, `{old}` and `{new}` the values.
TABLE: dict[str, dict[str, tuple[Verdict, str]]] = {
    "property-added": {
        "sent": (
            Verdict("ok", "-", "pass"),
            "nobody: who does not send `{name}` is served as before",
        ),
        "received": (
            Verdict("-", "ok", "pass"),
            "nobody, unless a reader refuses members that it does not know",
        ),
    },
    "required-property-added": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders: a request without `{name}` is refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings lack `{name}` and fail validation",
        ),
    },
    "property-removed": {
        "sent": (
            Verdict("behaviour", "-", "fail-closed"),
            "senders of `{name}`: the live API answers an unknown member with 422",
        ),
        "received": (
            Verdict("-", "break", "fail-closed"),
            "readers of `{name}`: they find nothing there any more",
        ),
    },
    "property-required": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders who leave out `{name}`: they are refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings without `{name}` fail validation",
        ),
    },
    "property-optional": {
        "sent": (Verdict("ok", "-", "pass"), "nobody: `{name}` may be left out, and may be sent"),
        "received": (
            Verdict("-", "risk", "pass"),
            "readers who take `{name}` for granted: it may be missing now",
        ),
    },
    "property-renamed": {
        "sent": (
            Verdict("break", "-", "fail-closed"),
            "senders of `{old}`: it is unknown now, and `{new}` has taken its place",
        ),
        "received": (
            Verdict("-", "break", "fail-closed"),
            "readers of `{old}`: the same thing is called `{new}` now",
        ),
    },
    "required-property-renamed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "every sender: `{old}` is unknown now, and `{new}` is demanded",
        ),
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers of `{old}`: the same thing is called `{new}` now",
        ),
    },
    "type-changed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "every sender of `{name}`: what was right is of the wrong type now",
        ),
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers of `{name}`: it comes as another type than they expect",
        ),
    },
    "type-narrowed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders whose `{name}` is {old} and not {new}: they are refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings may hold what is no longer allowed",
        ),
    },
    "type-widened": {
        "sent": (Verdict("ok", "-", "pass"), "nobody: what was right stays right"),
        "received": (
            Verdict("-", "risk", "pass"),
            "readers with a closed type for `{name}`: values of other types may come",
        ),
    },
    "enum-added": {
        "sent": (Verdict("ok", "-", "pass"), "nobody: what was right stays right"),
        "received": (
            Verdict("-", "risk", "pass"),
            "readers with a closed list of values: {new} is none of theirs",
        ),
    },
    "enum-removed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders of {old}: they are refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings with {old} fail validation",
        ),
    },
    "enum-renamed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders of {old}: the value is spelled {new} now",
        ),
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers who compare with {old}: it comes as {new} now",
        ),
    },
    "bound-narrowed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders with values beyond the new bound: they are refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings may lie beyond the new bound",
        ),
    },
    "bound-relaxed": {
        "sent": (Verdict("ok", "-", "pass"), "nobody: what was right stays right"),
        "received": (
            Verdict("-", "risk", "pass"),
            "readers who rely on the old bound: values beyond it may come",
        ),
    },
    "default-changed": {
        "sent": (
            Verdict("behaviour", "-", "pass"),
            "senders who leave out `{name}`: they are served otherwise than before",
        ),
    },
    "member-added": {
        "sent": (Verdict("ok", "-", "pass"), "nobody: what was right stays right"),
        "received": (
            Verdict("-", "risk", "pass"),
            "readers who know the old forms only: {new} is none of them",
        ),
    },
    "member-removed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders of the form {old}: they are refused from now on",
        ),
        "received": (
            Verdict("-", "ok", "fail-open"),
            "nobody who reads; old recordings with {old} fail validation",
        ),
    },
    "member-renamed": {
        "sent": (
            Verdict("break", "-", "fail-open"),
            "senders of {old}: the same form is called {new} now",
        ),
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers who look for {old}: the same form is called {new} now",
        ),
    },
    "event-added": {
        "received": (
            Verdict("-", "risk", "pass"),
            "readers that stop at an event type they do not know",
        ),
    },
    "event-removed": {
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers that wait for {old}: it never comes",
        ),
    },
    "event-renamed": {
        "received": (
            Verdict("-", "break", "fail-open"),
            "readers of {old}: the same event is called {new} now",
        ),
    },
    "terminator-added": {
        "around": (
            Verdict("-", "risk", "pass"),
            "readers that parse every frame as JSON: {new} is none",
        ),
    },
    "terminator-removed": {
        "around": (
            Verdict("-", "risk", "pass"),
            "readers that wait for {old} and not for the end of the stream",
        ),
    },
    "terminator-changed": {
        "around": (
            Verdict("-", "break", "fail-open"),
            "readers that wait for {old}: the stream ends with {new} now",
        ),
    },
    "operation-added": {"around": (Verdict("ok", "ok", "pass"), "nobody")},
    "operation-removed": {
        "around": (Verdict("break", "break", "fail-open"), "everyone who calls it"),
    },
    "request-media-type-added": {"around": (Verdict("ok", "-", "pass"), "nobody")},
    "request-media-type-removed": {
        "around": (Verdict("break", "-", "fail-open"), "senders of {old}"),
    },
    "response-media-type-added": {
        "around": (Verdict("-", "risk", "pass"), "readers that know one form of answer only"),
    },
    "response-media-type-removed": {
        "around": (Verdict("-", "break", "fail-open"), "readers of {old}"),
    },
    "response-media-type-changed": {
        "around": (
            Verdict("-", "break", "fail-open"),
            "readers of {old}: answers come as {new} now",
        ),
    },
    "request-media-type-changed": {
        "around": (Verdict("break", "-", "fail-open"), "senders of {old}: {new} is wanted now"),
    },
    "success-status-added": {
        "around": (
            Verdict("-", "risk", "pass"),
            "readers that take one status only for success: {new} may come",
        ),
    },
    "success-status-removed": {
        "around": (
            Verdict("-", "break", "fail-open"),
            "readers that wait for {old}: success has another status",
        ),
    },
    "server-added": {"around": (Verdict("ok", "-", "pass"), "nobody")},
    "server-removed": {
        "around": (Verdict("break", "-", "pass"), "senders to {old}: it is no longer named"),
    },
    "server-changed": {
        "around": (Verdict("break", "-", "pass"), "senders to {old}: the API is at {new} now"),
    },
    "security-changed": {
        "around": (
            Verdict("break", "-", "pass"),
            "every sender: the key travels otherwise than before",
        ),
    },
}
# An open text that gets a list of values is narrowed; a list that is dropped widens it.
TABLE["enum-closed"] = {
    "sent": (
        Verdict("break", "-", "fail-open"),
        "senders of anything but {new}: they are refused from now on",
    ),
    "received": TABLE["type-narrowed"]["received"],
}
TABLE["enum-opened"] = {
    "sent": TABLE["type-widened"]["sent"],
    "received": (
        Verdict("-", "risk", "pass"),
        "readers with a closed list of values: any text may come now",
    ),
}
TABLE["property-moved"] = TABLE["property-renamed"]

_WHAT = {
    "property-added": "`{name}` added, optional",
    "required-property-added": "`{name}` added, required",
    "property-removed": "`{name}` removed",
    "property-required": "`{name}` becomes required",
    "property-optional": "`{name}` becomes optional",
    "property-renamed": "`{old}` renamed to `{new}`",
    "property-moved": "`{old}` moved to `{new}`",
    "required-property-renamed": "`{old}` renamed to `{new}`, required",
    "type-changed": "`{name}` is {new}, was {old}",
    "type-narrowed": "`{name}` narrowed from {old} to {new}",
    "type-widened": "`{name}` widened from {old} to {new}",
    "enum-added": "`{name}` gains {new}",
    "enum-removed": "`{name}` loses {old}",
    "enum-renamed": "`{name}` respells {old} as {new}",
    "enum-closed": "`{name}` is limited to {new}",
    "enum-opened": "`{name}` is no longer limited to {old}",
    "default-changed": "`{name}` has the default {new}, had {old}",
    "member-added": "`{name}` may be {new} too",
    "member-removed": "`{name}` may no longer be {old}",
    "member-renamed": "{old} is called {new} in `{name}`",
    "event-added": "new event {new}",
    "event-removed": "event {old} removed",
    "event-renamed": "event {old} renamed to {new}",
    "terminator-added": "the stream ends with {new}",
    "terminator-removed": "the stream no longer ends with {old}",
    "terminator-changed": "the stream ends with {new}, was {old}",
    "operation-added": "{new} added",
    "operation-removed": "{old} removed",
    "request-media-type-added": "requests may be {new}",
    "request-media-type-removed": "requests may no longer be {old}",
    "request-media-type-changed": "requests are {new}, were {old}",
    "response-media-type-added": "answers may be {new}",
    "response-media-type-removed": "answers are no longer {old}",
    "response-media-type-changed": "answers are {new}, were {old}",
    "success-status-added": "success may have the status {new}",
    "success-status-removed": "success no longer has the status {old}",
    "server-added": "server {new} added",
    "server-removed": "server {old} removed",
    "server-changed": "server {old} replaced by {new}",
    "security-changed": "the key is sent as {new}, was {old}",
}


def _entry(change: Change) -> tuple[Verdict, str]:
    kind = change.kind
    if change.required and f"required-{kind}" in TABLE:
        kind = f"required-{kind}"
    return TABLE[kind][_SIDES.get(change.at.direction, "around")]


def verdict_of(change: Change) -> Verdict:
    """What a change means for each audience."""
    return _entry(change)[0]


def who(change: Change) -> str:
    """One sentence on who is hurt, and how."""
    return _filled(_entry(change)[1], change)


def what(change: Change) -> str:
    """The headline of a change, values included."""
    kind = change.kind
    if kind.startswith("bound-"):
        return _bound(change)
    if change.required and f"required-{kind}" in _WHAT:
        kind = f"required-{kind}"
    return _filled(_WHAT[kind], change)


def _bound(change: Change) -> str:
    key = next(iter(change.new))
    old, new = change.old[key], change.new[key]
    name = change.at.name
    if old is None:
        return f"`{name}` gets `{key}: {_plain(new)}`"
    if new is None:
        return f"`{name}` loses `{key}: {_plain(old)}`"
    return f"`{name}` has `{key}: {_plain(new)}`, had `{_plain(old)}`"


def _filled(text: str, change: Change) -> str:
    told = "`{old}`" in text or "`{new}`" in text
    shown = _plain if told else _listed
    return text.format(name=change.at.name, old=shown(change.old), new=shown(change.new))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _listed(value: Any) -> str:
    """Values as a list in a sentence; None, as the type of something, is anything."""
    if value is None:
        return "anything"
    values = value if isinstance(value, list) else [value]
    shown = [f"`{_plain(one)}`" for one in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
