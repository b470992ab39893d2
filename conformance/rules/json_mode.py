"""JSON mode: whether the text of the answer is JSON, whole, and of the form asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.events import json_flaws
from conformance.rules.parts import message_of, unread
from conformance.rules.registry import Finding, model, prose, rule, schema
from conformance.rules.user_schema import misfits
from conformance.rules.wording import more, quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Message
    from conformance.subject import Subject


def _json_text(subject: Subject, *reasons: str) -> tuple[Message, str] | None:
    """The text of an answer in JSON mode that finished for one of these reasons."""
    message = message_of(subject)
    if message is None or message.end is None or message.finish_reason not in reasons:
        return None
    if subject.request.response_format.get("type") != "json_object" or message.calls:
        return None
    return message, message.text()


def _no_json(text: str) -> str | None:
    """Why a text is not JSON; None when it is, or when nobody can tell."""
    for flaw in json_flaws(text)[1]:
        if flaw.kind == "not-a-number":
            return f"{quote(flaw.detail)} is no JSON number"
        if flaw.kind == "invalid-json" and flaw.detail not in (
            "nested too deeply", "number too long",
        ):  # fmt: skip
            return f"{flaw.detail} at character {flaw.position}" if text else "it is empty"
    return None


@rule(
    "CHAT-110", "json-mode-not-json", party=Party.SERVER,
    source=schema("chat-stream, response_format json_object"),
)  # fmt: skip
def json_mode_not_json(subject: Subject) -> Iterator[Finding]:
    r"""In JSON mode the text of an answer that is complete is JSON.

    Help: an application that parses the answer raises
    Conforms:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "{\"port\": "
        content-delta 0 "\"Brest\"}"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "Sure: {\"port\": \"Brest\"}"
        content-end 0
        message-end COMPLETE
    """
    given = _json_text(subject, "COMPLETE")
    if given is None:
        return
    message, text = given
    reason = _no_json(text)
    if reason is not None and message.end is not None and not unread(subject):
        yield Finding(
            f"the text is not JSON: {reason} of {quote(text)}" if text else "the text is empty",
            event=message.end.number,
            note="fenced as Markdown" if text.lstrip().startswith("```") else "no JSON before this",
        )


@rule("CHAT-111", "json-mode-cut", party=Party.SERVER, source=model("CC-06"))
def json_mode_cut(subject: Subject) -> Iterator[Finding]:
    r"""In JSON mode an answer comes to its end before the token limit or a stop sequence.

    A model that is not asked for JSON in words as well may go on until the limit.

    Help: an application that parses the answer raises, unless it looks at the finish reason
    Conforms:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "{}"
        content-end 0
        message-end MAX_TOKENS
    Breaks:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "{\"port\": "
        content-end 0
        message-end MAX_TOKENS
    """
    given = _json_text(subject, "MAX_TOKENS", "STOP_SEQUENCE")
    if given is None:
        return
    message, text = given
    if _no_json(text) is not None and message.end is not None and not unread(subject):
        yield Finding(
            f"the JSON text is cut by {quote(message.finish_reason)}: {quote(text)}",
            event=message.end.number,
            pointer="/delta/finish_reason",
            note="cut here",
        )


@rule("CHAT-112", "json-schema-mismatch", party=Party.SERVER, source=model("CC-06"))
def json_schema_mismatch(subject: Subject) -> Iterator[Finding]:
    r"""In JSON mode the answer fits the schema that the request gives.

    Help: an application that relies on the schema reads members that are not there
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}
        message-start
        content-start 0 text
        content-delta 0 "{\"port\": \"Brest\"}"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}
        message-start
        content-start 0 text
        content-delta 0 "{\"harbour\": \"Brest\"}"
        content-end 0
        message-end COMPLETE
    """
    given = _json_text(subject, "COMPLETE")
    form = subject.request.response_format
    wanted = form.get("json_schema", form.get("schema"))
    if given is None or not isinstance(wanted, dict) or _no_json(given[1]) is not None:
        return
    message, text = given
    found = misfits(wanted, json_flaws(text)[0])
    if found and message.end is not None and not unread(subject):
        yield Finding(
            f"the answer does not fit the requested schema: {found[0]}{more(len(found) - 1)}",
            event=message.end.number,
            note=quote(text, 60),
        )


_MOST_LEVELS = 5


@rule("CHAT-113", "json-mode-depth", party=Party.SERVER, source=prose("CC-07"), level=Level.WARNING)
def json_mode_depth(subject: Subject) -> Iterator[Finding]:
    r"""In JSON mode without a schema the answer nests at most five levels deep.

    Help: an application that was built for five levels meets more
    Conforms:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "{\"a\": [[[[]]]]}"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"response_format": {"type": "json_object"}}
        message-start
        content-start 0 text
        content-delta 0 "{\"a\": [[[[[]]]]]}"
        content-end 0
        message-end COMPLETE
    """
    given = _json_text(subject, "COMPLETE")
    form = subject.request.response_format
    if given is None or "json_schema" in form or "schema" in form or _no_json(given[1]) is not None:
        return
    message, text = given
    levels = _levels(json_flaws(text)[0])
    if levels > _MOST_LEVELS and message.end is not None:
        yield Finding(
            f"the answer nests {levels} levels deep, more than {_MOST_LEVELS}",
            event=message.end.number,
            note=quote(text, 60),
        )


def _levels(value: object) -> int:
    """How many arrays and objects lie in one another."""
    levels = 0
    layer = [value]
    while layer := [each for each in layer if isinstance(each, (dict, list))]:
        levels += 1
        layer = [
            inner for each in layer for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return levels
