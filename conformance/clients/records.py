"""Results of clients ↔ lines of `matrix.jsonl`: header, cases, then each client with its results.

Texts that are long are kept in part: a line is for reading and for clustering, and the case of
the same name and seed makes the whole again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.causes import cause_of
from conformance.clients.marks import Mark
from conformance.verdict import Level

if TYPE_CHECKING:
    from conformance.clients.case import Case
    from conformance.clients.marks import Result
    from conformance.clients.observed import Observed
    from conformance.clients.protocol import Hello
    from conformance.faults.reply import Reply

__all__ = [
    "FORMAT",
    "CaseRecord",
    "ClientRecord",
    "Footer",
    "Header",
    "Record",
    "Said",
    "Tried",
    "as_line",
    "case_record",
    "client_record",
    "record_from",
    "tried",
]

# Raised when a member changes its meaning or goes; new members do not raise it.
FORMAT = 1

_TEXT = 600
_PIECES = 30
_REQUEST = 2000
_MOST_CALLS = 5


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: which tool judged by which description, with which seed."""

    tool: str
    snapshot: str
    seed: int
    started: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case: what it tries, the call, and the answers piece by piece, control characters escaped.

    `cause` is what it has in common with the cases that fail for the same reason.
    """

    name: str
    about: str
    cause: str
    family: str
    endpoint: str
    sort: str
    request: str
    answers: tuple[dict[str, Any], ...]
    expect: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A client: `name` is that of `client list`; `skipped` says why it did not run.

    `failed` says that this is a fault, and not what the machine lacks. `adapter` is the command of an
    adapter of the user's own.
    """

    name: str
    title: str
    version: str = ""
    language: str = ""
    url: str = ""
    endpoints: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    skipped: str = ""
    failed: bool = False
    seconds: float = 0.0
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding about the caller's side, or a violation in what was sent (`channel` is then `request`)."""

    code: str
    name: str
    level: Level
    message: str
    channel: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """One client in one case. `got` holds what the caller was told, channel by channel."""

    client: str
    case: str
    survives: Mark
    reports: Mark
    loses_nothing: Mark
    said: tuple[Said, ...] = ()
    got: dict[str, Any] = field(default_factory=dict)
    sent: tuple[str, ...] = ()
    retried: int = 0
    seconds: float = 0.0
    unsurfaced: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    known: bool = False

    @property
    def worst(self) -> Level | None:
        """The highest level of what is said; None for nothing."""
        return max((one.level for one in self.said), key=lambda level: level.rank, default=None)

    @property
    def outcome(self) -> str:
        """trouble, unsupported, known, error, warning, unsurfaced or good."""
        if self.trouble:
            return "trouble"
        if self.survives is Mark.UNSUPPORTED:
            return "unsupported"
        if self.known:
            return "known"
        if self.worst in (Level.ERROR, Level.WARNING):
            return str(self.worst.value)
        return "unsurfaced" if self.loses_nothing is Mark.NOT_SURFACED else "good"


@dataclass(frozen=True, slots=True)
class Footer:
    """The last line: the run came to its end, with this exit code."""

    seconds: float
    exit: int


Record = Header | CaseRecord | ClientRecord | Tried | Footer
_KINDS: dict[str, type[Any]] = {
    "header": Header, "case": CaseRecord, "client": ClientRecord, "result": Tried,
    "footer": Footer,
}  # fmt: skip


def as_line(record: Record) -> str:
    """A record as one line of JSON, without the line's end."""
    kind = next(name for name, made in _KINDS.items() if isinstance(record, made))
    members = {"kind": kind, **asdict(record)}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=True)


def record_from(line: str) -> Record:
    """The record in a line that `as_line` wrote. Raises ValueError for any other line."""
    try:
        members = json.loads(line)
        made = _KINDS[members.pop("kind")]
        if made is Tried:
            members["said"] = tuple(_said(one) for one in members["said"])
            for mark in ("survives", "reports", "loses_nothing"):
                members[mark] = Mark(members[mark])
        for name, value in members.items():
            if isinstance(value, list):
                members[name] = tuple(value)
        found: Record = made(**members)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no line of a matrix: {line[:80]}") from error
    return found


