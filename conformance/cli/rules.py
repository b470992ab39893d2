"""`rules`: the registry → a list for people or for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.codes import resolved
from conformance.report.cells import pad, wrap
from conformance.report.page import Page
from conformance.rules.registry import REDIRECTS, all_rules

if TYPE_CHECKING:
    from conformance.report.page import Line
    from conformance.rules.registry import Rule

__all__ = ["rule_object", "rules"]


def rule_object(rule: Rule) -> dict[str, Any]:
    """A rule as a JSON object."""
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "level": rule.level.value,
        "party": rule.party.value,
        "source": {"kind": rule.source.kind.value, "where": rule.source.where},
        "since": rule.since,
        "summary": rule.summary,
        "help": rule.help,
        "notes": rule.doc or None,
        "conforms": rule.conforms,
        "breaks": rule.breaks,
        "formerly": sorted(old for old, new in REDIRECTS.items() if new == rule.code),
    }


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or one JSON array.",
)
@click.option(
    "--select", multiple=True, metavar="CODES", help="Only these rules or families, by comma."
)
def rules(*, form: str, select: tuple[str, ...]) -> None:
    """List the rules: code, name, level, judged party, and the clause."""
    wanted = set(resolved(select, "--select"))
    listed = [r for r in all_rules() if not wanted or wanted & {r.code, r.family}]
    if form == "json":
        click.echo(json.dumps([rule_object(rule) for rule in listed], indent=2))
        return
    page = Page()
    page.write(_table(listed, page.width))


def _table(listed: list[Rule], width: int) -> list[Line]:
    columns = [
        max((len(value) for value in values), default=0) + 2
        for values in (
            [r.code for r in listed],
            [r.name for r in listed],
            [r.level.value for r in listed],
            [r.party.value for r in listed],
        )
    ]
    indent = sum(columns)
    room = width - indent
    lines: list[Line] = []
    for rule in listed:
        level = rule.level.value
        head: Line = (
            (pad(rule.code, columns[0]), level),
            (pad(rule.name, columns[1]), "strong"),
            (pad(level, columns[2]), level),
            (pad(rule.party.value, columns[3]), "dim"),
        )
        if room >= 40:  # noqa: PLR2004 - narrower than this reads badly
            first, *rest = wrap(rule.summary, room)
            lines.append((*head, (first, "")))
            lines += [((" " * indent + line, ""),) for line in rest]
        else:
            lines.append(head)
            lines += [(("    " + line, ""),) for line in wrap(rule.summary, width - 4)]
    counts = {level: sum(r.level.value == level for r in listed) for level in ("error", "warning")}
    total = f"{len(listed)} rules: {counts['error']} errors, {counts['warning']} warnings, "
    return [*lines, (), ((f"{total}{len(listed) - sum(counts.values())} notes", "strong"),)]
