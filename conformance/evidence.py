"""Finding → the few lines of wire around it, and where to put the caret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.verdict import Party

if TYPE_CHECKING:
    from conformance.events import Event
    from conformance.rules.registry import Finding, Rule
    from conformance.subject import Subject

__all__ = ["Evidence", "EvidenceLine", "evidence_for"]

_BEFORE, _AFTER = 2, 1
# A payload longer than this is cut in the middle, around what the caret points at.
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One line of evidence: its number (an event's, from 1; None for a body), a label, its text."""

    number: int | None
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Lines of wire; the caret stands under columns `[start, end)` of line `at`.

    `in_label` says that the columns count in the label instead of the text.
    """

    lines: tuple[EvidenceLine, ...] = ()
    at: int | None = None
    start: int = 0
    end: int = 0
    in_label: bool = False
    note: str = ""


def _compact(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text.encode("utf-8", "backslashreplace").decode()


def span_of(value: Any, pointer: str) -> tuple[str, int, int] | None:
    """The compact text of a JSON value and the columns of the value at a JSON Pointer in it.

    None when the pointer does not lead anywhere.
    """
    mark = "\u0000here\u0000"
    tokens = [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]

    def replaced(node: Any, rest: list[str]) -> Any:
        if not rest:
            return mark
        if isinstance(node, dict) and rest[0] in node:
            return {k: replaced(v, rest[1:]) if k == rest[0] else v for k, v in node.items()}
        if isinstance(node, list) and rest[0].isdigit() and int(rest[0]) < len(node):
            position = int(rest[0])
            return [replaced(v, rest[1:]) if i == position else v for i, v in enumerate(node)]
        raise LookupError(pointer)

    try:
        marked = _compact(replaced(value, tokens))
    except (LookupError, RecursionError):
        return None
    text = _compact(value)
    start = marked.index(_compact(mark))
    length = len(text) - (len(marked) - len(_compact(mark)))
    return text, start, start + length


def cut(text: str, start: int, end: int, width: int = _WIDTH) -> tuple[str, int, int]:
    """Shorten a text to about `width` columns, keeping what stands at `[start, end)` in sight."""
    if end - start > width // 2:
        keep = width // 4
        text = f"{text[: start + keep]}…{text[end - keep :]}"
        end = start + 2 * keep + 1
    if len(text) <= width:
        return text, start, end
    left = max(0, start - (width - (end - start)) // 2)
    right = min(len(text), left + width)
    left = max(0, min(left, right - width))
    head, tail = ("…" if left else ""), ("…" if right < len(text) else "")
    return head + text[left:right] + tail, start - left + len(head), end - left + len(head)


def _event_text(event: Event) -> str:
    data = event.data
    if not data:
        return event.frame.data if event.type != "[DONE]" else ""
    return _compact({key: value for key, value in data.items() if key != "type"})


def evidence_for(rule: Rule, finding: Finding, subject: Subject) -> Evidence:
    """The wire around a finding: events of a stream, else the body or the headers it is about."""
    if rule.party is Party.CLIENT:
        body = subject.request_json
        label, shown = "request", body
    else:
        reading = subject.reading
        if reading is not None and (finding.event is not None or reading.events):
            return _stream_evidence(finding, subject)
        label, shown = f"response {subject.status}", subject.answer
    if shown is None:
        return Evidence(
            _raw(label, subject) if rule.party is Party.SERVER else (), note=finding.note
        )
    if finding.pointer is not None and shown.is_json:
        found = span_of(shown.value, finding.pointer)
        if found is not None:
            text, start, end = cut(*found)
            return Evidence((EvidenceLine(None, label, text),), 0, start, end, note=finding.note)
    text = shown.text.replace("\r", "␍").replace("\n", "␊")
    place = len(shown.bytes[: finding.byte].decode("utf-8", "replace")) if finding.byte else 0
    if not text:
        text = "(empty body)"
    text, start, end = cut(text, min(place, len(text)), min(place + 1, len(text)))
    at = 0 if finding.byte is not None else None
    return Evidence((EvidenceLine(None, label, text),), at, start, end, note=finding.note)


def _raw(label: str, subject: Subject) -> tuple[EvidenceLine, ...]:
    """The beginning of a body that is neither a stream nor the answer that was expected."""
    response = subject.exchange.response
    if response is None or not response.body:
        return ()
    text = response.body[: 2 * _WIDTH].decode("utf-8", "replace")
    return (EvidenceLine(None, label, cut(text.replace("\r", "␍").replace("\n", "␊"), 0, 0)[0]),)


def _stream_evidence(finding: Finding, subject: Subject) -> Evidence:
    reading = subject.reading
    assert reading is not None  # the caller looked
    events = reading.events
    focus = finding.event
    if focus is None:
        if finding.byte is not None:
            focus = max((e.number for e in events if e.frame.start <= finding.byte), default=0)
            focus_is_exact = False
        else:
            focus, focus_is_exact = len(events) - 1, False
    else:
        focus_is_exact = True
    window = events[max(0, focus - _BEFORE) : focus + _AFTER + 1]
    lines: list[EvidenceLine] = []
    at: int | None = None
    start, end, in_label = 0, 0, False
    for event in window:
        text = _event_text(event)
        label = event.type or "data"
        if event.number == focus and focus_is_exact:
            at = len(lines)
            in_label, start, end = True, 0, len(label)
            if finding.pointer:
                shown = {k: v for k, v in event.data.items() if k != "type"}
                found = span_of(shown, finding.pointer)
                if found is not None:
                    text, start, end = cut(*found)
                    in_label = False
            if in_label:
                text = cut(text, 0, 0)[0]
        else:
            text = cut(text, 0, 0)[0]
        lines.append(EvidenceLine(event.number + 1, label, text))
    return Evidence(tuple(lines), at, start, end, in_label, finding.note)
