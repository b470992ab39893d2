"""Broken streams: events that cannot be read, failures in mid-stream, and faults of the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
    answer,
    ask,
    ask_with_tools,
    block,
    call,
    delta,
    end,
    plan,
    start,
    tool,
)
from conformance.mock.frames import TERMINATOR, frame, frames

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf

__all__ = ["broken", "failing", "odd"]

_MIDDLE = 3


def failing(shelf: Shelf) -> None:
    """Put the generations that fail, as the stream says itself."""
    for reason in ("ERROR", "TIMEOUT"):
        low = reason.lower()
        for name, about, count, told in (
            (f"{low}", f"finish reason {reason} after some text", 3, True),
            (f"{low}-first", f"finish reason {reason} before any text", 0, True),
            (f"{low}-silent", f"finish reason {reason} without a word of why", 3, False),
            (
                f"{low}-silent-first",
                f"finish reason {reason} before any text, without a word",
                0,
                False,
            ),
        ):
            say = shelf.say(name)
            said = say.phrase(6) if told else ""
            events = [start(say), *(block(say.parts(count)) if count else [])]
            extra: dict[str, Any] = {"error": said} if told else {}
            events.append(end(say, reason, **extra))
            shelf.failed(name, about, events, message=said)
    for name, about in (
        ("error-in-block", "finish reason ERROR while a block is open"),
        ("error-no-usage", "finish reason ERROR with an empty usage"),
        ("error-type", "finish reason ERROR with a type of error"),
        ("error-without-usage", "finish reason ERROR without a usage"),
        ("error-empty-message", "finish reason ERROR with an empty error"),
    ):
        say = shelf.say(name)
        said = "" if name == "error-empty-message" else say.phrase(6)
        made = block(say.parts())
        if name == "error-in-block":
            made.pop()
        more: dict[str, Any] = {"error": said}
        if name == "error-type":
            more["error_type"] = "NO_VALID_RESPONSE_GENERATED"
        if name in ("error-no-usage", "error-without-usage"):
            more["usage"] = {} if name == "error-no-usage" else None
        shelf.failed(name, about, [start(say), *made, end(say, "ERROR", **more)], message=said)
    say = shelf.say("error-in-thinking")
    said = say.phrase(6)
    events = [start(say), *block(say.parts(), 0, "thinking")[:-1]]
    events.append(end(say, "ERROR", usage={}, error=said))
    about = "finish reason ERROR while thinking"
    shelf.failed("error-in-thinking", about, events, message=said)
    _failing_calls(shelf)


def _failing_calls(shelf: Shelf) -> None:
    for name, about, calls in (
        ("error-in-plan", "finish reason ERROR in a tool plan", False),
        ("error-in-arguments", "finish reason ERROR within the arguments of a call", True),
        ("error-after-call", "finish reason ERROR behind a whole call", True),
    ):
        say = shelf.say(name)
        function = f"get_{say.word()}"
        said = say.phrase(6)
        called = call(say, function, ['{"place":', f'"{say.word()}"}}']) if calls else []
        if name == "error-in-arguments":
            called = called[:2]
        last = end(say, "ERROR", usage={}, error=said, error_type="INVALID_TOOL_GENERATION")
        events = [start(say), *plan(say.parts()), *called, last]
        request = ask_with_tools(say, tool(function, "place"))
        shelf.failed(name, about, events, request, message=said)


def broken(shelf: Shelf) -> None:
    """Put the streams with an event that cannot be read."""
    for name, about, data in (
        ("cut-json", "an event whose JSON is cut off", b'{"type":"content-delta","index":0,"del'),
        ("no-json", "an event whose data is no JSON", b"upstream connect error"),
        ("empty-data", "an event whose data is empty", b""),
        ("array", "an event that is an array", b'[{"type":"content-delta"}]'),
        ("number", "an event that is a number", b"17"),
        ("null", "an event that is null", b"null"),
        ("string", "an event that is a text", b'"content-delta"'),
        ("single-quotes", "an event in single quotes", b"{'type': 'content-delta', 'index': 0}"),
        (
            "trailing-comma",
            "an event with a comma too many",
            b'{"type":"content-delta","index":0,}',
        ),
        ("two-values", "two JSON objects in one event", b'{"type":"ping"}{"type":"ping"}'),
        ("control", "a raw control character within JSON", b'{"type":"x\x01"}'),
        ("no-type", "an event without a type", b'{"index":0,"delta":{}}'),
        ("type-null", "an event whose type is null", b'{"type":null,"index":0}'),
        ("type-number", "an event whose type is a number", b'{"type":3,"index":0}'),
    ):
        say = shelf.say(name)
        pieces = frames(answer(say))
        # It takes the place of a delta, so that something is lost with it.
        pieces[_MIDDLE] = b"event: content-delta\ndata: " + data + b"\n\n"
        shelf.failed(name, about, pieces)
    for name, about, place in (
        ("start-no-json", "a message-start that is no JSON", 0),
        ("end-no-json", "a message-end that is no JSON", -2),
        ("first-delta-no-json", "a first delta that is no JSON", 2),
    ):
        say = shelf.say(name)
        pieces = frames(answer(say))
        pieces[place] = pieces[place].replace(b"data: {", b"data: {{", 1)
        shelf.failed(name, about, pieces, must_report=place != 0)
    _told(shelf)


def _told(shelf: Shelf) -> None:
    """Errors that come as an event in the middle, in forms that gateways and servers use."""
    forms: tuple[tuple[str, str, str], ...] = (
        ("message-object", "an error object in the middle of a stream", 'data: {"message":"%s"}\n\n'),
        ("error-event", "an event named error", 'event: error\ndata: {"message":"%s"}\n\n'),
        ("error-member", "an object with a member `error`", 'data: {"error":{"message":"%s"}}\n\n'),
        ("error-type", "an event of type error", 'event: error\ndata: {"type":"error","message":"%s"}\n\n'),
        ("error-status", "an error object with a status",
         'data: {"status_code":500,"message":"%s"}\n\n'),
        ("bare-json", "a JSON error that is no event", '{"message":"%s"}\n'),
        ("page", "a page of HTML", "<html><body>502 %s</body></html>\n"),
    )  # fmt: skip
    for name, about, form in forms:
        say = shelf.say(f"told-{name}")
        said = say.phrase(5)
        body = [*frames(answer(say))[: _MIDDLE + 1], (form % said).encode()]
        # Nobody can find an error in bytes that are no event, but that the stream broke off.
        message = "" if name in ("bare-json", "page") else said
        shelf.failed(f"told-{name}", f"{about}, and the end", body, message=message)
    for name, about, form in forms[:3]:
        say = shelf.say(f"told-first-{name}")
        said = say.phrase(5)
        body = [(form % said).encode()]
        shelf.failed(f"told-first-{name}", f"{about}, as the only event", body, message=said)
    for name, about, form in (
        ("terminated", "an error object", forms[0][2]),
        ("error-type-terminated", "an event of type error", forms[3][2]),
    ):
        say = shelf.say(f"told-{name}")
        said = say.phrase(5)
        body = [*frames(answer(say))[: _MIDDLE + 1], (form % said).encode(), TERMINATOR]
        shelf.failed(f"told-{name}", f"{about}, and the terminator", body, message=said)


def odd(shelf: Shelf) -> None:
    """Put the faults that a client may pass over, as long as it loses nothing by it."""

    def put(
        name: str, about: str, events: list[dict[str, Any]], *, doubtful: tuple[str, ...] = ()
    ) -> None:
        shelf.failed(name, about, events, must_report=False, doubtful=doubtful)

    say = shelf.say("no-start")
    put("no-start", "a stream without message-start", answer(say)[1:])
    say = shelf.say("no-block-start")
    events = answer(say)
    put("no-block-start", "deltas of a block that never started", [events[0], *events[2:]])
    say = shelf.say("no-block-end")
    put("no-block-end", "a block that never ends", [*answer(say)[:-2], end(say)])
    say = shelf.say("two-starts")
    put("two-starts", "a second message-start", [start(say), *answer(say)])
    say = shelf.say("two-ends")
    events = answer(say)
    put("two-ends", "message-end twice", [*events, events[-1]])
    say = shelf.say("after-end")
    late = [*answer(say), delta(0, say.word())]
    put("after-end", "a delta behind message-end", late, doubtful=("text",))
    say = shelf.say("wrong-index")
    events = answer(say)
    events[3]["index"] = 7
    put("wrong-index", "a delta with the index of another block", events, doubtful=("text",))
    _odd_values(shelf)
    say = shelf.say("after-terminator")
    pieces = [*frames(answer(say)), frame(delta(0, say.word()))]
    about = "a delta behind the terminator"
    shelf.failed("after-terminator", about, pieces, must_report=False, doubtful=("text",))
    for name, about, wrong in (
        ("latin-1", "a text in Latin-1", b"caf\xe9 "),
        ("utf-8-overlong", "a text with an overlong form of UTF-8", b"a\xc0\xafb "),
        ("utf-8-surrogate", "a text with a surrogate in UTF-8", b"a\xed\xa0\x80b "),
        ("utf-8-cut", "a text with a character that lacks its last byte", b"a\xe2\x82 b "),
    ):
        say = shelf.say(name)
        pieces = frames(answer(say))
        pieces[_MIDDLE] = pieces[_MIDDLE].replace(b'"text":"', b'"text":"' + wrong, 1)
        shelf.failed(name, about, pieces, must_report=False, doubtful=("text",))


def _odd_values(shelf: Shelf) -> None:
    """Members of the wrong JSON type."""
    for name, about, place, edit in (
        ("text-null", "a delta whose text is null", 3, {"delta": {"message": {"content": {"text": None}}}}),
        ("text-number", "a delta whose text is a number", 3,
         {"delta": {"message": {"content": {"text": 17}}}}),
        ("content-null", "a delta whose content is null", 3, {"delta": {"message": {"content": None}}}),
        ("content-array", "a delta whose content is an array", 3,
         {"delta": {"message": {"content": [{"type": "text", "text": "x"}]}}}),
        ("content-string", "a delta whose content is a text", 3,
         {"delta": {"message": {"content": "x"}}}),
        ("message-null", "a delta whose message is null", 3, {"delta": {"message": None}}),
        ("delta-null", "a delta that is null", 3, {"delta": None}),
        ("index-string", "an index that is a text", 3, {"index": "0"}),
        ("index-null", "an index that is null", 3, {"index": None}),
        ("start-null", "a message-start whose delta is null", 0, {"delta": None}),
        ("id-null", "a message id that is null", 0, {"id": None}),
        ("id-number", "a message id that is a number", 0, {"id": 12}),
        ("logprobs-null", "log probabilities that are null", 3, {"logprobs": None}),
    ):  # fmt: skip
        say = shelf.say(name)
        events = answer(say)
        events[place] |= edit
        shelf.failed(name, about, events, must_report=False, doubtful=("text",))
    for name, about, change in (
        ("finish-null", "a finish reason that is null", {"finish_reason": None}),
        ("finish-missing", "a message-end without a finish reason", {}),
        ("finish-lower", "a finish reason in lower case, as in 2024", {"finish_reason": "complete"}),
        ("usage-null", "a usage that is null", {"usage": None}),
        ("tokens-null", "token counts that are null", {"usage": {"tokens": None, "billed_units": None}}),
        ("count-null", "a token count that is null",
         {"usage": {"tokens": {"input_tokens": None, "output_tokens": 3}}}),
        ("count-string", "a token count that is a text",
         {"usage": {"tokens": {"input_tokens": "5", "output_tokens": "3"}}}),
        ("error-null", "an error that is null", {"error": None}),
    ):  # fmt: skip
        say = shelf.say(name)
        events = answer(say)
        events[-1]["delta"] |= change
        if name == "finish-missing":
            del events[-1]["delta"]["finish_reason"]
        shelf.failed(name, about, events, must_report=False, doubtful=("finish", "usage"))
    _odd_calls(shelf)


def _odd_calls(shelf: Shelf) -> None:
    say = shelf.say("arguments-limit")
    function = f"get_{say.word()}"
    cut = call(say, function, ['{"place":"', say.word()])
    shelf.failed(
        "arguments-limit", "arguments that the token limit cut off",
        [start(say), *cut, end(say, "MAX_TOKENS")],
        ask_with_tools(say, tool(function, "place")),
        must_report=False, doubtful=("tool_calls",),
    )  # fmt: skip
    for name, about, parts in (
        ("arguments-cut", "arguments that are cut off", ['{"place":"x']),
        ("arguments-no-json", "arguments that are no JSON", ["place=x"]),
        ("arguments-array", "arguments that are an array", ['["x"]']),
        ("arguments-null", "arguments that are `null`", ["null"]),
        ("arguments-two-objects", "arguments that are two objects", ['{"place":"x"}{"place":"y"}']),
    ):
        say = shelf.say(name)
        function = f"get_{say.word()}"
        events = [start(say), *call(say, function, parts), end(say, "TOOL_CALL")]
        request = ask_with_tools(say, tool(function, "place"))
        shelf.failed(name, about, events, request, must_report=False)
    for name, about, edit in (
        ("call-array", "a call that comes as an array", "array"),
        ("call-no-end", "a call that never ends", "no-end"),
        ("call-no-id", "a call without an id", "no-id"),
        ("call-no-name", "a call without a name", "no-name"),
        ("call-finish-complete", "a call that finishes with COMPLETE", "complete"),
        ("calls-same-id", "two calls with one id", "same-id"),
        ("calls-same-index", "two calls with one index", "same-index"),
        ("calls-from-1", "calls that are counted from 1", "from-1"),
    ):
        say = shelf.say(name)
        function = f"get_{say.word()}"
        first = call(say, function, [f'{{"place":"{say.word()}"}}'], identity="same")
        second = call(say, function, [f'{{"place":"{say.word()}"}}'], 1, "same")
        one = first[0]["delta"]["message"]["tool_calls"]
        called = first
        if edit == "array":
            first[0]["delta"]["message"]["tool_calls"] = [one]
        elif edit == "no-end":
            called = first[:-1]
        elif edit == "no-id":
            del one["id"]
        elif edit == "no-name":
            del one["function"]["name"]
        elif edit == "same-id":
            called = [*first, *second]
        elif edit in ("same-index", "from-1"):
            one["id"] = "other"
            called = [*first, *second] if edit == "same-index" else second
            for event in second if edit == "same-index" else ():
                event["index"] = 0
        reason = "COMPLETE" if edit == "complete" else "TOOL_CALL"
        request = ask_with_tools(say, tool(function, "place"))
        events = [start(say), *called, end(say, reason)]
        doubtful = () if edit in ("no-end", "complete", "same-id", "from-1") else ("tool_calls",)
        shelf.failed(name, about, events, request, must_report=False, doubtful=doubtful)
    say = shelf.say("calls-not-asked")
    events = [start(say), *call(say, f"get_{say.word()}", ["{}"]), end(say, "TOOL_CALL")]
    shelf.failed(
        "calls-not-asked",
        "a call where the request has no tools",
        events,
        ask(say),
        must_report=False,
    )
