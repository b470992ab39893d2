"""A report → one HTML file that needs nothing else: no network, no other file.

The page is made by a template that escapes everything it is given. Scripts are allowed by their
hash only, so that whatever a recording holds, nothing of it runs. Without scripts the page shows all
but the list of exchanges and the filters.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.contract import contract
from conformance.report.cause import clusters
from conformance.report.cells import safe
from conformance.report.coverage import UNDESCRIBED, allowed, cell_name, share
from conformance.report.detail import Detail, Kept, detail_of, kept_from
from conformance.report.model import SAID
from conformance.report.records import FAILED, OUTCOMES
from conformance.report.text import PROGRAM, place_of, source_text
from conformance.report.web import data_island, environment_at, policy_for
from conformance.rules.registry import all_rules
from conformance.stream import TABLE, Input, No, State
from conformance.verdict import Level, Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markupsafe import Markup

    from conformance.report.model import Group, Place, Report
    from conformance.report.records import Check, Coverage, ViolationRecord

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"
# So many violations of one rule are listed; a page is for reading, report.jsonl has them all.
_LISTED = 200
# So many of them with the whole exchange.
_DETAILED = 10
_SORTS = {
    "property": "properties", "enum": "enum members", "union": "union members",
    "status": "statuses", "cell": "cells of the stream table",
}  # fmt: skip
_THINGS = {
    "chat-event": "chat stream events", "chat-request": "chat requests",
    "rerank-request": "rerank requests", "rerank-response": "rerank answers",
    "error": "error bodies", "chat-stream": "chat stream", "rerank": "rerank",
    "stream": "order of a stream",
}  # fmt: skip


class Failure(NamedTuple):
    """One violation as the page shows it; `detail` is None where the exchange was not kept."""

    record: ViolationRecord
    place: str
    detail: Detail | None
    replays: bool
    anchor: str


class Section(NamedTuple):
    """All violations of one rule at one level, in clusters of those alike. `more` are not listed."""

    group: Group
    anchor: str
    title: str
    source: str
    clusters: list[list[Failure]]
    more: int


class RuleRow(NamedTuple):
    """One line of the list of rules and checks."""

    code: str
    name: str
    level: str
    party: str
    title: str
    source: str
    judged: int | None
    failed: int
    proved: bool | None
    anchor: str


class Part(NamedTuple):
    """One line of the coverage: what was seen and what was not."""

    thing: str
    sort: str
    seen: int
    total: int
    missing: list[str]
    found: list[tuple[str, int]]


class Cell(NamedTuple):
    """One cell of the stream table: how often it was visited, and the rule it breaks, if any."""

    visits: int
    code: str
    allowed: bool


def render(report: Report) -> str:
    """The text of `report.html`."""
    from markupsafe import Markup

    environment = environment_at(_TEMPLATES)
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8").strip()
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    sections = list(_sections(report))
    template = environment.get_template("report.html.j2")
    return template.render(
        report=report,
        header=report.header,
        program=PROGRAM,
        badge=_badge(report),
        figures=_figures(report),
        outcomes=[name for name in OUTCOMES if report.outcomes[name]],
        said=SAID,
        failed=FAILED,
        sections=sections,
        opened=sections[0].clusters[0][0].anchor if sections else "",
        rules=_rules(report, {s.group.code: s.anchor for s in reversed(sections)}),
        parts=[_part(each) for each in report.coverage],
        states=list(State),
        inputs=list(Input),
        cells=_cells(report.coverage),
        exchanges=_data(report),
        script=Markup(script),  # noqa: S704 - our own
        style=Markup(style),  # noqa: S704 - our own
        policy=policy_for(script, style),
    )


def _badge(report: Report) -> tuple[str, str]:
    """What came of it in two words, and the colour for it."""
    if report.footer is None:
        return "incomplete", "error"
    if report.passed:
        return "as promised", "good"
    if not report.judged:
        return "nothing judged", "error"
    return ("broken", "error") if report.footer.exit == 1 else ("not all judged", "error")


def _figures(report: Report) -> list[tuple[str, int, str]]:
    levels = report.levels
    figures = [
        ("exchanges judged", report.judged, ""),
        ("errors", levels[Level.ERROR], "error" if levels[Level.ERROR] else ""),
        ("warnings", levels[Level.WARNING], "warning" if levels[Level.WARNING] else ""),
        ("notes", levels[Level.INFO], ""),
        ("not judged", len(report.places) - report.judged, ""),
    ]
    if report.cases and report.header.command != "check":
        figures.insert(0, ("cases", len(report.cases), ""))
        failing = len(report.failed_cases())
        figures.insert(1, ("cases that fail", failing, "error" if failing else ""))
    return figures


def _sections(report: Report) -> Iterator[Section]:
    clauses = contract().clauses
    kept: dict[int, Kept | None] = {}
    for group in report.groups():
        first = group.first
        anchor = f"{group.code}-{group.level.value}"
        # Those that can be looked into come first.
        found = sorted(
            group.found, key=lambda pair: pair[1] is None or pair[1].record.record is None
        )
        alike = clusters(found, lambda pair: pair[0].violation)
        # One of each cause before any other, so that what is left out is like what is shown.
        listed = sorted(
            (place, number) for number, one in enumerate(alike) for place in range(len(one))
        )
        shown: list[list[Failure]] = [[] for _ in alike]
        for count, (place, number) in enumerate(listed[:_LISTED], 1):
            one, where = alike[number][place]
            looked = kept if count <= _DETAILED else None
            shown[number].append(_failure(one, where, looked, f"{anchor}-{count}"))
        yield Section(
            group=group,
            anchor=anchor,
            title=report.title_of(group.code),
            source=source_text(first.source, clauses),
            clusters=[each for each in shown if each],
            more=max(0, len(found) - _LISTED),
        )


def _failure(
    one: ViolationRecord, place: Place | None, kept: dict[int, Kept | None] | None, anchor: str
) -> Failure:
    violation = one.violation
    detail = None
    if place is not None and place.record.record is not None and kept is not None:
        if place.number not in kept:
            found = [each.violation for each in place.violations]
            shown = [each for each in found if each.level is not Level.INFO]
            kept[place.number] = kept_from(place.record.record, shown)
        whole = kept[place.number]
        detail = None if whole is None else detail_of(whole, violation)
    replays = place is None or place.record.replays
    where = place_of(violation)
    if one.case and one.case != violation.file:
        where = f"{safe(one.case)}: {where}"
    return Failure(one, where, detail, replays, anchor)


def _rules(report: Report, anchors: Mapping[str, str]) -> list[RuleRow]:
    clauses = contract().clauses
    known = {rule.code: rule for rule in all_rules()}
    sources = {v.violation.code: v.violation for v in report.violations()}
    rows = []
    for check in report.checks:
        rule = known.get(check.name)
        example = sources.get(check.name)
        source = rule.source if rule else _source(check) or (example.source if example else None)
        rows.append(
            RuleRow(
                code=check.name,
                name=rule.name if rule else check.label or (example.name if example else ""),
                level=rule.level.value
                if rule
                else check.level or (example.level.value if example else ""),
                party=rule.party.value if rule else "server",
                title=check.title,
                source=source_text(source, clauses) if source else "",
                judged=check.judged,
                failed=check.failed,
                proved=check.proved,
                anchor=anchors.get(check.name, ""),
            )
        )
    return rows


def _source(check: Check) -> Source | None:
    """The source that the record of a check names, if it does."""
    try:
        return Source(SourceKind(check.source["kind"]), check.source["where"])
    except (KeyError, ValueError, TypeError):
        return None


def _part(record: Coverage) -> Part:
    seen, total = share(record)
    items = record.items
    if record.sort == "cell":
        names = {cell_name(s.name, i.name) for s in State for i in Input if allowed(s, i)}
        items = {name: count for name, count in items.items() if name in names}
    missing = [n for n, count in items.items() if not count and not n.endswith(UNDESCRIBED)]
    return Part(
        thing=_THINGS.get(record.thing, record.thing),
        sort=_SORTS.get(record.sort, record.sort),
        seen=seen,
        total=total,
        missing=[safe(name) for name in missing],
        found=[(safe(name), count) for name, count in items.items() if count],
    )


def _cells(coverage: list[Coverage]) -> dict[State, list[tuple[Input, Cell]]] | None:
    counts = next((part.items for part in coverage if part.sort == "cell"), None)
    if counts is None:
        return None
    rows = {}
    for state, row in TABLE.items():
        cells = []
        for given in Input:
            cell = row[given]
            code = cell.code if isinstance(cell, No) else ""
            count = counts.get(cell_name(state.name, given.name), 0)
            cells.append((given, Cell(count, code, allowed(state, given))))
        rows[state] = cells
    return rows


def _data(report: Report) -> Markup:
    """The exchanges for the script, as JSON that holds nothing HTML would take for its own.

    Per exchange: file (as a number), exchange, line, case (as a number), endpoint, method and path,
    status, events, size, result, codes. Texts that come often stand once.
    """
    texts: dict[str, int] = {}

    def index(text: str | None) -> int:
        return texts.setdefault(safe(text or ""), len(texts))

    rows: list[list[Any]] = []
    for place in report.places:
        record = place.record
        failing = [v for v in place.violations if report.fails(v.violation)]
        warned = any(
            v.violation.level is Level.WARNING and report.counts(v.violation)
            for v in place.violations
        )
        result = (
            "not judged" if not record.judged
            else "broken" if failing
            else "warned" if warned
            else "as promised"
        )  # fmt: skip
        codes = dict.fromkeys(
            v.violation.code for v in place.violations if v.violation.level is not Level.INFO
        )
        rows.append(
            [
                index(record.file), record.exchange, record.line, index(record.case),
                index(record.endpoint), index(f"{record.method} {record.path}".strip()),
                record.status, record.events, record.size, index(result),
                index(", ".join(codes) if record.judged else record.reason),
            ]
        )  # fmt: skip
    return data_island({"texts": list(texts), "rows": rows})
