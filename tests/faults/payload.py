"""Faults of what an event holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.edits import Fault, cut, insert, put, raw
from tests.faults.order import DEBUG, TEXT, THINKING

if TYPE_CHECKING:
    from tests.faults.draft import Draft
    from tests.faults.edits import Edit

__all__ = ["FAULTS"]

CALL, CITED, LOGPROBS = "chat/tool_call", "chat/documents_with_citations", "chat/logprobs"
CONTENT = "delta/message/content"
TOOL = "delta/message/tool_calls"
CITATION = "delta/message/citations"
USAGE = "delta/usage"
LAST = ("content-end", 0)


def shorten(kind: str, number: int = 0) -> Edit:
    """Lose the last character of an event."""

    def edit(draft: Draft) -> None:
        event = draft.event(kind, number)
        event.data = event.text[:-1]

    return edit


FAULTS = [
    # an event whose name is right and whose type is not
    *(
        Fault(
            "EVENT-007", f"{kind} as {kind.replace('-', '_')}", recording, put(kind, "type", wrong)
        )
        for recording, kinds in (
            (TEXT, ("message-start", "content-start", "content-delta", "content-end")),
            (CALL, ("tool-plan-delta", "tool-call-start", "tool-call-delta", "tool-call-end")),
            (CITED, ("citation-start", "citation-end", "message-end")),
        )
        for kind in kinds
        for wrong in (kind.replace("-", "_"),)
    ),
    # JSON itself
    Fault("EVENT-001", "JSON cut short", TEXT, raw("content-delta", '"}}}}', '"}}', 1)),
    Fault("EVENT-001", "a bracket too many", TEXT, raw("content-delta", "}}}}", "}}}}}", 1)),
    Fault("EVENT-001", "single quotes", TEXT, raw("content-delta", '"index"', "'index'", 1)),
    Fault("EVENT-001", "a trailing comma", TEXT, raw("content-delta", "}}}}", ",}}}}", 1)),
    Fault("EVENT-001", "message-start cut short", TEXT, shorten("message-start")),
    Fault("EVENT-001", "content-start cut short", TEXT, shorten("content-start")),
    Fault("EVENT-001", "content-end cut short", TEXT, shorten("content-end")),
    Fault("EVENT-001", "tool-call-start cut short", CALL, shorten("tool-call-start")),
    Fault("EVENT-001", "tool-call-end cut short", CALL, shorten("tool-call-end")),
    Fault("EVENT-001", "citation-start cut short", CITED, shorten("citation-start", -1)),
    Fault("EVENT-001", "citation-end cut short", CITED, shorten("citation-end", -1)),
    Fault("EVENT-001", "message-end cut short", TEXT, shorten("message-end")),
    Fault(
        "EVENT-001", "Python's None", TEXT, raw("message-end", '"usage":{', '"usage":None,"x":{')
    ),
    Fault(
        "EVENT-001",
        "a raw tab in a string",
        TEXT,
        raw("content-delta", '"text":"', '"text":"\t', 1),
    ),
    Fault("EVENT-001", "an empty data line", TEXT, insert("", before=LAST)),
    Fault("EVENT-001", "plain words as data", TEXT, insert("please wait", before=LAST)),
    Fault("EVENT-002", "an array", TEXT, insert("[]", before=LAST)),
    Fault("EVENT-002", "a number", TEXT, insert("42", before=LAST)),
    Fault("EVENT-002", "a string", TEXT, insert('"ping"', before=LAST)),
    Fault("EVENT-002", "null", TEXT, insert("null", before=LAST)),
    Fault("EVENT-002", "true", TEXT, insert("true", before=LAST)),
    Fault(
        "EVENT-003",
        "a key twice",
        TEXT,
        raw("content-delta", '"index":0', '"index":0,"index":0', 1),
        level="warning",
    ),
    Fault(
        "EVENT-004", "NaN", TEXT, raw("message-end", '"cached_tokens":464', '"cached_tokens":NaN')
    ),
    Fault(
        "EVENT-004",
        "Infinity",
        TEXT,
        raw("message-end", '"cached_tokens":464', '"cached_tokens":Infinity'),
    ),
    Fault(
        "EVENT-005",
        "half a surrogate pair",
        TEXT,
        raw("content-delta", '"text":"', '"text":"\\ud83d', 1),
        level="warning",
    ),
    # the variant
    Fault("EVENT-006", "no type", TEXT, insert({"index": 0, "delta": {}}, before=LAST)),
    Fault("EVENT-006", "an empty object", TEXT, insert({}, before=LAST)),
    Fault("EVENT-007", "an unknown type", TEXT, insert({"type": "content-pause"}, before=LAST)),
    Fault(
        "EVENT-007",
        "a type of the first API",
        TEXT,
        insert({"type": "text-generation", "text": "x"}, before=LAST),
    ),
    Fault("EVENT-007", "a ping", TEXT, insert({"type": "ping"}, before=("message-end", 0))),
    Fault("EVENT-007", "a type in capitals", TEXT, put("content-end", "type", "CONTENT-END")),
    # types
    Fault("EVENT-008", "text is a number", TEXT, put("content-delta", f"{CONTENT}/text", 7, 2)),
    Fault("EVENT-008", "text is null", TEXT, put("content-delta", f"{CONTENT}/text", None, 2)),
    Fault("EVENT-008", "text is a list", TEXT, put("content-delta", f"{CONTENT}/text", ["x"], 2)),
    Fault(
        "EVENT-008",
        "thinking is a number",
        THINKING,
        put("content-delta", f"{CONTENT}/thinking", 7, 1),
    ),
    Fault("EVENT-008", "content is a string", TEXT, put("content-delta", CONTENT, "x", 2)),
    Fault("EVENT-008", "message is null", TEXT, put("content-delta", "delta/message", None, 2)),
    Fault("EVENT-008", "delta is a list", TEXT, put("content-delta", "delta", [], 2)),
    Fault("EVENT-008", "index is a string", TEXT, put("content-delta", "index", "0", 2)),
    Fault("EVENT-008", "index is a fraction", TEXT, put("content-delta", "index", 0.5, 2)),
    Fault("EVENT-008", "id is a number", TEXT, put("message-start", "id", 12)),
    Fault("EVENT-008", "the calls are a list", CALL, put("tool-call-start", TOOL, [])),
    Fault(
        "EVENT-008",
        "the name of a function is null",
        CALL,
        put("tool-call-start", f"{TOOL}/function/name", None),
    ),
    Fault(
        "EVENT-008",
        "arguments are an object",
        CALL,
        put("tool-call-delta", f"{TOOL}/function/arguments", {}, 1),
    ),
    Fault(
        "EVENT-008",
        "the plan is a list",
        CALL,
        put("tool-plan-delta", "delta/message/tool_plan", ["I"], 1),
    ),
    Fault("EVENT-008", "the citations are a list", CITED, put("citation-start", CITATION, [])),
    Fault(
        "EVENT-008",
        "a span starts at a string",
        CITED,
        put("citation-start", f"{CITATION}/start", "16"),
    ),
    Fault(
        "EVENT-008",
        "a span ends at a fraction",
        CITED,
        put("citation-start", f"{CITATION}/end", 27.5),
    ),
    Fault(
        "EVENT-008",
        "the sources are an object",
        CITED,
        put("citation-start", f"{CITATION}/sources", {}),
    ),
    Fault(
        "EVENT-008",
        "a document is a string",
        CITED,
        put("citation-start", f"{CITATION}/sources/0/document", "x"),
    ),
    Fault("EVENT-008", "usage is a list", TEXT, put("message-end", USAGE, [])),
    Fault(
        "EVENT-008",
        "a count is a string",
        TEXT,
        put("message-end", f"{USAGE}/tokens/input_tokens", "480"),
    ),
    Fault(
        "EVENT-008",
        "a count is null",
        TEXT,
        put("message-end", f"{USAGE}/billed_units/output_tokens", None),
    ),
    Fault(
        "EVENT-008",
        "the error is an object",
        "chat/error_in_mid_stream",
        put("message-end", "delta/error", {"message": "no"}),
    ),
    Fault("EVENT-008", "logprobs are a list", LOGPROBS, put("content-delta", "logprobs", [])),
    Fault(
        "EVENT-008",
        "a token id is a string",
        LOGPROBS,
        put("content-delta", "logprobs/token_ids", ["7"]),
    ),
    # enumerations
    Fault(
        "EVENT-009", "the role is user", TEXT, put("message-start", "delta/message/role", "user")
    ),
    Fault(
        "EVENT-009",
        "an unknown finish reason",
        TEXT,
        put("message-end", "delta/finish_reason", "LENGTH"),
    ),
    Fault(
        "EVENT-009",
        "a finish reason in lower case",
        TEXT,
        put("message-end", "delta/finish_reason", "complete"),
    ),
    Fault(
        "EVENT-009", "an unknown block type", TEXT, put("content-start", f"{CONTENT}/type", "audio")
    ),
    Fault(
        "EVENT-009", "an unknown call type", CALL, put("tool-call-start", f"{TOOL}/type", "tool")
    ),
    Fault(
        "EVENT-009",
        "an unknown citation type",
        CITED,
        put("citation-start", f"{CITATION}/type", "TITLE"),
    ),
    Fault(
        "EVENT-009",
        "an unknown source type",
        CITED,
        put("citation-start", f"{CITATION}/sources/0/type", "web"),
    ),
    Fault(
        "EVENT-009",
        "an unknown kind of debug event",
        TEXT,
        insert({**DEBUG, "event_type": "x"}, before=LAST),
    ),
    # what must be there
    Fault("EVENT-010", "message-start without id", TEXT, cut("message-start", "id")),
    Fault("EVENT-010", "message-start without delta", TEXT, cut("message-start", "delta")),
    Fault(
        "EVENT-010", "message-start without message", TEXT, cut("message-start", "delta/message")
    ),
    Fault(
        "EVENT-010", "message-start without role", TEXT, cut("message-start", "delta/message/role")
    ),
    Fault("EVENT-010", "message-end without delta", TEXT, cut("message-end", "delta")),
    Fault(
        "EVENT-010",
        "message-end without finish reason",
        TEXT,
        cut("message-end", "delta/finish_reason"),
    ),
    Fault("EVENT-010", "content-delta without delta", TEXT, cut("content-delta", "delta", 2)),
    Fault(
        "EVENT-010", "content-delta without message", TEXT, cut("content-delta", "delta/message", 2)
    ),
    Fault("EVENT-010", "content-delta without content", TEXT, cut("content-delta", CONTENT, 2)),
    Fault(
        "EVENT-010",
        "plan delta without plan",
        CALL,
        cut("tool-plan-delta", "delta/message/tool_plan", 1),
    ),
    Fault("EVENT-010", "call without id", CALL, cut("tool-call-start", f"{TOOL}/id")),
    Fault("EVENT-010", "call without type", CALL, cut("tool-call-start", f"{TOOL}/type")),
    Fault("EVENT-010", "call without function", CALL, cut("tool-call-start", f"{TOOL}/function")),
    Fault("EVENT-010", "call without name", CALL, cut("tool-call-start", f"{TOOL}/function/name")),
    Fault(
        "EVENT-010",
        "arguments without arguments",
        CALL,
        cut("tool-call-delta", f"{TOOL}/function/arguments", 1),
    ),
    Fault("EVENT-010", "citation without start", CITED, cut("citation-start", f"{CITATION}/start")),
    Fault("EVENT-010", "citation without end", CITED, cut("citation-start", f"{CITATION}/end")),
    Fault("EVENT-010", "citation without text", CITED, cut("citation-start", f"{CITATION}/text")),
    Fault(
        "EVENT-010",
        "source without type",
        CITED,
        cut("citation-start", f"{CITATION}/sources/0/type"),
    ),
    Fault(
        "EVENT-010",
        "logprobs without token ids",
        LOGPROBS,
        cut("content-delta", "logprobs/token_ids"),
    ),
    Fault("EVENT-010", "debug without event type", TEXT, insert({"type": "debug"}, before=LAST)),
    # bounds
    Fault(
        "EVENT-011",
        "negative input",
        TEXT,
        put("message-end", f"{USAGE}/billed_units/input_tokens", -1),
    ),
    Fault(
        "EVENT-011",
        "negative output",
        TEXT,
        put("message-end", f"{USAGE}/tokens/output_tokens", -1),
    ),
    Fault("EVENT-011", "negative cache", TEXT, put("message-end", f"{USAGE}/cached_tokens", -1)),
    # what was never seen
    Fault(
        "EVENT-012",
        "an undocumented member",
        TEXT,
        put("content-delta", "sampled", value=True),
        level="info",
    ),
    Fault(
        "EVENT-012",
        "an undocumented count",
        TEXT,
        put("message-end", f"{USAGE}/tokens/audio", 3),
        level="info",
    ),
    Fault(
        "EVENT-013",
        "a plan at the start",
        CALL,
        put("message-start", "delta/message/tool_plan", "I"),
        level="warning",
    ),
    Fault(
        "EVENT-014",
        "an id that is no UUID",
        TEXT,
        put("message-start", "id", "msg-1"),
        level="warning",
    ),
    Fault("EVENT-014", "an empty id", TEXT, put("message-start", "id", ""), level="warning"),
    Fault(
        "EVENT-015",
        "text and thinking in one delta",
        TEXT,
        put("content-delta", f"{CONTENT}/thinking", "Hm", 2),
        level="warning",
    ),
    Fault(
        "EVENT-016",
        "a block that starts with text",
        TEXT,
        put("content-start", f"{CONTENT}/text", "Well"),
        level="warning",
    ),
    Fault(
        "EVENT-017",
        "a thinking block without content",
        THINKING,
        cut("content-start", CONTENT),
        level="warning",
    ),
    Fault(
        "EVENT-009", "a block of images", THINKING, put("content-start", f"{CONTENT}/type", "image")
    ),
    Fault(
        "EVENT-017",
        "a block without type",
        TEXT,
        cut("content-start", f"{CONTENT}/type"),
        level="warning",
    ),
    Fault(
        "EVENT-018", "a debug event", TEXT, insert(DEBUG, before=("content-start", 0)), level="info"
    ),
]
