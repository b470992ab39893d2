"""A finding -> the rules that judge by the changed fact, and the exchanges that hold it.

Whether an exchange holds a fact is not guessed from names but looked up in what was sent: the
location is walked through request, events or answer. An addition that no exchange holds is one that
nothing exercises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.diff.model import Touched
from conformance.rules.registry import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.contract import Clause
    from conformance.diff.change import Location
    from conformance.diff.model import Finding

__all__ = ["Instance", "rules_touched", "touched", "values_at"]

_STEP = re.compile(r"\.(?P<member>[^.\[<]+)|(?P<items>\[\])|<(?P<form>[^>]*)>")
_PLAIN_NAME = re.compile(r"[<\[]")
_REFUSED = 400
_TELLING = ("type", "role")

# (operation, direction) -> what happened to the fact -> the rules that validate by it
_SCHEMA_RULES: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("chat-stream", "request"): {
        "property": ("CHAT-006",),
        "required": ("CHAT-002",),
        "type": ("CHAT-003",),
        "enum": ("CHAT-004",),
        "member": ("CHAT-005",),
        "bound": ("CHAT-007", "CHAT-008"),
    },
    ("chat-stream", "event"): {
        "property": ("EVENT-012",),
        "required": ("EVENT-010",),
        "type": ("EVENT-008",),
        "enum": ("EVENT-009",),
        "member": ("EVENT-008", "EVENT-009"),
        "event": ("EVENT-007",),
        "bound": ("EVENT-011",),
    },
    ("rerank", "request"): {
        "property": ("RERANK-004",),
        "required": ("RERANK-002",),
        "type": ("RERANK-003",),
        "enum": ("RERANK-003",),
        "member": ("RERANK-003",),
        "bound": ("RERANK-005", "RERANK-006"),
    },
    ("rerank", "response"): {
        "property": ("RERANK-110",),
        "required": ("RERANK-103",),
        "type": ("RERANK-102",),
        "enum": ("RERANK-102",),
        "member": ("RERANK-102",),
        "bound": ("RERANK-113",),
    },
}
_ERROR_RULES = {
    "property": ("HTTP-018",),
    "required": ("HTTP-005",),
    "type": ("HTTP-005",),
    "enum": ("HTTP-005",),
    "member": ("HTTP-005",),
    "bound": ("HTTP-005",),
}
_PROTOCOL_RULES = {
    "terminator": ("STREAM-024", "SSE-017", "SSE-019", "STREAM-006"),
    "request-media-type": ("HTTP-014",),
    "response-media-type": ("HTTP-001",),
    "success-status": ("HTTP-002",),
    "security": ("HTTP-012", "HTTP-013"),
    "operation": ("HTTP-015",),
}
# So common that a rule which names them need not be about this one.
_COMMON = frozenset({"type", "text", "id", "index", "content", "message", "delta", "name", "data"})


@dataclass(frozen=True, slots=True)
class Instance:
    """One exchange as data: what was sent, and what came back, each None where there is nothing.

    `events` are the events of a stream, `answer` the JSON of any other answer.
    """

    name: str
    endpoint: str
    request: Any = None
    status: int | None = None
    events: tuple[Any, ...] = ()
    answer: Any = None


def values_at(value: Any, path: str) -> Iterator[Any]:
    """Every value that a path of a `Location` leads to."""
    steps = list(_STEP.finditer(path))
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in _next(one, step)]
    yield from found


def _next(value: Any, step: re.Match[str]) -> Iterable[Any]:
    member = step["member"]
    if member is not None:
        if not isinstance(value, dict):
            return ()
        if member == "*":
            return value.values()
        return [value[member]] if member in value else ()
    if step["items"]:
        return value if isinstance(value, list) else ()
    return [value] if _is_form(value, step["form"]) else ()


def _is_form(value: Any, form: str) -> bool:
    """Whether a value is the alternative of a union that goes by this name."""
    if isinstance(value, list):
        return form.startswith("array")
    if isinstance(value, dict):
        told = [value[key] for key in _TELLING if key in value]
        return form in told or (form.startswith(("object", "{")) and form not in told)
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return names[type(value)] == form or (form == "number" and isinstance(value, int))


def holds(finding: Finding, at: Location, instance: Instance) -> bool:
    """Whether an exchange holds what a finding is about, at one of its locations."""
    if instance.endpoint != at.operation:
        return False
    if at.direction == "protocol":
        return True
    kind = finding.kind
    for root in _roots(finding, at, instance):
        if kind.startswith("event-"):
            return True
        path = at.path
        if kind in ("property-renamed", "property-moved"):
            # What was sent or received before has the old name.
            head = "" if kind == "property-moved" else path.rpartition(".")[0]
            path = f"{head}.{finding.old}"
        if kind in ("property-required", "property-optional"):
            path = path.rpartition(".")[0]
        values = list(values_at(root, path))
        if kind in ("enum-added", "enum-removed", "enum-renamed"):
            listed = [*(finding.old or ()), *(finding.new or ())]
            values = [one for one in values if one in listed]
        elif kind == "member-renamed":
            values = list(values_at(root, path.removesuffix(f"<{finding.new}>")))
            values = [one for one in values if _is_form(one, str(finding.old))]
        if values:
            return True
    return False


def _roots(finding: Finding, at: Location, instance: Instance) -> list[Any]:
    """The bodies of an exchange that a location speaks of."""
    refused = instance.status is not None and instance.status >= _REFUSED
    if at.direction == "request":
        return [instance.request] if at.root == "request" else []
    if at.direction == "error":
        return [instance.answer] if refused else []
    if at.direction == "response":
        return [instance.answer] if not refused and instance.answer is not None else []
    kind = at.root.removeprefix("event").strip("<>")
    if finding.kind == "event-renamed":
        kind = str(finding.old)
    return [
        one
        for one in instance.events
        if isinstance(one, dict) and (not kind or one.get("type") == kind)
    ]


def rules_touched(finding: Finding, clauses: Mapping[str, Clause]) -> tuple[str, ...]:
    """The codes of the rules that judge by a changed fact, or whose clause names it."""
    at, kind = finding.at, finding.kind
    codes: list[str] = []
    if at.direction == "protocol":
        codes += _PROTOCOL_RULES.get(kind.rpartition("-")[0], ())
    else:
        table = (
            _ERROR_RULES
            if at.direction == "error"
            else _SCHEMA_RULES.get((at.operation, at.direction), {})
        )
        aspect = kind.split("-", 1)[0]
        if kind in ("property-required", "property-optional"):
            aspect = "required"
        codes += table.get(aspect, ())
    if at.path:
        codes += _naming(finding, clauses)
    return tuple(dict.fromkeys(codes))


def _naming(finding: Finding, clauses: Mapping[str, Clause]) -> list[str]:
    """The rules whose own words, or whose clause's, name the member, or a value that changed."""
    wanted = {
        _PLAIN_NAME.split(finding.at.name)[0],
        *_texts(finding.old),
        *_texts(finding.new),
    } - _COMMON
    wanted = {one for one in wanted if len(one) > 2}  # noqa: PLR2004
    if not wanted:
        return []
    named = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(wanted)))})(?![\w-])")
    families = {
        ("chat-stream", "request"): ("CHAT",),
        ("rerank", "request"): ("RERANK",),
        ("rerank", "response"): ("RERANK",),
        ("chat-stream", "event"): ("EVENT", "STREAM", "CITE", "TOOL", "CHAT"),
    }.get((finding.at.operation, finding.at.direction), ("HTTP",))
    sent = finding.at.direction == "request"
    found = []
    for rule in all_rules():
        if rule.family not in families or (rule.party.value == "client") != sent:
            continue
        clause = clauses.get(rule.source.where)
        if named.search(f"{rule.summary} {rule.doc} {clause.says if clause else ''}"):
            found.append(rule.code)
    return found


def _texts(value: Any) -> set[str]:
    values = value if isinstance(value, list) else [value]
    return {one.rpartition(".")[2] for one in values if isinstance(one, str)}


def touched(
    findings: Iterable[Finding],
    *,
    clauses: Mapping[str, Clause],
    cases: Iterable[Instance],
    recordings: Iterable[Instance],
) -> list[Finding]:
    """The findings, each with the rules, cases and recordings that it touches."""
    tried, seen = list(cases), list(recordings)
    out = []
    for one in findings:
        places = (one.at, *one.also)

        def those(instances: list[Instance], one: Finding = one, places: Any = places) -> Any:
            found = (i.name for i in instances if any(holds(one, at, i) for at in places))
            return tuple(dict.fromkeys(found))

        codes = rules_touched(one, clauses)
        out.append(replace(one, touched=Touched(codes, those(tried), those(seen))))
    return out