def _said(members: dict[str, Any]) -> Said:
    evidence = tuple((label, text) for label, text in members["evidence"])
    return Said(**{**members, "level": Level(members["level"]), "evidence": evidence})


def client_record(
    name: str, hello: Hello, *, url: str, seconds: float, adapter: str = ""
) -> ClientRecord:
    """The record of a client that ran."""
    return ClientRecord(
        name=name,
        title=hello.title,
        version=hello.version,
        language=hello.language,
        url=url,
        endpoints=tuple(sorted(hello.endpoints)),
        surfaces=tuple(sorted(hello.surfaces)),
        seconds=round(seconds, 1),
        adapter=adapter,
    )


def case_record(case: Case) -> CaseRecord:
    """The record of a case."""
    expect = {
        name: value for name, value in asdict(case.expect).items() if value and name != "doubtful"
    }
    return CaseRecord(
        name=case.name,
        about=case.about,
        cause=cause_of(case.name) or case.about,
        family=case.family,
        endpoint=case.endpoint,
        sort=case.kind,
        request=_cut(json.dumps(case.request, ensure_ascii=False), _REQUEST),
        answers=tuple(_answer(reply) for reply in case.answers),
        expect=_short(expect),
    )


def tried(client: str, result: Result, *, known: bool = False) -> Tried:
    """The record of one client in one case."""
    said = [
        Said(f.code, f.name, f.level, f.message, f.channel, _evidence(f.evidence))
        for f in result.findings
    ]
    said += [Said(v.code, v.name, v.level, v.message, "request") for v in result.violations]
    return Tried(
        client=client,
        case=result.case.name,
        survives=result.survives,
        reports=result.reports,
        loses_nothing=result.loses_nothing,
        said=tuple(said),
        got=_got(result.observed),
        sent=tuple(
            _cut(_shown(exchange.request.body), _REQUEST)
            for exchange in result.exchanges[:_MOST_CALLS]
            if exchange.request is not None
        ),
        retried=result.retried,
        seconds=round(result.observed.seconds, 3),
        unsurfaced=tuple(sorted(result.unsurfaced)),
        trouble=tuple(_cut(each, _TEXT) for each in result.trouble),
        known=known,
    )


def _got(observed: Observed) -> dict[str, Any]:
    """What the caller was told; an `error` is told without the name of its member `kind`."""
    members = asdict(observed)
    for name in ("lines", "trouble", "seconds", "ended"):
        members.pop(name)
    made = {name: value for name, value in members.items() if value not in (None, "", (), [])}
    if not observed.ended:
        made["ended"] = False
    short: dict[str, Any] = _short(made)
    return short


def _evidence(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((label, _cut(text, _TEXT)) for label, text in pairs)


def _answer(reply: Reply) -> dict[str, Any]:
    """An answer as it goes over the wire, the middle of a long one left out."""
    pieces = [_cut(_shown(piece), _TEXT) for piece in reply.pieces]
    left = len(pieces) - _PIECES
    if left > 0:
        half = _PIECES // 2
        pieces = [*pieces[:half], f"… {left} more pieces …", *pieces[-half:]]
    return {
        "status": reply.status,
        "headers": [list(pair) for pair in reply.headers],
        "pieces": pieces,
        "ends": reply.ends,
    }


def _shown(data: bytes) -> str:
    """Bytes as text that shows what does not print; line feeds stay."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(
        char
        if char == "\n" or char.isprintable()
        else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in text
    )


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return _cut(value, _TEXT)
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        some = [_short(each) for each in value[:_PIECES]]
        return [*some, f"… {len(value) - _PIECES} more"] if len(value) > _PIECES else some
    return value


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - most} more characters … {text[-half:]}"
