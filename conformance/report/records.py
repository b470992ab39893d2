"""Report values ↔ the lines of a report: header, case, exchange, violation, error, check, coverage, footer.

`report.jsonl` is made of these, one JSON object a line, told apart by `kind`; every other form of a
report is a view of them. A member that has its default is left out, one that is not known is passed
over when a line is read. docs/reports.md describes the members.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from conformance.errors import ConformanceError
from conformance.evidence import Evidence, EvidenceLine
from conformance.report.jsonl import FORMAT, violation_object
from conformance.report.outcome import Trouble
from conformance.verdict import Level, Party, Source, SourceKind
from conformance.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "FAILED",
    "OUTCOMES",
    "Case",
    "Check",
    "Coverage",
    "ExchangeRecord",
    "Footer",
    "Header",
    "Record",
    "ViolationRecord",
    "as_line",
    "from_line",
    "merged",
    "read_records",
]

# What came of a case -> whether that lets the run fail.
OUTCOMES: dict[str, bool] = {
    "kept": False,
    "broken": True,
    "known": False,
    "fixed": True,
    "unshown": False,
    "lacked": False,
    "not-judged": False,
    "trouble": True,
}
FAILED = frozenset(name for name, fails in OUTCOMES.items() if fails)


@dataclass(frozen=True, slots=True)
class Header:
    """What was judged by what: comes first.

    `spec_sha256` is that of the compiled contract's manifest, which holds the sums of all that it was
    compiled from. `command` is `check`, `run` or `pytest`; `target` what was judged; `started` a
    moment in UTC, as ISO 8601. `party` is the judged party, empty for both. `versions` are those of
    the software that judged.
    """

    kind: ClassVar[str] = "header"
    tool: str
    snapshot: str
    rules: int
    spec_sha256: str = ""
    command: str = ""
    target: str = ""
    seed: int | None = None
    started: str = ""
    party: str = ""
    strict: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tried, or one recorded exchange, and what came of it.

    `outcome` is one of `OUTCOMES`. `says` is what was tried, `message` why the outcome is not
    `kept`, in one line. `codes` are the rules and checks that it broke. `seconds` is None where no
    time was taken.
    """

    kind: ClassVar[str] = "case"
    name: str
    outcome: str
    endpoint: str | None = None
    says: str = ""
    features: tuple[str, ...] = ()
    message: str = ""
    codes: tuple[str, ...] = ()
    exchanges: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRecord:
    """One exchange: where it stands, what it was, and, if it is kept, all of it.

    `exchange` is its number in `file`, from 1. `case` names the case it belongs to. `size` is the
    length of the response body in bytes. `record` is the exchange as an object of JSON Lines,
    redacted, None where it is not kept; `replays` is False when judging that record again does not
    give the same violations, because redaction took out what they are about.
    """

    kind: ClassVar[str] = "exchange"
    file: str
    exchange: int
    line: int | None = None
    endpoint: str | None = None
    judged: bool = True
    reason: str | None = None
    events: int = 0
    case: str = ""
    method: str = ""
    path: str = ""
    status: int | None = None
    size: int = 0
    features: tuple[str, ...] = ()
    record: Mapping[str, Any] | None = None
    replays: bool = True


@dataclass(frozen=True, slots=True)
class ViolationRecord:
    """A violation, the case it belongs to, and the capsule that holds its exchange, if one does."""

    kind: ClassVar[str] = "violation"
    violation: Violation
    case: str = ""
    capsule: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is judged over and over: how often it was, and how often it failed.

    `name` is the code of a rule, or of a check that only a run has. `judged` counts the exchanges
    that held what it looks at, or how often a check of a run was applied; None where that is not
    counted. `label`, `level` and `source` (as in a violation) describe a check of a run, which no
    list of rules holds. `proved` says whether it was shown a defect and failed on it; None when that
    was not tried.
    """

    kind: ClassVar[str] = "check"
    name: str
    title: str = ""
    judged: int | None = 0
    failed: int = 0
    proved: bool | None = None
    label: str = ""
    level: str = ""
    source: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each part of the contract was seen, of one thing and one sort.

    `thing` is `chat-event`, `chat-request`, `rerank-request`, `rerank-response`, `error`, an endpoint
    for statuses, or `stream`; `sort` is `property`, `enum`, `union`, `status` or `cell`.
    """

    kind: ClassVar[str] = "coverage"
    thing: str
    sort: str
    items: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Footer:
    """The end: comes last, and only if the run came to its end."""

    kind: ClassVar[str] = "footer"
    counts: Mapping[str, int]
    exit: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    complete: bool = True


Record: TypeAlias = (
    "Header | Case | ExchangeRecord | ViolationRecord | Trouble | Check | Coverage | Footer"
)
Plain = TypeVar("Plain", Header, Case, ExchangeRecord, Check, Coverage, Footer)

_PLAIN: dict[str, type[Any]] = {
    each.kind: each for each in (Header, Case, ExchangeRecord, Check, Coverage, Footer)
}
# Members that are written even when they have their default: readers may count on them.
_ALWAYS = {
    "line", "endpoint", "judged", "reason", "events", "failed", "complete", "reasons", "rules",
}  # fmt: skip


