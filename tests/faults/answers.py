"""Faults of calls, of citations, and of a message against its request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.edits import (
    Fault,
    ask,
    cut,
    drop,
    drop_every,
    every,
    insert,
    move,
    put,
    repeat,
    steps,
    unask,
)
from tests.faults.order import BARE, CALL, CALLS, CITED, END, TEXT, THINKING, plan

if TYPE_CHECKING:
    from tests.faults.draft import Draft

__all__ = ["FAULTS"]

STRICT, CUT_SHORT, PLAIN = "chat/strict_tools", "chat/max_tokens", "chat/tool_choice_none"
AUTO, ACCENTS, RESULT = (
    "chat/documents_without_ids",
    "chat/documents_beyond_ascii",
    "chat/tool_result",
)
THOUGHT, JSON, SCHEMA = "chat/thinking_with_citations", "chat/json_mode", "chat/json_schema"
FAILED = "chat/error_in_mid_stream"
CITATION = "delta/message/citations"
USAGE = "delta/usage"
ARGUMENTS = "delta/message/tool_calls/function/arguments"


def arguments(text: str) -> Any:
    """Other arguments in the first call, in one piece."""

    def edit(draft: Draft) -> None:
        assert draft.events is not None
        first = draft.event("tool-call-delta")
        stop = draft.place("tool-call-end")
        draft.events[draft.place("tool-call-delta") : stop] = [first]
        first.data["delta"]["message"]["tool_calls"]["function"]["arguments"] = text

    return edit


def say(*pieces: str) -> Any:
    """Other text in the only block."""

    def edit(draft: Draft) -> None:
        assert draft.events is not None
        start, stop = draft.place("content-start") + 1, draft.place("content-end")
        draft.events[start:stop] = []
        for piece in pieces:
            delta = {"message": {"content": {"text": piece}}}
            event = {"type": "content-delta", "index": 0, "delta": delta}
            insert(event, before=("content-end", 0))(draft)

    return edit


def call(name: str, draft: Draft) -> None:
    """Another tool in the first call, under a fitting id."""
    tool = draft.event("tool-call-start").data["delta"]["message"]["tool_calls"]
    tool["id"], tool["function"]["name"] = f"{name}_0123456789ab", name


def _same_id(draft: Draft) -> None:
    first, second = (draft.event("tool-call-start", n).data["delta"]["message"] for n in (0, 1))
    second["tool_calls"]["id"] = first["tool_calls"]["id"]


def shift(start: int, end: int, number: int = 0) -> Any:
    """Move the ends of a span."""

    def edit(draft: Draft) -> None:
        cited = draft.event("citation-start", number).data["delta"]["message"]["citations"]
        cited["start"] += start
        cited["end"] += end

    return edit


def _in_units(draft: Draft, encoding: str, size: int) -> None:
    """Offsets in code units of an encoding instead of code points."""
    deltas = [event for event in draft.events or [] if event.kind == "content-delta"]
    text = "".join(event.data["delta"]["message"]["content"]["text"] for event in deltas)
    cited = draft.event("citation-start").data["delta"]["message"]["citations"]
    for key in ("start", "end"):
        cited[key] = len(text[: cited[key]].encode(encoding)) // size


def _swapped(draft: Draft) -> None:
    first, second = (draft.event("citation-start", n).data["delta"]["message"] for n in (0, 1))
    first["citations"], second["citations"] = second["citations"], first["citations"]


def _overlapping(draft: Draft) -> None:
    first, second = (draft.event("citation-start", n).data["delta"]["message"] for n in (0, 1))
    text = "The lamp is lit at dusk and flashes twice every ten seconds."
    one, two = first["citations"], second["citations"]
    one["end"] = two["start"] + 5
    one["text"] = text[one["start"] : one["end"]]


def _source(name: str) -> Any:
    return steps(
        put("citation-start", f"{CITATION}/sources/0/id", name),
        put("citation-start", f"{CITATION}/sources/0/document/id", name),
    )


FAULTS = [
    # calls
    Fault("TOOL-001", "the last piece of the arguments lost", CALL, drop("tool-call-delta", -1)),
    Fault("TOOL-001", "the first piece of the arguments lost", CALL, drop("tool-call-delta")),
    Fault(
        "TOOL-001", "a piece of the arguments in the middle lost", CALL, drop("tool-call-delta", 2)
    ),
    Fault(
        "TOOL-001",
        "a piece of the arguments twice",
        CALL,
        insert(
            {
                "type": "tool-call-delta",
                "index": 0,
                "delta": {"message": {"tool_calls": {"function": {"arguments": '{"port"'}}}},
            },
            before=("tool-call-delta", 0),
        ),
    ),
    Fault(
        "TOOL-001",
        "pieces of the arguments swapped",
        CALL,
        move("tool-call-delta", 1, before=("tool-call-delta", 0)),
    ),
    Fault("TOOL-001", "arguments are a list", CALL, arguments('["Brest"]')),
    Fault("TOOL-001", "arguments are a string", CALL, arguments('"Brest"')),
    Fault("TOOL-001", "arguments are null", CALL, arguments("null")),
    Fault("TOOL-001", "arguments are a number", CALL, arguments("7")),
    Fault("TOOL-001", "arguments are blank", CALL, arguments("  ")),
    Fault("TOOL-001", "arguments are two objects", CALL, arguments('{"port":"a"}{"port":"b"}')),
    Fault("TOOL-001", "arguments have single quotes", CALL, arguments("{'port': 'Brest'}")),
    Fault(
        "TOOL-001", "arguments in a code fence", CALL, arguments('```json\n{"port":"Brest"}\n```')
    ),
    Fault("TOOL-002", "a strict argument of the wrong type", STRICT, arguments('{"port": 7}')),
    Fault("TOOL-002", "a strict argument missing", STRICT, arguments('{"day": "today"}')),
    Fault(
        "TOOL-002",
        "a strict argument too many",
        STRICT,
        arguments('{"port": "Dover", "sea": "Channel"}'),
    ),
    Fault(
        "TOOL-003", "an argument of the wrong type", CALL, arguments('{"port": 7}'), level="warning"
    ),
    Fault("TOOL-003", "a required argument missing", CALL, arguments("{}"), level="warning"),
    Fault(
        "TOOL-004",
        "an undeclared tool",
        CALL,
        lambda draft: call("ferry_times", draft),
        level="warning",
    ),
    Fault(
        "TOOL-005",
        "an undeclared tool though strict",
        STRICT,
        lambda draft: call("ferry_times", draft),
    ),
    Fault("TOOL-006", "a call though no tool is declared", BARE, unask("tools")),
    Fault("TOOL-006", "a call though no tool is declared", CALL, unask("tools")),
    Fault("TOOL-007", "both calls under one id", CALLS, _same_id),
    Fault("TOOL-008", "text though a call is required", PLAIN, ask(tool_choice="REQUIRED")),
    Fault("TOOL-009", "a call though none is allowed", CALL, ask(tool_choice="NONE")),
    Fault("TOOL-009", "a call though none is allowed", BARE, ask(tool_choice="NONE")),
    Fault(
        "TOOL-010",
        "arguments in tool-call-start",
        BARE,
        put("tool-call-start", ARGUMENTS, "{}"),
        level="warning",
    ),
    Fault(
        "TOOL-011",
        "a call with an empty id",
        CALL,
        put("tool-call-start", "delta/message/tool_calls/id", ""),
        level="warning",
    ),
    Fault(
        "TOOL-012",
        "tool-call-start without arguments",
        CALL,
        cut("tool-call-start", ARGUMENTS),
        level="warning",
    ),
    # citations
    Fault("CITE-001", "citation-end dropped", CITED, drop("citation-end")),
    Fault("CITE-001", "the last citation-end dropped", CITED, drop("citation-end", 1)),
    Fault("CITE-001", "citation-end dropped", RESULT, drop("citation-end")),
    Fault(
        "CITE-002",
        "text inside a citation",
        AUTO,
        move("citation-end", before=("content-delta", 4)),
        level="warning",
    ),
    Fault(
        "CITE-003",
        "citation-end repeated",
        CITED,
        lambda draft: insert(draft.event("citation-end", 1).data, before=("content-end", 0))(draft),
    ),
    Fault("CITE-001", "citation-start repeated", CITED, repeat("citation-start")),
    Fault("CITE-001", "citation-start repeated", RESULT, repeat("citation-start")),
    Fault("CITE-001", "citation-end behind content-end", RESULT, move("citation-end", before=END)),
    Fault("CITE-003", "the first citation-start dropped", CITED, drop("citation-start")),
    Fault(
        "CITE-003",
        "a citation-end before its start",
        RESULT,
        move("citation-end", before=("citation-start", 0)),
    ),
    Fault("CITE-003", "citation-start dropped", RESULT, drop("citation-start")),
    Fault("CITE-003", "the last citation-start dropped", CITED, drop("citation-start", 1)),
    Fault("CITE-004", "citation-end of another index", CITED, put("citation-end", "index", 7, 1)),
    Fault("CITE-004", "citation-end of another index", RESULT, put("citation-end", "index", 1)),
    Fault("CITE-005", "citations from 1", RESULT, every("citation-", "index", 1)),
    Fault("CITE-005", "every citation is 0", CITED, every("citation-", "index", 0)),
    Fault(
        "CITE-005", "the citation counts on from the block", THOUGHT, every("citation-", "index", 2)
    ),
    Fault(
        "CITE-006", "another text", CITED, put("citation-start", f"{CITATION}/text", "lit at dawn")
    ),
    Fault(
        "CITE-006", "another case", CITED, put("citation-start", f"{CITATION}/text", "Lit at dusk")
    ),
    Fault("CITE-006", "a start one too far", CITED, shift(1, 0)),
    Fault("CITE-006", "an end one too short", CITED, shift(0, -1)),
    Fault("CITE-006", "the whole span one too far", CITED, shift(1, 1)),
    Fault("CITE-006", "an inclusive end", RESULT, shift(0, -1)),
    Fault(
        "CITE-006",
        "offsets in UTF-16 units",
        ACCENTS,
        lambda draft: _in_units(draft, "utf-16-le", 2),
    ),
    Fault(
        "CITE-007",
        "offsets in UTF-8 bytes, beyond the text",
        ACCENTS,
        lambda draft: _in_units(draft, "utf-8", 1),
    ),
    Fault("CITE-007", "an end beyond the text", CITED, shift(0, 500)),
    Fault("CITE-007", "a start behind the end", CITED, shift(40, 0)),
    Fault("CITE-007", "a start below 0", CITED, put("citation-start", f"{CITATION}/start", -3)),
    Fault("CITE-008", "an unknown document", CITED, _source("nobody")),
    Fault("CITE-008", "an automatic id beyond the list", AUTO, _source("doc:2")),
    Fault("CITE-008", "a document though none was sent", CITED, unask("documents")),
    Fault("CITE-008", "a document id without its number", AUTO, _source("doc:")),
    Fault(
        "CITE-009",
        "the result of an unknown call",
        RESULT,
        put("citation-start", f"{CITATION}/sources/0/id", "tide_table_000000000000:0"),
    ),
    Fault("CITE-010", "citations though off", CITED, ask(citation_options={"mode": "OFF"})),
    Fault(
        "CITE-010", "citations though disabled", CITED, ask(citation_options={"mode": "DISABLED"})
    ),
    Fault(
        "CITE-010",
        "citations though off, in lower case",
        CITED,
        ask(citation_options={"mode": "off"}),
    ),
    Fault(
        "CITE-011",
        "citations behind the block",
        RESULT,
        steps(move("citation-start", before=END), move("citation-end", before=END)),
        level="warning",
    ),
    Fault(
        "CITE-012",
        "a citation ahead of its text",
        AUTO,
        steps(
            move("citation-start", before=("content-delta", 2)),
            move("citation-end", before=("content-delta", 2)),
        ),
        level="warning",
    ),
    Fault("CITE-013", "citations out of order", CITED, _swapped, level="warning"),
    Fault("CITE-013", "citations that overlap", CITED, _overlapping, level="warning"),
    Fault(
        "CITE-014",
        "content_index left out",
        THOUGHT,
        cut("citation-start", f"{CITATION}/content_index"),
        level="warning",
    ),
    Fault(
        "CITE-015",
        "no sources",
        CITED,
        cut("citation-start", f"{CITATION}/sources"),
        level="warning",
    ),
    Fault(
        "CITE-015",
        "empty sources",
        CITED,
        put("citation-start", f"{CITATION}/sources", []),
        level="warning",
    ),
    Fault(
        "CITE-019",
        "a source without id",
        CITED,
        cut("citation-start", f"{CITATION}/sources/0/id"),
        level="warning",
    ),
    Fault(
        "CITE-016",
        "a document under another id",
        CITED,
        put("citation-start", f"{CITATION}/sources/0/document/id", "pilot"),
        level="warning",
    ),
    Fault(
        "CITE-017",
        "content_index of no block",
        CITED,
        put("citation-start", f"{CITATION}/content_index", 9),
    ),
    Fault(
        "CITE-017",
        "content_index below 0",
        CITED,
        put("citation-start", f"{CITATION}/content_index", -1),
    ),
    Fault(
        "CITE-018",
        "a citation of a plan that there is not",
        CITED,
        put("citation-start", f"{CITATION}/type", "PLAN"),
        level="warning",
    ),
    Fault(
        "CITE-018",
        "a type that does not fit the block",
        CITED,
        put("citation-start", f"{CITATION}/type", "THINKING_CONTENT"),
        level="warning",
    ),
    # the end of a message
    Fault(
        "CHAT-101",
        "TOOL_CALL without a call",
        TEXT,
        put("message-end", "delta/finish_reason", "TOOL_CALL"),
    ),
    Fault(
        "CHAT-101", "the call dropped", BARE, steps(drop("tool-call-start"), drop("tool-call-end"))
    ),
    Fault(
        "CHAT-102",
        "a call in a COMPLETE message",
        CALL,
        put("message-end", "delta/finish_reason", "COMPLETE"),
    ),
    Fault(
        "CHAT-102",
        "a call in a message that a stop sequence ended",
        BARE,
        steps(
            ask(stop_sequences=["x"]), put("message-end", "delta/finish_reason", "STOP_SEQUENCE")
        ),
    ),
    Fault("CHAT-103", "no usage", TEXT, cut("message-end", USAGE)),
    Fault("CHAT-103", "no usage", CALL, cut("message-end", USAGE)),
    Fault("CHAT-104", "empty usage", TEXT, put("message-end", USAGE, {}), level="warning"),
    Fault(
        "CHAT-104",
        "usage without tokens",
        TEXT,
        cut("message-end", f"{USAGE}/tokens"),
        level="warning",
    ),
    Fault(
        "CHAT-104",
        "usage without billed units",
        TEXT,
        cut("message-end", f"{USAGE}/billed_units"),
        level="warning",
    ),
    Fault(
        "CHAT-105",
        "more cached than read",
        TEXT,
        put("message-end", f"{USAGE}/cached_tokens", 9000),
        level="warning",
    ),
    Fault(
        "CHAT-105",
        "more thinking than output",
        THINKING,
        put("message-end", f"{USAGE}/tokens/reasoning_tokens", 900),
        level="warning",
    ),
    Fault(
        "CHAT-106",
        "an error in a COMPLETE message",
        TEXT,
        put("message-end", "delta/error", "oh"),
        level="warning",
    ),
    Fault(
        "CHAT-107",
        "ERROR without an error",
        FAILED,
        cut("message-end", "delta/error"),
        level="warning",
    ),
    Fault(
        "CHAT-107",
        "TIMEOUT without an error",
        FAILED,
        steps(
            put("message-end", "delta/finish_reason", "TIMEOUT"), cut("message-end", "delta/error")
        ),
        level="warning",
    ),
    Fault("CHAT-108", "logprobs though not asked for", "chat/logprobs", unask("logprobs")),
    Fault("CHAT-108", "logprobs though declined", "chat/logprobs", ask(logprobs=False)),
    Fault("CHAT-109", "logprobs left out", TEXT, ask(logprobs=True)),
    Fault(
        "CHAT-121",
        "probabilities as logprobs",
        "chat/logprobs",
        put("content-delta", "logprobs/logprobs", [0.9]),
    ),
    Fault(
        "CHAT-122",
        "a token id too many",
        "chat/logprobs",
        put("content-delta", "logprobs/token_ids", [7, 8]),
        level="warning",
    ),
    Fault(
        "CHAT-122",
        "no tokens for a text",
        "chat/logprobs",
        steps(
            put("content-delta", "logprobs/token_ids", []),
            put("content-delta", "logprobs/logprobs", []),
        ),
        level="warning",
    ),
    Fault(
        "CHAT-122",
        "logprobs of other words",
        "chat/logprobs",
        put("content-delta", "logprobs/text", "South"),
        level="warning",
    ),
    Fault(
        "CHAT-122",
        "a delta without logprobs",
        "chat/logprobs",
        cut("content-delta", "logprobs"),
        level="warning",
    ),
    Fault("CHAT-110", "prose in JSON mode", TEXT, ask(response_format={"type": "json_object"})),
    Fault("CHAT-110", "JSON cut though COMPLETE", JSON, drop("content-delta", -1)),
    Fault("CHAT-110", "JSON in a code fence", JSON, say("```json\n", "{}", "\n```")),
    Fault(
        "CHAT-111",
        "JSON cut by max_tokens",
        JSON,
        steps(
            ask(max_tokens=90),
            drop("content-delta", -1),
            put("message-end", "delta/finish_reason", "MAX_TOKENS"),
        ),
        level="warning",
    ),
    Fault("CHAT-112", "JSON off its schema", SCHEMA, say('{"flour": "rye"}'), level="warning"),
    Fault(
        "CHAT-113",
        "JSON eight levels deep",
        JSON,
        say('{"a":' * 8 + "1" + "}" * 8),
        level="warning",
    ),
    Fault("CHAT-114", "the stop sequence in the text", "chat/stop_sequence", say("Flour, E", "ND")),
    Fault(
        "CHAT-115",
        "stopped though there is no stop sequence",
        "chat/stop_sequence",
        unask("stop_sequences"),
        level="warning",
    ),
    Fault("CHAT-116", "thinking though disabled", THINKING, ask(thinking={"type": "disabled"})),
    Fault(
        "CHAT-116",
        "thinking though disabled",
        "chat/thinking_and_tool_call",
        ask(thinking={"type": "disabled"}),
    ),
    Fault(
        "CHAT-117",
        "nothing said",
        TEXT,
        steps(drop("content-start"), drop_every("content-delta"), drop("content-end")),
        level="warning",
    ),
    Fault(
        "CHAT-118",
        "another id at the end",
        TEXT,
        put("message-end", "id", "00000000-0000-4000-8000-000000000000"),
        level="warning",
    ),
    Fault("CHAT-119", "more than max_tokens", CUT_SHORT, ask(max_tokens=2), level="warning"),
    Fault(
        "CHAT-120",
        "a plan without a call",
        PLAIN,
        insert(plan("I look."), before=("content-start", 0)),
        level="warning",
    ),
]
