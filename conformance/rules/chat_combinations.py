"""Chat request: members that are right by themselves and wrong, or doubtful, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.history import messages_of
from conformance.rules.registry import Finding, conflict, model, prose, rule
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.request import ChatRequest
    from conformance.subject import Subject

# Models before these still have the safety mode OFF; names are compared by their beginning.
_NEWER_MODELS = ("command-a", "command-r7b")


def _company(request: ChatRequest) -> str:
    """`tools` and `documents`, as far as they are sent."""
    sent = [("`tools`", request.has_tools), ("`documents`", request.has_documents)]
    return " and ".join(name for name, present in sent if present)


@rule("CHAT-009", "tool-choice-without-tools", party=Party.CLIENT, source=prose("CC-01"))
def tool_choice_without_tools(subject: Subject) -> Iterator[Finding]:
    """With `tool_choice` REQUIRED the request declares tools.

    Help: the model is forced to call a tool and has none; the server refuses the request
    Conforms:
        > {"tool_choice": "REQUIRED"}
        tools get_time
        message-start
        tool-call-start 0 id_1 get_time
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        > {"tool_choice": "REQUIRED"}
        message-start
        message-end ERROR
    """
    request = subject.request
    if subject.is_chat and request.tool_choice == "REQUIRED" and not request.has_tools:
        yield Finding(
            "`tool_choice` is `REQUIRED`, and no tools are declared",
            pointer="/tool_choice",
            note="which tool",
        )


@rule(
    "CHAT-010", "response-format-with-tools-or-documents", party=Party.CLIENT,
    source=prose("CC-03"),
)  # fmt: skip
def response_format_with_tools_or_documents(subject: Subject) -> Iterator[Finding]:
    """A response format is not combined with tools or documents.

    The format `text` is what comes without one, so that it is only remarked.

    Help: the server refuses the request, or ignores one of the two
    Conforms:
        > {"response_format": {"type": "json_object"}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object"}, "documents": ["Paris is in France"]}
        message-start
        message-end ERROR
    """
    company = _company(subject.request)
    kind = subject.request.response_format.get("type")
    if subject.is_chat and company and isinstance(kind, str):
        yield Finding(
            f"`response_format` of type {quote(kind)} is combined with {company}",
            pointer="/response_format",
            note=f"not together with {company}",
            level=Level.INFO if kind == "text" else None,
        )


@rule("CHAT-011", "json-schema-with-text", party=Party.CLIENT, source=prose("CC-04"))
def json_schema_with_text(subject: Subject) -> Iterator[Finding]:
    """A `json_schema` is sent with the format `json_object` only.

    Help: the server refuses the request, or answers with text that follows no schema
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "text", "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    """
    form = subject.request.response_format
    if subject.is_chat and form.get("type") == "text" and "json_schema" in form:
        yield Finding(
            "`response_format` has type `text` and a `json_schema`",
            pointer="/response_format/json_schema",
            note="only with type json_object",
        )


@rule(
    "CHAT-012", "safety-mode-with-tools-or-documents", party=Party.CLIENT,
    source=conflict("CC-05"),
)  # fmt: skip
def safety_mode_with_tools_or_documents(subject: Subject) -> Iterator[Finding]:
    """A safety mode is not set beside tools or documents.

    One source says that it is refused there, the other that CONTEXTUAL takes its place.

    Help: the mode that was asked for is not the one that is in force
    Conforms:
        > {"safety_mode": "STRICT"}
        message-start
        message-end ERROR
    Breaks:
        > {"safety_mode": "STRICT", "documents": ["Paris is in France"]}
        message-start
        message-end ERROR
    """
    company = _company(subject.request)
    mode = subject.request.get("safety_mode")
    if subject.is_chat and company and isinstance(mode, str) and mode != "CONTEXTUAL":
        yield Finding(
            f"`safety_mode` {quote(mode)} is combined with {company}",
            pointer="/safety_mode",
            note="CONTEXTUAL may take its place",
        )


@rule("CHAT-013", "both-penalties", party=Party.CLIENT, source=prose("CR-06"), level=Level.WARNING)
def both_penalties(subject: Subject) -> Iterator[Finding]:
    """Frequency and presence penalty are not set together.

    Help: some models refuse the request
    Conforms:
        > {"frequency_penalty": 0.5, "presence_penalty": 0}
        message-start
        message-end ERROR
    Breaks:
        > {"frequency_penalty": 0.5, "presence_penalty": 0.5}
        message-start
        message-end ERROR
    """
    values = [subject.request.get(name) for name in ("frequency_penalty", "presence_penalty")]
    if subject.is_chat and all(_is_set(value) for value in values):
        yield Finding(
            f"`frequency_penalty` is {quote(values[0])} and `presence_penalty` {quote(values[1])}",
            pointer="/presence_penalty",
            note="one of the two",
        )


def _is_set(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0


@rule("CHAT-039", "safety-mode-model", party=Party.CLIENT, source=model("CR-16"))
def safety_mode_model(subject: Subject) -> Iterator[Finding]:
    """The safety mode OFF is asked of models that have it only.

    Help: a newer model refuses the request, or stays in another mode
    Conforms:
        > {"model": "command-r-08-2024", "safety_mode": "OFF"}
        message-start
        message-end ERROR
    Breaks:
        > {"model": "command-a-03-2025", "safety_mode": "OFF"}
        message-start
        message-end ERROR
    """
    name, mode = subject.request.get("model"), subject.request.get("safety_mode")
    if not subject.is_chat or mode != "OFF" or not isinstance(name, str):
        return
    if name.startswith(_NEWER_MODELS):
        yield Finding(
            f"`safety_mode` is `OFF`, which the model {quote(name)} does not have",
            pointer="/safety_mode",
            note="CONTEXTUAL or STRICT",
        )


@rule(
    "CHAT-042", "json-mode-not-asked-for", party=Party.CLIENT, source=prose("CC-06"),
    level=Level.INFO,
)  # fmt: skip
def json_mode_not_asked_for(subject: Subject) -> Iterator[Finding]:
    """A request for JSON without a schema also asks for JSON in its messages.

    Help: the model may write white space until it runs into the token limit
    Conforms:
        > {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "Paris as JSON"}]}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "Paris"}]}
        message-start
        message-end ERROR
    """
    form = subject.request.response_format
    if not subject.is_chat or form.get("type") != "json_object":
        return
    if form.get("json_schema") or form.get("schema"):
        return
    if not any("json" in text.lower() for text in _texts(subject)):
        yield Finding(
            "`response_format` asks for JSON, and no message does",
            pointer="/response_format",
            note="say so in a message too",
        )


def _texts(subject: Subject) -> Iterator[str]:
    """The text of all messages, part by part."""
    for _, message in messages_of(subject):
        content = message.get("content")
        for part in content if isinstance(content, list) else [content]:
            text = part.get("text") if isinstance(part, dict) else part
            if isinstance(text, str):
                yield text