def as_line(record: Record) -> str:
    """A record as one line of JSON in ASCII, without the line feed."""
    return json.dumps(_object(record), ensure_ascii=True, separators=(",", ":"))


def _object(record: Record) -> dict[str, Any]:
    if isinstance(record, Trouble):
        return {
            "kind": "error",
            "file": record.file,
            "message": record.what,
            "where": record.where,
            "help": record.hint,
        }
    if isinstance(record, ViolationRecord):
        return _of_violation(record)
    made: dict[str, Any] = {"kind": record.kind}
    if isinstance(record, Header):
        made["format"] = FORMAT
    for each in fields(record):
        value = getattr(record, each.name)
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if each.name in _ALWAYS or value != default:
            made[each.name] = list(value) if isinstance(value, tuple) else value
    return made


def _of_violation(one: ViolationRecord) -> dict[str, Any]:
    violation, evidence = one.violation, one.violation.evidence
    made = violation_object(violation)
    made["events"] = violation.events
    if one.case:
        made["case"] = one.case
    if one.capsule:
        made["capsule"] = one.capsule
    made["evidence"] = {
        "lines": [[line.number, line.label, line.text] for line in evidence.lines],
        "at": evidence.at,
        "start": evidence.start,
        "end": evidence.end,
        "in_label": evidence.in_label,
        "note": evidence.note,
    }
    return made


def from_line(line: str) -> Record | None:
    """The record of a line; None for a kind that this version does not know.

    Raises ValueError when the line is not a record: no JSON, or a member lacks or has another type.
    """
    try:
        made = json.loads(line)
        kind = made["kind"]
        if kind == "error":
            return Trouble(made["file"], made["message"], made.get("where"), made.get("help"))
        if kind == "violation":
            return _violation(made)
        return _plain(_PLAIN[kind], made) if kind in _PLAIN else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a line of a report: {type(error).__name__}") from error


def _plain(sort: type[Plain], made: dict[str, Any]) -> Plain:
    values: dict[str, Any] = {}
    for each in fields(sort):
        if each.name in made:
            value = made[each.name]
            values[each.name] = tuple(value) if isinstance(value, list) else value
    return sort(**values)


def _violation(made: dict[str, Any]) -> ViolationRecord:
    shown = made.get("evidence") or {}
    evidence = Evidence(
        tuple(EvidenceLine(*line) for line in shown.get("lines", ())),
        shown.get("at"),
        shown.get("start", 0),
        shown.get("end", 0),
        shown.get("in_label", False),
        shown.get("note", ""),
    )
    source = Source(SourceKind(made["source"]["kind"]), made["source"]["where"])
    plain = ("code", "name", "message", "endpoint", "file", "exchange", "line", "event", "byte")
    violation = Violation(
        **{name: made[name] for name in plain},
        level=Level(made["level"]),
        party=Party(made["party"]),
        source=source,
        events=made.get("events"),
        pointer=made.get("pointer"),
        state=made.get("state") or "",
        help=made.get("help") or "",
        evidence=evidence,
        fingerprint=made.get("fingerprint", ""),
    )
    return ViolationRecord(violation, made.get("case", ""), made.get("capsule", ""))


def read_records(path: str | Path) -> Iterator[Record]:
    """The records of a `report.jsonl`, in order; lines of unknown kinds are passed over.

    Raises ConformanceError when the file cannot be read, a line is not a record, or the format is
    newer than this version. A last line that was cut off is passed over: the report is incomplete.
    """
    try:
        file = Path(path).open(encoding="utf-8")  # noqa: SIM115 - closed below, after the handler
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConformanceError(f"cannot be read: {reason}", where=str(path)) from error
    with file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = from_line(line)
            except ValueError as error:
                if not line.endswith("\n"):
                    return
                raise ConformanceError(
                    "is not a line of a report",
                    where=f"{path}:{number}",
                    hint="a report is `report.jsonl`, as `--report DIR` writes it",
                ) from error
            if isinstance(record, Header) and json.loads(line).get("format", FORMAT) > FORMAT:
                raise ConformanceError(
                    "is a report of a newer version", where=str(path), hint="update this program"
                )
            if record is not None:
                yield record


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def merged(records: Iterable[Check | Coverage]) -> list[Check | Coverage]:
    """Checks and coverage of several processes added up, one record for each name or thing."""
    checks: dict[str, Check] = {}
    parts: dict[tuple[str, str], dict[str, int]] = {}
    for one in records:
        if isinstance(one, Check):
            known = checks.get(one.name)
            if known is not None:
                one = replace(  # noqa: PLW2901
                    known,
                    title=known.title or one.title,
                    judged=_sum(known.judged, one.judged),
                    failed=known.failed + one.failed,
                    proved=one.proved if known.proved is None else known.proved,
                    label=known.label or one.label,
                    level=known.level or one.level,
                    source=known.source or one.source,
                )
            checks[one.name] = one
        else:
            items = parts.setdefault((one.thing, one.sort), {})
            for name, count in one.items.items():
                items[name] = items.get(name, 0) + count
    return [
        *checks.values(),
        *(Coverage(thing, sort, items) for (thing, sort), items in parts.items()),
    ]
