"""One case that shows a defect → what was asked, what stood on the wire, what the caller got."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from conformance.report.cells import safe

if TYPE_CHECKING:
    from conformance.clients.defects import Defect
    from conformance.clients.records import CaseRecord, Tried
    from conformance.report.page import Line

__all__ = ["LABEL", "evidence_lines"]

# The columns of a label with its colon, behind `  = `.
LABEL = 9
# So many lines of an answer are shown: those that it begins with, and its last.
_FIRST, _LAST = 10, 4
# So many lines of the screen are for one line of an answer, and for the body of a request.
_ROWS, _WHOLE_ROWS = 3, 16
_WHOLE = "whole"
_REQUEST = "request"
_LINE_END = re.compile(r"\n|(?<=\\r)(?!\\r|\n)")


def evidence_lines(defect: Defect, case: CaseRecord, tried: Tried, width: int) -> list[Line]:
    """The lines that show the defect in this case, `width` columns wide.

    Of a defect in what was sent they show the request, of any other the answer and what became of it.
    """
    call = f"{case.endpoint} {case.request}"
    if defect.channel == _REQUEST:
        lines = _row("call", [call], width, _WHOLE_ROWS)
        return lines + _row("body", list(tried.sent[:1]) or ["(nothing)"], width, _WHOLE_ROWS)
    lines = _row("call", [call], width, 1)
    for answer in case.answers:
        lines += _row("wire", _wire(answer), width)
    for label, text in _pairs(defect, tried):
        lines += _row(label, text.splitlines() or ["(nothing)"], width)
    got = [f"{name} {_told(value)}" for name, value in tried.got.items()]
    return lines + _row("got", got or ["(nothing)"], width)


def _pairs(defect: Defect, tried: Tried) -> list[tuple[str, str]]:
    """The evidence of what the defect is about."""
    alike = (said for said in tried.said if said.code == defect.code)
    found = next((said for said in alike if said.channel == defect.channel), None)
    return list(found.evidence) if found is not None else []


def _wire(answer: dict[str, Any]) -> list[str]:
    """An answer: what it is, then the lines of its body that are not empty."""
    kind = next((value for name, value in answer["headers"] if name.lower() == "content-type"), "")
    pieces = answer["pieces"]
    count = f"{len(pieces)} piece{'s' * (len(pieces) != 1)}"
    lines = [line for line in _LINE_END.split("".join(pieces)) if line]
    left = len(lines) - _FIRST - _LAST
    if left > 1:
        lines = [*lines[:_FIRST], f"… {left} more lines …", *lines[-_LAST:]]
    end = [] if answer["ends"] == _WHOLE else [f"(the connection: {answer['ends']})"]
    return [f"{answer['status']} {kind}".strip() + f", {count}", *lines, *end]


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(label: str, texts: list[str], width: int, most: int = _ROWS) -> list[Line]:
    """Texts behind a label, each on `most` lines at most."""
    head = f"  = {label + ':':<{LABEL}}"
    room = max(24, width - len(head))
    rows = [row for text in texts for row in _folded(safe(text), room, most)]
    heads = [head, *[" " * len(head)] * (len(rows) - 1)]
    return [((each + row, ""),) for each, row in zip(heads, rows, strict=True)]


def _folded(text: str, room: int, most: int) -> list[str]:
    """A text in lines of so many characters, in which no byte is lost; the rest of a long one is."""
    rows = [text[start : start + room] for start in range(0, len(text), room)]
    if len(rows) <= most:
        return rows or [""]
    return [*rows[: most - 1], rows[most - 1][: room - 1] + "…"]
