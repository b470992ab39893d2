"""Planted faults that yield more than their own code: fault → what is reported beside it.

A fault that stops failing must be struck off here, or its test fails.
"""

from __future__ import annotations

__all__ = ["KNOWN"]

_START = "the start that came twice counts as a block of its own beside the open one"
_COUNT = "an orphan that opened its block, or an end without start, is left out of the count"
_PAIR = "both halves of one misplaced pair are reported"
_LOST = "the event that cannot be read counts as absent too"

KNOWN = {
    "STREAM-007 content-start repeated (chat/text)": _START,
    "STREAM-007 start of the text block repeated (chat/thinking)": _START,
    "STREAM-008 tool-call-start repeated (chat/tool_call)": _START,
    "CITE-001 citation-start repeated (chat/documents_with_citations)": _START,
    "CITE-001 citation-start repeated (chat/tool_result)": _START,
    "STREAM-011 start of the first call dropped (chat/two_tool_calls)": _COUNT,
    "CITE-003 the first citation-start dropped (chat/documents_with_citations)": _COUNT,
    "STREAM-014 the first delta of a cited text before content-start"
    " (chat/documents_with_citations)": "the text of a delta before its start is forgotten",
    "STREAM-012 the end of a call before its start (chat/tool_call_without_arguments)": _PAIR,
    "CITE-001 citation-end behind content-end (chat/tool_result)": _PAIR,
    "CITE-003 a citation-end before its start (chat/tool_result)": _PAIR,
    "EVENT-001 message-start cut short (chat/text)": _LOST,
    "EVENT-001 content-start cut short (chat/text)": _LOST,
    "EVENT-001 content-end cut short (chat/text)": _LOST,
    "EVENT-001 tool-call-start cut short (chat/tool_call)": _LOST,
    "EVENT-001 tool-call-end cut short (chat/tool_call)": _LOST,
    "EVENT-001 citation-start cut short (chat/documents_with_citations)": _LOST,
    "EVENT-001 citation-end cut short (chat/documents_with_citations)": _LOST,
    "EVENT-001 message-end cut short (chat/text)": _LOST,
    "EVENT-001 Python's None (chat/text)": _LOST,
}
