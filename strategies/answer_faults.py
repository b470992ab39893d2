"""A valid answer → one that does not do what its request asked: tools, JSON mode, limits, the end.

Most are the right answer to another request: the stream is made for one, and the request changed.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .features import Wishes
from .message import compact
from .requests import chat_request
from .stream import Stream
from .streaming import Purpose
from .tools import tools
from .ways import StreamWays, find, tell

if TYPE_CHECKING:
    from .source import Source

__all__ = ["ANSWERS"]

ANSWERS = StreamWays()
Made = tuple[Stream, str, str]

TEXT = Purpose(text=True)
CALLS = Purpose(plan=True, calls=True, reason="TOOL_CALL")
_NAME = "delta/message/tool_calls/function/name"
_USAGE = "delta/usage"


def request(source: Source, **wishes: Any) -> dict[str, Any]:
    """A valid request without what a change may collide with."""
    body = chat_request(source, Wishes(**{"most": 3, **wishes}))
    for name in ("tool_choice", "stop_sequences", "logprobs", "max_tokens", "citation_options"):
        body.pop(name, None)
    return body


def _calling(source: Source, *, strict: bool = False) -> tuple[dict[str, Any], list[Any]]:
    """A request with tools, and an answer that calls some."""
    body = request(source, tools=True, results=False)
    body.pop("strict_tools", None)
    if strict:
        body |= {"tools": tools(source, strict=True), "strict_tools": True}
    return body, tell(source, CALLS, body).items


# -- tools -------------------------------------------------------------------------------------------


@ANSWERS.way("arguments not JSON", "TOOL-001")
def _arguments(source: Source) -> Made:
    items = tell(source, CALLS).items
    number = find(items, "tool-call-start")[0]
    end = find(items, "tool-call-end")[0]
    wrong = source.pick(("{", '{"port": ', "[]", '"a"', "5", "port=Brest", "{}}", "nul"))
    function = {"function": {"arguments": wrong}}
    delta = {"message": {"tool_calls": function}}
    items[number + 1 : end] = [{"type": "tool-call-delta", "index": 0, "delta": delta}]
    pointer = f"/{number + 1}/delta/message/tool_calls/function/arguments"
    return Stream(items), pointer, "the arguments are no JSON object"


def _misfit(source: Source, *, strict: bool) -> Made:
    body, items = _calling(source, strict=strict)
    number = find(items, "tool-call-start")[0]
    name = items[number]["delta"]["message"]["tool_calls"]["function"]["name"]
    needed = {"type": "object", "properties": {"never_sent": {"type": "string"}}}
    for tool in body["tools"]:
        if tool["function"]["name"] == name:
            tool["function"]["parameters"] = {**needed, "required": ["never_sent"]}
    return Stream(items, body), f"/{number}/{_NAME}", f"`{name}` needs another argument"


@ANSWERS.way("arguments that do not fit", "TOOL-002")
def _strict_misfit(source: Source) -> Made:
    return _misfit(source, strict=True)


@ANSWERS.way("arguments that do not fit", "TOOL-003")
def _loose_misfit(source: Source) -> Made:
    return _misfit(source, strict=False)


def _undeclared(source: Source, *, strict: bool) -> Made:
    body, items = _calling(source, strict=strict)
    number = find(items, "tool-call-start")[0]
    function = items[number]["delta"]["message"]["tool_calls"]["function"]
    function["name"] = name = source.pick(
        (function["name"] + "_", function["name"].upper() + "S", "made")
    )
    return Stream(items, body), f"/{number}/{_NAME}", f"no tool has the name `{name}`"


@ANSWERS.way("undeclared tool", "TOOL-004")
def _loose_undeclared(source: Source) -> Made:
    return _undeclared(source, strict=False)


@ANSWERS.way("undeclared tool", "TOOL-005")
def _strict_undeclared(source: Source) -> Made:
    return _undeclared(source, strict=True)


@ANSWERS.way("call without tools", "TOOL-006")
def _without_tools(source: Source) -> Made:
    body, items = _calling(source)
    del body["tools"]
    return (
        Stream(items, body),
        f"/{find(items, 'tool-call-start')[0]}/{_NAME}",
        "there are no tools",
    )


@ANSWERS.way("duplicate id", "TOOL-007")
def _duplicate(source: Source) -> Made:
    items = tell(source, CALLS).items
    start, end = find(items, "tool-call-start")[0], find(items, "tool-call-end")[-1]
    index = items[end]["index"] + 1
    again = copy.deepcopy(items[start : find(items, "tool-call-end")[0] + 1])
    for each in again:
        each["index"] = index
    items[end + 1 : end + 1] = again
    return Stream(items), f"/{end + 1}/delta/message/tool_calls/id", "two calls have one id"


@ANSWERS.way("no call", "TOOL-008")
def _required(source: Source) -> Made:
    body = request(source, tools=True)
    items = tell(source, TEXT, body).items
    body["tool_choice"] = "REQUIRED"
    return Stream(items, body), f"/{len(items) - 2}", "the request demands a tool call"


@ANSWERS.way("forbidden call", "TOOL-009")
def _forbidden(source: Source) -> Made:
    body, items = _calling(source)
    body["tool_choice"] = "NONE"
    return (
        Stream(items, body),
        f"/{find(items, 'tool-call-start')[0]}/{_NAME}",
        "calls are forbidden",
    )


@ANSWERS.way("text in a start", "TOOL-010")
def _opening(source: Source) -> Made:
    items = tell(source, CALLS).items
    number, end = find(items, "tool-call-start")[0], find(items, "tool-call-end")[0]
    function = items[number]["delta"]["message"]["tool_calls"]["function"]
    deltas = [items[n]["delta"]["message"]["tool_calls"] for n in range(number + 1, end)]
    function["arguments"] = "".join(each["function"]["arguments"] for each in deltas) or "{}"
    del items[number + 1 : end]
    pointer = f"/{number}/delta/message/tool_calls/function/arguments"
    return Stream(items), pointer, "the arguments come with the start"


@ANSWERS.way("empty id", "TOOL-011")
def _empty_id(source: Source) -> Made:
    items = tell(source, CALLS).items
    number = source.pick(find(items, "tool-call-start"))
    items[number]["delta"]["message"]["tool_calls"]["id"] = ""
    return Stream(items), f"/{number}/delta/message/tool_calls/id", "nobody can answer the call"


@ANSWERS.way("no arguments", "TOOL-012")
def _no_opening(source: Source) -> Made:
    items = tell(source, CALLS).items
    number = source.pick(find(items, "tool-call-start"))
    del items[number]["delta"]["message"]["tool_calls"]["function"]["arguments"]
    pointer = f"/{number}/delta/message/tool_calls/function"
    return Stream(items), pointer, "deltas have nothing to be appended to"


# -- the end of the message ----------------------------------------------------------------------------


def _finish(source: Source, purpose: Purpose, reason: str, why: str) -> Made:
    items = tell(source, purpose).items
    items[-2]["delta"]["finish_reason"] = reason
    return Stream(items), f"/{len(items) - 2}/delta/finish_reason", why


@ANSWERS.way("wrong finish reason", "CHAT-101")
def _no_call(source: Source) -> Made:
    return _finish(source, TEXT, "TOOL_CALL", "there is no tool call")


@ANSWERS.way("wrong finish reason", "CHAT-102")
def _call(source: Source) -> Made:
    reason = source.pick(("COMPLETE", "STOP_SEQUENCE"))
    return _finish(source, CALLS, reason, "there is a tool call")


@ANSWERS.way("no usage", "CHAT-103")
def _no_usage(source: Source) -> Made:
    items = tell(source, source.pick((TEXT, CALLS))).items
    del items[-2]["delta"]["usage"]
    return Stream(items), f"/{len(items) - 2}/{_USAGE}", "the usage is missing"


@ANSWERS.way("usage with less", "CHAT-104")
def _less_usage(source: Source) -> Made:
    items = tell(source, TEXT).items
    usage = items[-2]["delta"]["usage"]
    part = source.pick(("billed_units", "tokens"))
    name = source.pick(("", "input_tokens", "output_tokens"))
    if name:
        del usage[part][name]
    else:
        del usage[part]
    return (
        Stream(items),
        f"/{len(items) - 2}/{_USAGE}/{part}",
        "the usage tells less than it should",
    )


@ANSWERS.way("numbers that disagree", "CHAT-105")
def _usage(source: Source) -> Made:
    items = tell(source, TEXT).items
    usage = items[-2]["delta"]["usage"]
    form = source.integer(0, 2)
    if form == 0:
        usage["cached_tokens"] = usage["tokens"]["input_tokens"] + 1
        return Stream(items), f"/{len(items) - 2}/{_USAGE}/cached_tokens", "more than was read"
    part, name = ("tokens", "reasoning_tokens") if form == 1 else ("billed_units", "output_tokens")
    usage[part][name] = usage["tokens"]["output_tokens"] + 1
    return Stream(items), f"/{len(items) - 2}/{_USAGE}/{part}/{name}", "more than was written"


@ANSWERS.way("error without failure", "CHAT-106")
def _error(source: Source) -> Made:
    items = tell(source, source.pick((TEXT, CALLS))).items
    items[-2]["delta"]["error"] = "the generation failed"
    return Stream(items), f"/{len(items) - 2}/delta/error", "the message did not fail"


@ANSWERS.way("failure without error", "CHAT-107")
def _failure(source: Source) -> Made:
    reason = source.pick(("ERROR", "TIMEOUT"))
    return _finish(source, TEXT, reason, "the message does not say how it failed")


@ANSWERS.way("another id", "CHAT-118")
def _id(source: Source) -> Made:
    items = tell(source, TEXT).items
    items[-2]["id"] = "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b91"
    return Stream(items), f"/{len(items) - 2}/id", "the message began with another id"


@ANSWERS.way("empty answer", "CHAT-117")
def _empty(source: Source) -> Made:
    items = tell(source, TEXT).items
    del items[1:-2]
    return Stream(items), f"/{len(items) - 2}", "the answer says nothing"


@ANSWERS.way("plan without call", "CHAT-120")
def _plan(source: Source) -> Made:
    items = tell(source, CALLS).items
    del items[find(items, "tool-call-start")[0] : -2]
    items[-2]["delta"]["finish_reason"] = "COMPLETE"
    return Stream(items), f"/{find(items, 'tool-plan-delta')[-1]}", "no call follows the plan"


# -- what the request asked for ------------------------------------------------------------------------


def _plain(source: Source) -> dict[str, Any]:
    return request(source, tools=False, documents=False, images=False, thinking=False, json=False)


@ANSWERS.way("not asked for", "CHAT-108")
def _logprobs(source: Source) -> Made:
    body = _plain(source)
    items = tell(source, TEXT, {**body, "logprobs": True}).items
    if source.integer(0, 1):
        body["logprobs"] = False
    number = find(items, "content-delta")[0]
    return Stream(items, body), f"/{number}/logprobs", "nobody asked for log probabilities"


@ANSWERS.way("asked for", "CHAT-109")
def _no_logprobs(source: Source) -> Made:
    body = _plain(source)
    items = tell(source, TEXT, body).items
    body["logprobs"] = True
    return (
        Stream(items, body),
        f"/{find(items, 'content-delta')[0]}",
        "log probabilities were asked for",
    )


def _with_logprobs(source: Source) -> tuple[dict[str, Any], list[Any], int]:
    """A request for log probabilities, the items of its answer, and the number of a delta."""
    body = {**_plain(source), "logprobs": True}
    items = tell(source, TEXT, body).items
    return body, items, source.pick(find(items, "content-delta"))


@ANSWERS.way("above 0", "CHAT-121")
def _positive(source: Source) -> Made:
    body, items, number = _with_logprobs(source)
    items[number]["logprobs"]["logprobs"] = [source.pick((0.25, 1, 17.5))]
    return Stream(items, body), f"/{number}/logprobs/logprobs/0", "a probability is 1 at most"


@ANSWERS.way("one too many", "CHAT-122")
def _uneven(source: Source) -> Made:
    body, items, number = _with_logprobs(source)
    items[number]["logprobs"]["token_ids"].append(7)
    return Stream(items, body), f"/{number}/logprobs", "two tokens, one log probability"


def _saying(source: Source, body: dict[str, Any], text: str, reason: str = "COMPLETE") -> list[Any]:
    """The items of a regular stream with this text."""
    walk = tell(source, TEXT, {k: v for k, v in body.items() if k != "response_format"})
    items = walk.items
    first, *rest = find(items, "content-delta")
    items[first]["delta"]["message"]["content"]["text"] = text
    for number in reversed(rest):
        del items[number]
    items[-2]["delta"]["finish_reason"] = reason
    return items


_SCHEMA = {"type": "object", "properties": {"tide": {"type": "string"}}, "required": ["tide"]}


def _json(source: Source, *, schema: bool) -> dict[str, Any]:
    body = _plain(source)
    body["messages"] = [{"role": "user", "content": "Answer in JSON"}]
    form: dict[str, Any] = {"type": "json_object"}
    body["response_format"] = {**form, "json_schema": copy.deepcopy(_SCHEMA)} if schema else form
    return body


@ANSWERS.way("no JSON", "CHAT-110")
def _no_json(source: Source) -> Made:
    body = _json(source, schema=bool(source.integer(0, 1)))
    text = source.pick(
        ("Low tide", "{", '{"tide": "low"', '```json\n{"tide":"low"}\n```', "{'tide': 1}")
    )
    items = _saying(source, body, text)
    return Stream(items, body), f"/{len(items) - 2}", "the text is no JSON"


@ANSWERS.way("cut JSON", "CHAT-111")
def _cut_json(source: Source) -> Made:
    body = _json(source, schema=bool(source.integer(0, 1)))
    items = _saying(source, body, source.pick(('{"tide": "lo', "{", "[[[")), "MAX_TOKENS")
    return Stream(items, body), f"/{len(items) - 2}/delta/finish_reason", "the JSON text is cut"


@ANSWERS.way("JSON that does not fit", "CHAT-112")
def _unfit_json(source: Source) -> Made:
    body = _json(source, schema=True)
    items = _saying(source, body, source.pick(("{}", '{"tide": 1}', "[]", '"low"', "null")))
    return Stream(items, body), f"/{len(items) - 2}", "the answer does not fit the schema"


@ANSWERS.way("deep JSON", "CHAT-113")
def _deep_json(source: Source) -> Made:
    body = _json(source, schema=False)
    depth = source.integer(6, 9)
    text = source.pick(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth))
    items = _saying(source, body, text)
    return Stream(items, body), f"/{len(items) - 2}", f"the answer nests {depth} levels deep"


@ANSWERS.way("stop sequence in the text", "CHAT-114")
def _stop(source: Source) -> Made:
    body = _plain(source)
    stop = source.pick(("END", "🌊", "\n\n"))
    items = _saying(source, body, source.pick((stop, f"Hi{stop}", f"Hi{stop}!")), "STOP_SEQUENCE")
    body["stop_sequences"] = [stop]
    number = find(items, "content-delta")[0]
    return Stream(items, body), f"/{number}", f"the text goes on to `{compact(stop)}`"


@ANSWERS.way("not asked for", "CHAT-115")
def _unasked_stop(source: Source) -> Made:
    body = _plain(source)
    items = tell(source, TEXT, body).items
    items[-2]["delta"]["finish_reason"] = "STOP_SEQUENCE"
    return Stream(items, body), f"/{len(items) - 2}/delta/finish_reason", "nobody asked to stop"


@ANSWERS.way("turned off", "CHAT-116")
def _thinking(source: Source) -> Made:
    body = request(source, thinking=True, json=False)
    body["thinking"] = {"type": "enabled"}
    items = tell(source, Purpose(thinking=True, text=True), body).items
    body["thinking"] = {"type": "disabled"}
    return Stream(items, body), f"/{find(items, 'content-start')[0]}", "thinking is turned off"


@ANSWERS.way("over the limit", "CHAT-119")
def _over(source: Source) -> Made:
    body = _plain(source)
    items = tell(source, TEXT, body).items
    usage = items[-2]["delta"]["usage"]
    usage["billed_units"]["output_tokens"] = 9
    usage["tokens"]["output_tokens"] = 12
    body["max_tokens"] = source.integer(1, 8)
    pointer = f"/{len(items) - 2}/{_USAGE}/billed_units/output_tokens"
    return Stream(items, body), pointer, "more is billed than was allowed"
