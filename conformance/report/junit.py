"""A report → JUnit XML, which build servers read: one test case for each case.

The dialect is the one that pytest writes. XML 1.0 has no form for most control characters, so they
are shown as escapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from conformance.contract import contract
from conformance.report.cause import clusters, like_it
from conformance.report.records import FAILED
from conformance.report.text import failure_text
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.report.model import Report
    from conformance.report.records import Case, ViolationRecord

__all__ = ["render"]

_NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A case that breaks one rule a thousand times needs no thousand texts.
_MOST = 20
_SKIPPED = {"lacked", "not-judged", "known", "unshown"}


def _safe(text: str) -> str:
    return _NO_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _attribute(text: str) -> str:
    return quoteattr(_safe(text))


def _element(text: str) -> str:
    return escape(_safe(text))


def render(report: Report) -> str:
    """The text of `junit.xml`."""
    found: dict[str, list[ViolationRecord]] = {}
    for record in report.violations():
        if report.counts(record.violation) and record.violation.level is not Level.INFO:
            found.setdefault(_owner(record), []).append(record)
    suites: dict[str, list[Case]] = {}
    for case in report.cases:
        suites.setdefault(case.endpoint or "other", []).append(case)
    if report.troubles:
        suites.setdefault("other", [])
    body = [
        line
        for name, cases in suites.items()
        for line in _suite(name, cases, found, report, name == "other")
    ]
    failures = sum(case.outcome in FAILED and case.outcome != "trouble" for case in report.cases)
    errors = _errors(report.cases) + len(report.troubles)
    total = len(report.cases) + len(report.troubles)
    head = f'<testsuites name="cohere-conformance" tests="{total}"'
    head += f' failures="{failures}" errors="{errors}">'
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *body, "</testsuites>", ""])


def _owner(record: ViolationRecord) -> str:
    """The name of the case that a violation belongs to."""
    if record.case:
        return record.case
    violation = record.violation
    number = violation.exchange
    return violation.file if number == 1 else f"{violation.file}, exchange {number}"


def _errors(cases: Iterable[Case]) -> int:
    return sum(case.outcome == "trouble" for case in cases)


def _suite(
    name: str,
    cases: list[Case],
    found: dict[str, list[ViolationRecord]],
    report: Report,
    with_troubles: bool,  # noqa: FBT001
) -> Iterator[str]:
    troubles = report.troubles if with_troubles else []
    failures = sum(case.outcome in FAILED and case.outcome != "trouble" for case in cases)
    skipped = sum(case.outcome in _SKIPPED for case in cases)
    seconds = sum(case.seconds or 0.0 for case in cases)
    stamp = f' timestamp="{report.header.started}"' if report.header.started else ""
    yield (
        f'<testsuite name={_attribute(name)} tests="{len(cases) + len(troubles)}"'
        f' failures="{failures}" errors="{_errors(cases) + len(troubles)}" skipped="{skipped}"'
        f' time="{seconds:.3f}"{stamp}>'
    )
    yield from _properties(report)
    for case in cases:
        yield from _case(case, found.get(case.name, []))
    for trouble in troubles:
        yield f'<testcase classname="trouble" name={_attribute(trouble.file)} time="0">'
        yield f"<error message={_attribute(trouble.what)}>{_element(str(trouble))}</error>"
        yield "</testcase>"
    yield "</testsuite>"


def _properties(report: Report) -> Iterator[str]:
    header = report.header
    values = {
        "tool": header.tool, "snapshot": header.snapshot, "spec_sha256": header.spec_sha256,
        "target": header.target, "seed": "" if header.seed is None else str(header.seed),
    }  # fmt: skip
    yield "<properties>"
    for name, value in values.items():
        if value:
            yield f"<property name={_attribute(name)} value={_attribute(value)}/>"
    yield "</properties>"


def _case(case: Case, found: list[ViolationRecord]) -> Iterator[str]:
    folder, _, last = case.name.rpartition("/")
    owner = folder or case.endpoint or "case"
    seconds = f"{case.seconds or 0.0:.3f}"
    head = f'<testcase classname={_attribute(owner)} name={_attribute(last)} time="{seconds}"'
    inside = list(_outcome(case, found))
    if not inside:
        yield head + "/>"
        return
    yield head + ">"
    yield from inside
    yield "</testcase>"


def _outcome(case: Case, found: list[ViolationRecord]) -> Iterator[str]:
    message = _attribute(case.message or case.outcome)
    if case.outcome == "trouble":
        yield f"<error message={message}/>"
    elif case.outcome in FAILED:
        kind = _attribute(case.codes[0] if case.codes else case.outcome)
        yield f"<failure message={message} type={kind}>{_element(_texts(found))}</failure>"
    elif case.outcome in _SKIPPED:
        yield f"<skipped message={message}/>"
        return
    milder = [each for each in found if each.violation.code not in case.codes]
    if case.outcome not in FAILED and milder:
        yield f"<system-out>{_element(_texts(milder))}</system-out>"


def _texts(found: list[ViolationRecord]) -> str:
    clauses = contract().clauses
    alike = clusters(found, lambda each: each.violation)
    texts = []
    for first, *others in alike[:_MOST]:
        text = failure_text(first.violation, clauses=clauses, width=100)
        texts.append(text + (f"\n  {like_it(len(others)).strip()}\n" if others else ""))
    left = sum(map(len, alike[_MOST:]))
    if left:
        texts.append(f"and {left} more\n")
    return "\n".join(texts)
