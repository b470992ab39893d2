"""Every fault that the mock can make is found by the suite, under its own code."""

from __future__ import annotations

import pytest

from conformance.faults import all_faults
from conformance.suite.case import Kind
from conformance.suite.catalogue import all_cases
from conformance.verdict import Level

# Which cases are likely to show a fault that needs a certain answer; the rest come after them.
LIKELY = {
    "text": "chat-stream/text", "json-only": "chat-stream/text/accept-json",
    "citations": "chat-stream/documents", "late-citations": "chat-stream/citations/accurate",
    "astral-citations": "chat-stream/documents/beyond-ascii",
    "citations-off": "chat-stream/citations/off", "tool-citations": "chat-stream/tool-results",
    "thinking": "chat-stream/thinking", "thinking-citations": "chat-stream/citations/thinking",
    "thinking-disabled": "chat-stream/thinking/disabled", "call": "chat-stream/tools",
    "calls": "chat-stream/tools/two-calls", "thought-call": "chat-stream/tools/thinking",
    "strict-call": "chat-stream/strict-tools", "required": "chat-stream/tool-choice/required",
    "forbidden": "chat-stream/tool-choice/none", "json": "chat-stream/json",
    "json-schema": "chat-stream/json/schema", "stop": "chat-stream/options/stop",
    "max-tokens": "chat-stream/options/max", "logprobs": "chat-stream/options/logprobs",
    "refused": "chat-stream/refusals", "rerank": "rerank/plain", "rerank-top": "rerank/options",
    "refused-rerank": "rerank/refusals",
}  # fmt: skip
GENERATED = (Kind.PROPERTY, Kind.FUZZ)
CASES = [case for case in all_cases() if case.kind not in GENERATED]


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: fault.key)
def test_each_fault_is_found(fault, mock, session):
    """A case of the run reports the fault by the code of the rule that it breaks."""
    mock.fault = fault.key
    prefix = LIKELY.get(fault.needs, "")
    tried = 0
    for case in sorted(CASES, key=lambda case: not case.name.startswith(prefix)):
        result = session.play(case)
        tried += 1
        if fault.code in {violation.code for violation in result.violations}:
            return
    pytest.fail(f"{fault.key} was not found in {tried} cases")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_found_without_a_fault(case, session):
    """A conformant answer gets neither an error nor a warning."""
    result = session.play(case)

    assert () == result.troubles
    assert [] == [v.headline for v in result.violations if v.level is not Level.INFO]
