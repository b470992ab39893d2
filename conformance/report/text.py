"""A violation → the failure message: what, where, evidence, state, source, help, replay, explain.

The parts stand always in this order; one that has nothing to say is left out. Everything that comes
from a recording passes `cells`, so that it can neither break the layout nor reach the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.report.cells import clip, fit, pad, safe, width_of, wrap
from conformance.report.page import Line, plain
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract import Clause
    from conformance.verdict import Source
    from conformance.violation import Violation

__all__ = ["PROGRAM", "failure", "failure_text", "place_of", "source_text"]

PROGRAM = "cohere-conformance"
_LONGEST_LABEL = 32
_KEY = len("= explain: ")


def source_text(source: Source, clauses: Mapping[str, Clause]) -> str:
    """What states a clause, with the clause in words where it has an id."""
    ids = [each.strip() for each in source.where.split(",")]
    if not all(each in clauses for each in ids):
        return f"{source.kind.value}, {source.where}"
    parts = []
    for each in ids:
        clause = clauses[each]
        seen = f"; {clause.seen}" if clause.seen else ""
        parts.append(f"{each}, {clause.where}: {_inside(clause.says)}{seen}")
    return f"{source.kind.value} {'; '.join(parts)}"


def _inside(sentence: str) -> str:
    """A sentence as part of another: no capital, unless it is more than that, and no full stop."""
    first, second = sentence[:1], sentence[1:2]
    if second.islower() or second.isspace():
        sentence = first.lower() + sentence[1:]
    return sentence.rstrip(".")


def place_of(violation: Violation, *, brief: bool = False) -> str:
    """Where a violation stands: file and line, exchange, event or body, pointer, byte.

    `brief` leaves out what a headline tells anyway: the length of the stream, pointer and byte.
    """
    parts = [violation.file if violation.line is None else f"{violation.file}:{violation.line}"]
    if violation.exchange > 1:
        parts.append(f"exchange {violation.exchange}")
    if violation.event is not None:
        total = "" if brief or violation.events is None else f" of {violation.events}"
        parts.append(f"event {violation.event}{total}")
    elif violation.events is None:
        body = "request" if violation.party is Party.CLIENT else "response"
        pointed = violation.pointer and not brief
        parts.append(f"{body} `{violation.pointer}`" if pointed else body)
    if violation.byte is not None and not brief:
        parts.append(f"byte {violation.byte}")
    return ", ".join(map(safe, parts))


def failure(
    violation: Violation,
    *,
    clauses: Mapping[str, Clause],
    width: int = 100,
    replay: str | None = None,
) -> list[Line]:
    """The lines of a failure message, `width` columns wide; `replay` is a command that repeats it."""
    numbers = [line.number for line in violation.evidence.lines if line.number is not None]
    gutter = max((len(str(number)) for number in numbers), default=1)
    lines = [*_headline(violation, width), *_where(violation, gutter, width)]
    evidence = _evidence(violation, gutter, width)
    if evidence:
        bar: Line = ((" " * (gutter + 2) + "|", "arrow"),)
        lines += [bar, *evidence, bar]
    facts = {
        "state": violation.state,
        "source": source_text(violation.source, clauses),
        "help": violation.help,
    }
    for key, value in facts.items():
        if value:
            lines += _fact(key, safe(value), gutter, width)
    if replay:
        lines.append(_command("replay", safe(replay), gutter))
    lines.append(_command("explain", f"{PROGRAM} explain {violation.code}", gutter))
    return lines


def failure_text(
    violation: Violation,
    *,
    clauses: Mapping[str, Clause],
    width: int = 100,
    replay: str | None = None,
) -> str:
    """The failure message as plain text."""
    return plain(failure(violation, clauses=clauses, width=width, replay=replay))


def _headline(violation: Violation, width: int) -> list[Line]:
    head = f"{violation.code} {violation.name}:"
    first, *rest = wrap(f"{head} {safe(violation.message)}", width)
    return [
        ((head, violation.level.value), (first[len(head) :], "strong")),
        *(((f"  {line}", "strong"),) for line in rest),
    ]


def _where(violation: Violation, gutter: int, width: int) -> list[Line]:
    indent = " " * (gutter + 1)
    place = place_of(violation)
    if len(indent) + 4 + width_of(place) <= width:
        return [((indent, ""), ("--> ", "arrow"), (place, ""))]
    # The file name stays whole, so that it can be copied.
    file = safe(violation.file if violation.line is None else f"{violation.file}:{violation.line}")
    rest = place[len(file) :].lstrip(", ")
    lines: list[Line] = [((indent, ""), ("--> ", "arrow"), (file + ("," if rest else ""), ""))]
    return [*lines, ((f"{indent}    {rest}", ""),)] if rest else lines


def _evidence(violation: Violation, gutter: int, width: int) -> list[Line]:
    evidence = violation.evidence
    labels = [fit(line.label, 0, 0, _LONGEST_LABEL)[0] for line in evidence.lines]
    column = max(map(width_of, labels), default=0) + 3
    room = max(width - (gutter + 4) - column, 20)
    lines: list[Line] = []
    for position, (line, label) in enumerate(zip(evidence.lines, labels, strict=True)):
        here = position == evidence.at
        marked = (evidence.start, evidence.end) if here and not evidence.in_label else (0, 0)
        text, start, end = fit(line.text, *marked, room)
        number = "" if line.number is None else str(line.number)
        lines.append(
            (
                (f" {number:>{gutter}} | ", "arrow"),
                (pad(label, column), "strong" if here else ""),
                (text, "" if here else "dim"),
            )
        )
        if here:
            start, end = (
                (0, width_of(label)) if evidence.in_label else (column + start, column + end)
            )
            lines += _caret(start, end, safe(evidence.note), gutter, width)
    if evidence.at is None and evidence.note:
        lines += [_barred(note, gutter) for note in _note(evidence.note, room + column)]
    return lines


def _caret(start: int, end: int, note: str, gutter: int, width: int) -> list[Line]:
    room = width - (gutter + 4)
    start = min(start, room - 1)
    line = " " * start + "^" * max(end - start, 1)
    if not note:
        return [_barred(line, gutter)]
    if width_of(line) + 1 + width_of(note) <= room:
        return [_barred(f"{line} {note}", gutter)]
    # No room beside the caret: the note goes below it, as far right as it can.
    below = max(0, min(start, room - width_of(note)))
    return [
        _barred(line, gutter),
        *(_barred(" " * below + each, gutter) for each in _note(note, room - below)),
    ]


def _note(note: str, columns: int) -> list[str]:
    return [clip(line, columns) for line in wrap(safe(note), columns)]


def _barred(text: str, gutter: int) -> Line:
    return ((" " * (gutter + 2) + "| ", "arrow"), (text, "caret"))


def _fact(key: str, value: str, gutter: int, width: int) -> list[Line]:
    indent = " " * (gutter + 2)
    first, *rest = wrap(value, width - len(indent) - _KEY)
    head = pad(f"= {key}:", _KEY)
    return [
        ((indent, ""), (head, "arrow"), (first, "")),
        *(((indent + " " * _KEY + line, ""),) for line in rest),
    ]


def _command(key: str, command: str, gutter: int) -> Line:
    """A command is never broken, so that it can be copied."""
    return ((" " * (gutter + 2), ""), (pad(f"= {key}:", _KEY), "arrow"), (command, ""))
