"""`matrix.jsonl` ↔ what all views of a matrix ask: cells, defects, what came of each client."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.clients.defects import defects_of
from conformance.clients.records import CaseRecord, ClientRecord, Footer, Header, Tried, record_from
from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.clients.defects import Defect
    from conformance.clients.records import Record

__all__ = ["Cut", "Matrix", "matrix_of", "read_matrix"]

# What came of a case, in the order in which it is told.
OUTCOMES = ("good", "error", "warning", "known", "unsurfaced", "unsupported", "trouble")
_FAILED = frozenset({"error", "trouble"})
# The families whose cases end one stream after each of its events.
_CUTS = ("cut", "truncated")


@dataclass(frozen=True, slots=True)
class Cut:
    """What the caller saw of a stream that ended too early: `saw` is an error, a finish word or nothing.

    `came` of `sent` characters of text, thinking, plan and arguments had reached him.
    """

    saw: str
    told: bool
    came: int
    sent: int


@dataclass
class Matrix:
    """Clients × cases. `tried` maps the name of a client and of a case to what came of it."""

    header: Header
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    clients: list[ClientRecord] = field(default_factory=list)
    tried: dict[tuple[str, str], Tried] = field(default_factory=dict)
    footer: Footer | None = None

    @property
    def ran(self) -> list[ClientRecord]:
        """The clients that ran, by name."""
        return sorted((c for c in self.clients if not c.skipped), key=lambda c: c.name)

    @property
    def skipped(self) -> list[ClientRecord]:
        """The clients that did not run, by name."""
        return sorted((c for c in self.clients if c.skipped), key=lambda c: c.name)

    @property
    def families(self) -> dict[str, list[CaseRecord]]:
        """The cases by family, in their order."""
        found: dict[str, list[CaseRecord]] = {}
        for case in self.cases.values():
            found.setdefault(case.family, []).append(case)
        return found

    def of(self, client: str) -> list[Tried]:
        """What came of one client."""
        return [one for (name, _), one in self.tried.items() if name == client]

    def outcomes(self, client: str) -> Counter[str]:
        """How many cases of one client came out how."""
        return Counter(one.outcome for one in self.of(client))

    @cached_property
    def defects(self) -> list[Defect]:
        """The defects of all clients."""
        surfaces = {client.name: client.surfaces for client in self.ran}
        adapters = {client.name: client.adapter for client in self.ran}
        return defects_of(self.tried.values(), self.cases, surfaces, adapters=adapters)

    def cuts(self, client: str) -> dict[str, Cut]:
        """The truncation map of one client: what its caller saw of each stream that was cut."""
        found = {}
        for case in self.cases.values():
            one = self.tried.get((client, case.name))
            stream, _, place = case.name.partition("/")[2].partition("-")
            if case.family not in _CUTS or not place[:2].isdigit() or one is None or not stream:
                continue
            if one.outcome in ("trouble", "unsupported"):
                continue
            found[case.name] = _cut_of(case, one)
        return found

    @property
    def sentence(self) -> str:
        """What came of it all, in one line that can be quoted."""
        counts = Counter(one.outcome for one in self.tried.values())
        ran, skipped = len(self.ran), len(self.skipped)
        cases, defects = len(self.cases), len(self.defects)
        parts = [f"{ran} client{'s' * (ran != 1)} × {cases} case{'s' * (cases != 1)}"]
        parts.append(f"{sum(counts[name] for name in ('good', 'unsurfaced'))} good")
        parts += [
            f"{counts[name]} {said}"
            for name, said in (
                ("error", "not"), ("warning", "with a warning"), ("known", "known to fail"),
                ("unsupported", "unsupported"), ("trouble", "not judged"),
            )
            if counts[name]
        ]  # fmt: skip
        said = f"{', '.join(parts)}; {defects} distinct defect{'s' * (defects != 1)}"
        if skipped:
            said += f"; {skipped} client{'s' * (skipped != 1)} skipped"
        return said if self.footer is not None else f"{said}; the run did not come to its end"

    @property
    def failing(self) -> int:
        """How many results fail."""
        return sum(one.outcome in _FAILED for one in self.tried.values())


def _cut_of(case: CaseRecord, one: Tried) -> Cut:
    sent = _characters(case.expect)
    came = min(_characters(one.got), sent)
    error, finish = one.got.get("error"), one.got.get("finish")
    if one.got.get("crashed") or one.got.get("ended") is False:
        return Cut("no end", told=True, came=came, sent=sent)
    if error is not None:
        return Cut(error["kind"], told=True, came=came, sent=sent)
    told = not any(said.name == "hides-failure" for said in one.said)
    return Cut(finish or "nothing", told=told, came=came, sent=sent)


def _characters(channels: dict[str, object]) -> int:
    """How many characters a caller has got, of all that can be cut."""
    count = sum(len(str(channels.get(name, ""))) for name in ("text", "thinking", "tool_plan"))
    calls = channels.get("calls", ())
    if isinstance(calls, (list, tuple)):
        count += sum(len(call.get("arguments") or "") for call in calls if isinstance(call, dict))
    return count


def matrix_of(records: Iterable[Record]) -> Matrix:
    """The matrix that records make."""
    matrix = Matrix(Header(tool="", snapshot="", seed=0, started=""))
    for record in records:
        if isinstance(record, Header):
            matrix.header = record
        elif isinstance(record, CaseRecord):
            matrix.cases[record.name] = record
        elif isinstance(record, ClientRecord):
            matrix.clients.append(record)
        elif isinstance(record, Tried):
            matrix.tried[record.client, record.case] = record
        else:
            matrix.footer = record
    return matrix


def read_matrix(file: Path) -> Matrix:
    """The matrix in a file. Raises UsageError for what is none."""
    hint = "name a `matrix.jsonl` that `client matrix` wrote"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return matrix_of(record_from(line) for line in lines)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot be read: {reason}", where=str(file), hint=hint) from error
    except ValueError as error:
        raise UsageError(str(error), where=str(file), hint=hint) from error
