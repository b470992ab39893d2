"""Records → a folder: `report.jsonl` as they come, and the views of it at the end.

`report.jsonl` is the truth. A run that is stopped leaves one without a footer; `make_views` makes
the views of it all the same.
"""

from __future__ import annotations

import platform
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.data import data_path
from conformance.errors import ConformanceError, UsageError
from conformance.report.capsule import capsule_name, capsules
from conformance.report.collect import KEEP
from conformance.report.model import report_of
from conformance.report.outcome import Trouble
from conformance.report.records import (
    Case,
    Check,
    Coverage,
    ExchangeRecord,
    Footer,
    Header,
    ViolationRecord,
    as_line,
    merged,
    read_records,
)
from conformance.rules.registry import all_rules
from conformance.verdict import Level
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import TextIO

    from conformance.report.model import Report
    from conformance.report.records import Record

__all__ = ["CAPSULES", "JSONL", "ReportFolder", "header_of", "make_views"]

JSONL = "report.jsonl"
CAPSULES = "capsules"
# What judges, beside the tool itself: a verdict may depend on their versions.
_SOFTWARE = ("httpx", "hypothesis", "jsonschema-rs", "pytest", "schemathesis")


def header_of(
    command: str,
    target: str = "",
    *,
    seed: int | None = None,
    party: str = "",
    strict: bool = False,
) -> Header:
    """The header of a report that begins now."""
    manifest = data_path("specs") / "compiled" / "manifest.json"
    versions = {"python": platform.python_version(), "platform": sys.platform}
    for name in _SOFTWARE:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Header(
        tool=__version__,
        snapshot=contract().snapshot,
        rules=len(all_rules()),
        spec_sha256=sha256(manifest.read_bytes()).hexdigest(),
        command=command,
        target=target,
        seed=seed,
        started=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        party=party,
        strict=strict,
        versions=versions,
    )


class ReportFolder:
    """Writes a report into a folder, which is made if need be.

    An earlier report in it is replaced. Raises UsageError when the folder cannot be written.
    """

    def __init__(self, folder: str | Path, header: Header, *, keep: int = KEEP) -> None:
        self.folder = Path(folder)
        self.header = header
        self._keep = keep
        self._kept: Counter[str] = Counter()
        self._waiting: list[ExchangeRecord | ViolationRecord] = []
        self._sums: list[Check | Coverage] = []
        self._counts: Counter[str] = Counter()
        self._levels: Counter[Level] = Counter()
        self._reasons: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._files: set[str] = set()
        self._unreadable: set[str] = set()
        self._file = self._opened()
        self._write(header)

    def _opened(self) -> TextIO:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for old in (self.folder / CAPSULES).glob("capsule-*.json"):
                old.unlink()
            return (self.folder / JSONL).open("w", encoding="ascii", newline="\n")
        except OSError as error:
            raise UsageError(
                f"cannot be written: {(error.strerror or str(error)).lower()}",
                where=f"--report {self.folder}",
                hint="name a folder",
            ) from error

    def _write(self, record: Record) -> None:
        self._file.write(as_line(record) + "\n")

    def add(self, record: Record) -> None:
        """Add one record; a violation comes after its exchange."""
        if isinstance(record, (Check, Coverage)):
            self._sums.append(record)
            return
        if isinstance(record, ViolationRecord):
            if self.header.party in ("", record.violation.party.value):
                self._rules[record.violation.code] += 1
                self._levels[record.violation.level] += 1
            self._waiting.append(record)
            return
        self._flush()
        if isinstance(record, ExchangeRecord):
            self._files.add(record.file)
            self._counts["exchanges"] += 1
            self._counts["judged" if record.judged else "not_judged"] += 1
            if record.reason:
                self._reasons[record.reason] += 1
            self._waiting.append(record)
            return
        if isinstance(record, Case):
            self._outcomes[record.outcome] += 1
        elif isinstance(record, Trouble):
            self._unreadable.add(record.file)
        self._write(record)

    def add_all(self, records: Iterable[Record]) -> None:
        """Add several records."""
        for record in records:
            self.add(record)

    def _flush(self) -> None:
        """Write the exchange that waited for its violations, and them."""
        waiting, self._waiting = self._waiting, []
        capsule = ""
        for record in waiting:
            if isinstance(record, ExchangeRecord):
                kept = self._limited(record, waiting)
                capsule = "" if kept.record is None else f"{CAPSULES}/{capsule_name(kept.record)}"
                self._write(kept)
            else:
                self._write(ViolationRecord(record.violation, record.case, capsule))

    def _limited(
        self, exchange: ExchangeRecord, waiting: list[ExchangeRecord | ViolationRecord]
    ) -> ExchangeRecord:
        """The exchange without its content, if its rules have been shown often enough."""
        if exchange.record is None:
            return exchange
        codes = {
            each.violation.code
            for each in waiting
            if isinstance(each, ViolationRecord) and each.violation.level is not Level.INFO
        }
        if not any(self._kept[code] < self._keep for code in codes):
            return replace(exchange, record=None)
        self._kept.update(codes)
        return exchange

    def finish(self, exit_code: int, *, seconds: float | None = None) -> Report:
        """Write the sums and the footer, then the views."""
        self._flush()
        for record in merged(self._sums):
            self._write(record)
        counts = {
            "files": len(self._files | self._unreadable),
            "unreadable": len(self._unreadable),
            **{name: self._counts[name] for name in ("exchanges", "judged", "not_judged")},
            "cases": sum(self._outcomes.values()),
            "errors": self._levels[Level.ERROR],
            "warnings": self._levels[Level.WARNING],
            "infos": self._levels[Level.INFO],
        }
        self._write(
            Footer(
                counts,
                exit_code,
                dict(sorted(self._reasons.items())),
                dict(sorted(self._rules.items())),
                dict(sorted(self._outcomes.items())),
                None if seconds is None else round(seconds, 3),
            )
        )
        self._file.close()
        return make_views(self.folder / JSONL, self.folder)

    def __enter__(self) -> ReportFolder:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file. Without `finish` the report stays incomplete, and says so."""
        if not self._file.closed:
            self._flush()
            for record in merged(self._sums):
                self._write(record)
            self._file.close()


def make_views(jsonl: str | Path, folder: str | Path) -> Report:
    """Write all views of a `report.jsonl` into a folder. Raises ConformanceError as reading does."""
    from conformance.report import html, junit, markdown

    report = report_of(read_records(jsonl))
    target = Path(folder)
    render: dict[str, Callable[[Report], str]] = {
        "report.html": html.render,
        "junit.xml": junit.render,
        "summary.md": markdown.render,
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, view in render.items():
            data = view(report).encode("utf-8", "backslashreplace")
            (target / name).write_bytes(data)
        for name, text in capsules(report):
            (target / CAPSULES).mkdir(exist_ok=True)
            (target / CAPSULES / name).write_text(text, encoding="ascii", newline="\n")
    except OSError as error:
        raise ConformanceError(
            f"cannot be written: {(error.strerror or str(error)).lower()}", where=str(folder)
        ) from error
    return report
