"""`specs`: the commands of the outer layer, and `specs adopt`, which needs the comparison too."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.contract import contract
from conformance.data import data_path
from conformance.diff.findings import compare
from conformance.diff.sources import open_side
from conformance.diff.text import closing, counted, some
from conformance.errors import UsageError
from conformance.report.cells import safe, wrap
from conformance.report.page import Page
from conformance.rules.registry import all_rules
from conformance.specs.adopt import demand_fit, install, moved
from conformance.specs.cli import specs
from conformance.specs.snapshot import current
from conformance.specs.trial import trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diff.model import Finding, Report
    from conformance.report.page import Line
    from conformance.specs.adopt import Moved

__all__ = ["adopt", "specs"]

_HASH_LENGTH = 12
_NEW = ("added", "required", "renamed", "moved", "widened", "opened")
# thing -> how the source of the rules that validate by it begins
_SOURCES = {
    "chat-request": "chat-stream, request",
    "chat-event": "chat-stream, the union",
    "rerank-request": "rerank, request",
    "rerank-response": "rerank, response",
    "error": "the error body",
}


@specs.command("adopt")
@click.argument("name", metavar="NEW")
@click.option("--dry-run", is_flag=True, help="Change nothing; print what adopting would mean.")
@click.option(
    "--recordings",
    multiple=True,
    metavar="PATH",
    help="Recordings of yours to look for what changed; by default those that come with the suite.",
)
@click.option(
    "--specs",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder of specs; by default the one that comes with the suite.",
)
def adopt(name: str, *, dry_run: bool, recordings: tuple[str, ...], root: Path | None) -> None:
    """Judge by an imported snapshot from now on, and list what has to be looked at.

    The snapshot becomes current and is compiled, both or neither. If an overlay no longer fits it,
    nothing is changed.
    """
    from conformance.cli.diff import with_touched

    root = root or data_path("specs")
    name, old = _snapshot(name, root), current(root)
    with trial(name, root) as tried:
        demand_fit(tried)
        report = with_touched(compare(open_side(old, root), open_side(name, root)), recordings)
        sources = moved(root / "compiled", tried.root / "compiled")
        if not dry_run:
            install(tried, root)
    page = Page()
    page.write(_lines(old, name, report, sources, page.width))
    done = "would become" if dry_run else "is now"
    page.write([((f"`{name}` {done} the current snapshot, compiled", "good"),)])


def _snapshot(given: str, root: Path) -> str:
    """The name of the snapshot that a user names, or that comes from the file named."""
    path = Path(given)
    if given and (root / given / "PROVENANCE.toml").is_file() and path.name == given:
        return given
    if path.is_file():
        name = hashlib.sha256(path.read_bytes()).hexdigest()[:_HASH_LENGTH]
        if (root / name / "PROVENANCE.toml").is_file():
            return name
        hint = f"run `cohere-conformance specs import {given}` first"
        raise UsageError("the file has not been imported", where=given, hint=hint)
    known = sorted(one.parent.name for one in root.glob("*/PROVENANCE.toml"))
    raise UsageError(
        f"there is no snapshot `{given}`",
        where=str(root),
        hint=f"known snapshots: {', '.join(known)}" if known else "import one first",
    )


def _lines(old: str, new: str, report: Report, sources: list[Moved], width: int) -> Iterator[Line]:
    yield ((f"{old} → {new}: ", "strong"), (closing(report), ""))
    yield ()
    yield from _section("Rules whose source moved", _moved(sources), width)
    touching = [one for one in report.findings if one.touched and any(one.touched[1:])]
    yield from _section(
        "Recordings and cases that touch what changed", map(_touch, touching), width
    )
    bare = [one for one in report.findings if one.touched and not any(one.touched[1:])]
    fresh = [f"{one.what} ({one.at})" for one in bare if one.kind.endswith(_NEW)]
    yield from _section("New facts that no recording and no case covers", fresh, width)
    defects = [f"`{one.value}`, {one.kind} ({one.place})" for one in report.defects]
    yield from _section("New defects of the description", defects, width)


def _section(title: str, items: Iterator[str] | list[str] | map[str], width: int) -> Iterator[Line]:
    """A list of work; a section with nothing to do says so."""
    listed = list(items)
    yield ((f"{title}: {len(listed) or 'none'}", "strong"),)
    for item in listed:
        for number, line in enumerate(wrap(safe(item), width - 4)):
            yield ((f"{'  - ' if not number else '    '}{line}", ""),)
    yield ()


def _moved(sources: list[Moved]) -> Iterator[str]:
    known = contract().clauses
    for one in sources:
        if one.parts:
            head = _SOURCES[one.thing]
            codes = tuple(r.code for r in all_rules() if r.source.where.startswith(head))
            yield f"{one.thing}: {one.parts} of {one.total} parts stand elsewhere; {some(codes, 12)}"
        for clause, places in one.clauses.items():
            codes = tuple(r.code for r in all_rules() if r.source.where == clause)
            said = known[clause].says if clause in known else ""
            by = f"; {some(codes, 12)}" if codes else ""
            yield f"{clause} no longer speaks for the same places of {one.thing}: {some(places)}{by} ({said})"


def _touch(one: Finding) -> str:
    assert one.touched is not None
    rules, cases, recordings = one.touched
    parts = [
        f"{counted(len(names), word)}: {', '.join(names)}"
        for word, names in (("recording", recordings), ("case", cases))
        if names
    ]
    judged = f"; judged by {', '.join(rules)}" if rules else ""
    return f"{one.what} ({one.at}) — {'; '.join(parts)}{judged}"
