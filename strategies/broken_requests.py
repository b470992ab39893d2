"""Choices → a request with one labelled fault: in its schema, in its sense, or in its HTTP message."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.contract import contract
from conformance.errors import UsageError

from .fault import Fault
from .features import Wishes
from .http_faults import HTTP_FAULTS, HttpFault
from .message import Sent, sent
from .mutations import REFUSED, Codes, Target, apply, targets
from .requests import chat_request, rerank_request
from .senses import RERANK_SENSES, SENSES
from .source import named
from .tolerances import CHAT_TOLERANCES, RERANK_TOLERANCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from .edits import Edit
    from .source import Source

__all__ = [
    "BrokenRequest",
    "broken_chat_requests",
    "broken_request",
    "broken_rerank_requests",
    "fault_codes",
    "ways",
]


class BrokenRequest(NamedTuple):
    """A request with exactly one fault, and its label."""

    request: Sent
    fault: Fault

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))

    def __repr__(self) -> str:
        return f"({self.request!r}, {self.fault!r})"


def broken_chat_requests(
    *, kind: str | None = None, code: str | None = None
) -> SearchStrategy[BrokenRequest]:
    """Chat requests with exactly one fault, each with its label: `(request, fault)`.

    Faults against the schema at every place of it, faults of sense (ids that lead nowhere, members
    that exclude each other, limits that only the documentation states), and faults of the HTTP
    message. Rejected by the rules with just `fault.code`. What the live API is known to take all the
    same has the kind ``tolerated``, and nothing is expected of a server then. `kind` and `code` ask
    for one kind of fault or for the faults of one rule; UsageError when there is none::

        >>> request, fault = broken_chat_requests(code="CHAT-007").example()
        >>> fault
        Fault(kind='above the range', pointer='/temperature', code='CHAT-007', ...)
    """
    return _chosen("chat-stream", kind, code)


def broken_rerank_requests(
    *, kind: str | None = None, code: str | None = None
) -> SearchStrategy[BrokenRequest]:
    """Rerank requests with exactly one fault, each with its label; see `broken_chat_requests`.

    ::

        >>> request, fault = broken_rerank_requests(kind="truncated body").example()
    """
    return _chosen("rerank", kind, code)


def _chosen(endpoint: str, kind: str | None, code: str | None) -> SearchStrategy[BrokenRequest]:
    chosen(endpoint, kind, code)  # raises here and not when the first example is drawn
    name = "broken_chat_requests" if endpoint == "chat-stream" else "broken_rerank_requests"
    given = {key: value for key, value in (("kind", kind), ("code", code)) if value is not None}
    return _STRATEGIES[name](**given)


class Way(NamedTuple):
    """One way to break a request: its kind, the rule, and how it is done."""

    kind: str
    code: str
    make: Callable[[Source], BrokenRequest]


CHAT = Codes(
    "CHAT-002", "CHAT-003", "CHAT-004", "CHAT-005", "CHAT-006", "CHAT-007", "CHAT-008",
    expected=REFUSED,
)  # fmt: skip
RERANK = Codes(
    "RERANK-002", "RERANK-003", "", "", "RERANK-004", "RERANK-005", "RERANK-006", "RERANK-009",
    expected=REFUSED,
)  # fmt: skip

# Which requests have a place, by the beginning of its pattern and the kind of fault; the first line
# that fits counts. Where a broken call or result would leave its counterpart alone, which would be
# a fault of its own, the request has neither.
_HISTORY = Wishes(results=True, most=5)
_BASES: tuple[tuple[str, Wishes], ...] = (
    ("/messages/* ", Wishes(results=False)),
    ("/messages/*/<0>/content/<1>/*/<1>", Wishes(images=True)),
    ("/messages/*/<1>/tool_calls/*/type", _HISTORY),
    ("/messages/*/<1>/tool_calls/*/function", _HISTORY),
    ("/messages/*/<1>/tool_calls/* unknown", _HISTORY),
    ("/messages/*/<1>/tool_", Wishes(tools=True, results=False, least=3)),
    ("/messages/*/<1>/citations", Wishes(documents=True, results=False, least=3)),
    ("/messages/*/<1>", Wishes(least=3, results=False)),
    ("/messages/*/<3>/role mixed", _HISTORY),
    ("/messages/*/<3>/role", Wishes(results=False)),
    ("/messages/*/<3>", _HISTORY),
    ("/tools", Wishes(tools=True)),
    ("/strict_tools", Wishes(tools=True)),
    ("/tool_choice", Wishes(tools=True)),
    ("/documents", Wishes(documents=True)),
    ("/response_format", Wishes(json=True)),
    ("/thinking", Wishes(thinking=True)),
    ("/safety_mode", Wishes(tools=False, documents=False)),
    ("", Wishes()),
)
# What is no fault: the live API takes it, or it asks for an answer that is no stream.
_RIGHT = {
    ("/stream", "missing"),
    ("/messages/*/<1>/tool_plan", "null"),
    ("/frequency_penalty", "null"),
    ("/presence_penalty", "null"),
    ("/response_format/<0>/type", "mixed union members"),
    ("/max_tokens_per_doc", "null"),
}


def _schema_way(thing: str, target: Target) -> Way:
    root = contract().schema(thing)
    pattern, kind = target.place.pattern, target.kind
    wishes = next(w for prefix, w in _BASES if f"{pattern} {kind}".startswith(prefix))

    def make(source: Source) -> BrokenRequest:
        if thing == "rerank-request":
            body: dict[str, Any] = rerank_request(source)
            fault = apply(source, root, body, target, RERANK)
            return BrokenRequest(sent("rerank", body), fault)
        body = chat_request(source, wishes)
        if pattern.startswith("/tools"):
            body.pop("tool_choice", None)  # it would ask for what is broken
        if pattern == "/thinking/type":
            body["thinking"] = {"type": "enabled"}  # with a budget, the type may be missing
        fault = apply(source, root, body, target, CHAT)
        return BrokenRequest(sent("chat-stream", body), fault)

    return Way(kind, target.code(CHAT if thing == "chat-request" else RERANK), make)


def _edit_way(endpoint: str, edit: Edit) -> Way:
    def make(source: Source) -> BrokenRequest:
        chat = endpoint == "chat-stream"
        body = chat_request(source, edit.wishes) if chat else rerank_request(source)
        fault = edit.apply(source, body)
        return BrokenRequest(sent(endpoint, body), fault)

    return Way(edit.kind, edit.code, make)


def _http_way(endpoint: str, fault: HttpFault) -> Way:
    def make(source: Source) -> BrokenRequest:
        body = chat_request(source) if endpoint == "chat-stream" else rerank_request(source)
        request, pointer, why = fault.make(source, endpoint, body)
        label = Fault(fault.kind, pointer, fault.codes[endpoint], why, fault.expected)
        return BrokenRequest(request, label)

    return Way(fault.kind, fault.codes[endpoint], make)


@cache
def ways(endpoint: str) -> tuple[tuple[Way, ...], ...]:
    """Every way to break a request of an endpoint, in groups: schema, sense, HTTP, tolerated."""
    chat = endpoint == "chat-stream"
    thing = "chat-request" if chat else "rerank-request"
    schema = [
        _schema_way(thing, target)
        for target in targets(contract().schema(thing))
        if (target.place.pattern, target.kind) not in _RIGHT
    ]
    sense = SENSES if chat else RERANK_SENSES
    known = CHAT_TOLERANCES if chat else RERANK_TOLERANCES
    return (
        tuple(schema),
        tuple(_edit_way(endpoint, each) for each in sense.all),
        tuple(_http_way(endpoint, each) for each in HTTP_FAULTS),
        tuple(_edit_way(endpoint, each) for each in known.all),
    )


def fault_codes(endpoint: str) -> list[str]:
    """The codes that broken requests of an endpoint can have."""
    return sorted({way.code for group in ways(endpoint) for way in group if way.code})


@cache
def chosen(endpoint: str, kind: str | None, code: str | None) -> tuple[tuple[Way, ...], ...]:
    """The ways of a kind and of a rule, in groups without empty ones. Raises UsageError."""
    groups = ways(endpoint)
    kinds = {way.kind for group in groups for way in group}
    codes = set(fault_codes(endpoint))
    for given, known, name in ((kind, kinds, "kind"), (code, codes, "code")):
        if given is not None and given not in known:
            near = ", ".join(f"`{each}`" for each in sorted(known))
            raise UsageError(
                f"no fault has the {name} `{given}`", where=name, hint=f"there are {near}"
            )
    left = [
        tuple(w for w in group if kind in (None, w.kind) and code in (None, w.code))
        for group in groups
    ]
    if not any(left):
        raise UsageError(
            f"no fault of the kind `{kind}` breaks `{code}`", where="kind, code", hint="drop one"
        )
    return tuple(group for group in left if group)


# How often a fault comes from each group: schema, sense, HTTP, tolerated.
_WEIGHTS = {"chat-stream": (0, 0, 0, 0, 1, 1, 1, 2, 2, 3), "rerank": (0, 0, 0, 0, 0, 1, 2, 2, 2, 3)}


def broken_request(
    source: Source, endpoint: str, kind: str | None = None, code: str | None = None
) -> BrokenRequest:
    """A broken request; see `broken_chat_requests`."""
    groups = chosen(endpoint, kind, code)
    whole = len(groups) == len(ways(endpoint))
    group = groups[source.pick(_WEIGHTS[endpoint] if whole else range(len(groups)))]
    if whole and source.chance(2):
        # Some kinds apply at many places: each kind as often as any other.
        wanted = source.pick(sorted({way.kind for way in group}))
        group = tuple(way for way in group if way.kind == wanted)
    return source.pick(group).make(source)


def _broken_chat(source: Source, kind: str | None = None, code: str | None = None) -> BrokenRequest:
    return broken_request(source, "chat-stream", kind, code)


def _broken_rerank(
    source: Source, kind: str | None = None, code: str | None = None
) -> BrokenRequest:
    return broken_request(source, "rerank", kind, code)


_STRATEGIES = {
    "broken_chat_requests": named("broken_chat_requests")(_broken_chat),
    "broken_rerank_requests": named("broken_rerank_requests")(_broken_rerank),
}
