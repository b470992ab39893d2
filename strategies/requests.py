"""Choices → request bodies that are valid and make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import contract
from conformance.errors import UsageError

from .features import MODELS, Features, Wishes, checked, combinations
from .history import Conversation
from .schema import compiled
from .source import named
from .tools import answer_schema, tools
from .values import Body, free_object, phrase, question, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from .source import Source

__all__ = ["chat_request", "chat_requests", "rerank_request", "rerank_requests"]

_ANY = Wishes()
_MODES = ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF")
_OLD_MODELS = ("command-r-plus-08-2024", "command-r-08-2024")
_DOCUMENT_IDS = ("notes", "log-2", "größe", "7", "tide table", "https://example.com/a")


def chat_requests(
    *,
    coherent: bool = True,
    with_tools: bool | None = None,
    with_tool_results: bool | None = None,
    with_documents: bool | None = None,
    with_images: bool | None = None,
    with_json: bool | None = None,
    with_thinking: bool | None = None,
    min_messages: int = 1,
    max_messages: int = 7,
    model: str | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """Bodies of `POST /v2/chat` with `stream` true, valid and coherent.

    Roles follow each other sensibly, each tool message answers one earlier call, arguments fit the
    parameters of the tool, JSON mode goes with neither tools nor documents, and numbers keep to the
    documented ranges. A filter that is True or False asks for requests with or without something,
    None leaves it open; `with_tool_results` are tool calls in the history with their results,
    `with_json` is a response format, `with_thinking` a model and settings that think. With
    `coherent` False the schema alone is kept to, and no filter applies. Raises UsageError for
    filters that exclude each other::

        >>> chat_requests(with_tools=True, max_messages=3).example()
        {'stream': True, 'model': 'command-a-03-2025', 'messages': [...], 'tools': [...]}
    """
    wishes = Wishes(
        with_tools, with_tool_results, with_documents, with_images, with_json, with_thinking,
        min_messages, max_messages,
    )  # fmt: skip
    if not coherent:
        if wishes != _ANY or model is not None:
            raise UsageError(
                "filters apply to coherent requests only", where="chat_requests(coherent=False)",
                hint="drop the filters, or `coherent=False`",
            )  # fmt: skip
        return _schema_valid("chat-request")
    checked(wishes)  # raises here and not when the first example is drawn
    given = [*([wishes] if wishes != _ANY or model else []), *([model] if model else [])]
    return _chat_requests(*given)


@named("schema_valid")
def _schema_valid(source: Source, thing: str) -> dict[str, Any]:
    return Body(_of_schema(thing)(source, 0))


_MADE: dict[str, Callable[[Source, int], Any]] = {}


def _of_schema(thing: str) -> Callable[[Source, int], Any]:
    if thing not in _MADE:
        _MADE[thing] = compiled(contract().schema(thing))
    return _MADE[thing]


def chat_request(
    source: Source,
    wishes: Wishes = _ANY,
    model: str | None = None,
) -> Body:
    """A coherent chat request; see `chat_requests`."""
    declared, strict = source.group(lambda s: _tools(s, wishes))
    documents = source.group(lambda s: _documents(s, wishes))
    features, messages = source.group(lambda s: _talk(s, wishes, declared, documents))
    wanted = {name for name, has in zip(Features._fields, features, strict=True) if has}
    chosen = model or source.pick(next(names for covers, names in MODELS if wanted <= covers))
    body = Body(stream=True, model=chosen, messages=messages)
    if declared:
        body["tools"] = declared
        if strict is not None:
            body["strict_tools"] = strict
    if documents:
        body["documents"] = documents
    if features.json:
        body["response_format"] = _response_format(source)
        _ask_for_json(messages[-1])
    if features.thinking:
        _thinking(source, body)
    _settings(source, body, any_model=model is None and not {"images", "thinking"} & wanted)
    return body


# Each part begins with the choice whether there is one, so that Hypothesis can leave it out whole.
def _tools(source: Source, wishes: Wishes) -> tuple[list[Any], bool | None]:
    """The tools, and what `strict_tools` is."""
    has = wishes.tools
    if has is None:
        has = wishes.results or not (wishes.json or wishes.images or not source.chance(2))
    if not has:
        return [], None
    strict = source.pick((None, False, True))
    return tools(source, strict=bool(strict)), strict


def _documents(source: Source, wishes: Wishes) -> list[Any]:
    has = wishes.documents
    if has is None:
        has = not (wishes.json or wishes.images or not source.chance(2))
    ids = list(_DOCUMENT_IDS)
    return [_document(source, ids) for _ in range(source.integer(1, 3) if has else 0)]


def _talk(
    source: Source, wishes: Wishes, declared: list[Any], documents: list[Any]
) -> tuple[Features, list[dict[str, Any]]]:
    """What else the request has, and its messages."""
    settled = wishes._replace(tools=bool(declared), documents=bool(documents))
    features = source.pick(combinations(settled))
    functions = [tool["function"] for tool in declared]
    talk = Conversation(source, features, functions, documents)
    return features, talk.choose(wishes.least, wishes.most)


def _document(source: Source, ids: list[str]) -> Any:
    form = source.integer(0, 3)
    if form == 0:
        return phrase(source)
    document: dict[str, Any] = {"data": {"text": phrase(source)}}
    if form == 3:
        document["data"] |= {"title": phrase(source), **free_object(source, 1)}
    if form == 2:
        document["id"] = ids.pop(source.integer(0, len(ids) - 1))
    return document


def _response_format(source: Source) -> dict[str, Any]:
    form = source.integer(0, 2)
    if form == 2:
        return {"type": "text"}
    if form == 0:
        return {"type": "json_object"}
    return {"type": "json_object", "json_schema": answer_schema(source)}


def _ask_for_json(message: dict[str, Any]) -> None:
    """Ask for JSON in the prompt, without which a model may never come to an end."""
    content = message["content"]
    if isinstance(content, str):
        message["content"] = content + " Answer in JSON"
    else:
        content[0]["text"] += " Answer in JSON"


def _thinking(source: Source, body: Body) -> None:
    form = source.integer(0, 3)
    if form:
        body["thinking"] = {"type": "enabled" if form > 1 else "disabled"}
        if form == 3:
            body["thinking"]["token_budget"] = source.integer(1, 4000)


def _hundredths(source: Source, low: int, high: int) -> float:
    """A number of two decimals, as people set them; a whole one as integer."""
    value = source.integer(low, high)
    return value / 100 if value % 100 else value // 100


def _stops(source: Source) -> list[str]:
    return [
        source.pick(("END", "\n\n", "###", "</s>", "。", "🌊"))
        for _ in range(source.pick((1, 2, 5, 0)))
    ]


_SETTINGS: dict[str, Callable[[Source, Body], Any]] = {
    "temperature": lambda s, _: _hundredths(s, 0, 100),
    # Above the largest thinking budget, so that some tokens are left for the answer.
    "max_tokens": lambda s, body: s.integer(5000 if "thinking" in body else 1, 8000 if "thinking" in body else 4000),
    "seed": lambda s, _: 2**64 - 1 if s.chance(4) else s.integer(0, 2**64 - 1),
    "stop_sequences": lambda s, _: _stops(s),
    "frequency_penalty": lambda s, _: _hundredths(s, 0, 100),
    "presence_penalty": lambda s, _: _hundredths(s, 0, 100),
    "k": lambda s, _: s.integer(0, 500),
    "p": lambda s, _: _hundredths(s, 1, 99),
    "logprobs": lambda s, _: bool(s.integer(0, 1)),
    "priority": lambda s, _: s.integer(0, 999),
    "citation_options": lambda s, _: _citation_options(s),
}  # fmt: skip


def _citation_options(source: Source) -> dict[str, Any]:
    mode = source.pick((*_MODES, None))
    return {} if mode is None else {"mode": mode}


def _settings(source: Source, body: Body, *, any_model: bool) -> None:
    """A few settings that go with the body, no two that exclude each other."""
    if "tools" in body:
        # Older models do not take it.
        if body["model"] not in _OLD_MODELS:
            choice = source.pick((None, "REQUIRED", "NONE"))
            if choice is not None:
                body["tool_choice"] = choice
    elif "documents" not in body:
        mode = source.pick((None, "CONTEXTUAL", "STRICT", "OFF"))
        if mode == "OFF" and any_model:
            # Newer models cannot turn it off.
            body["model"] = source.pick(_OLD_MODELS)
        if mode is not None and (mode != "OFF" or body["model"] in _OLD_MODELS):
            body["safety_mode"] = mode
    if "documents" in body and source.integer(0, 1):
        body["citation_options"] = _citation_options(source)
    for name in source.some(tuple(_SETTINGS), (0, 1, 2, 3)):
        if name != "presence_penalty" or not body.get("frequency_penalty"):
            body[name] = _SETTINGS[name](source, body)


def rerank_requests(
    *,
    coherent: bool = True,
    with_top_n: bool | None = None,
    min_documents: int = 1,
    max_documents: int = 6,
    model: str | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """Bodies of `POST /v2/rerank`, valid and coherent.

    `top_n` is as often below the number of documents as at it or above. `with_top_n` asks for
    requests with or without it. With `coherent` False the schema alone is kept to, and no filter
    applies. Raises UsageError for numbers of documents that the documentation excludes::

        >>> rerank_requests(max_documents=2).example()
        {'model': 'rerank-v3.5', 'query': 'Hello', 'documents': ['Hi']}
    """
    if not coherent:
        if (with_top_n, min_documents, max_documents, model) != (None, 1, 6, None):
            raise UsageError(
                "filters apply to coherent requests only", where="rerank_requests(coherent=False)",
                hint="drop the filters, or `coherent=False`",
            )  # fmt: skip
        return _schema_valid("rerank-request")
    if not 1 <= min_documents <= max_documents <= 10_000:
        raise UsageError(
            f"no request has {min_documents} to {max_documents} documents",
            where="rerank_requests(min_documents, max_documents)",
            hint="1 <= min_documents <= max_documents <= 10000",
        )
    given = {"with_top_n": with_top_n, "model": model}
    numbers = {"min_documents": (min_documents, 1), "max_documents": (max_documents, 6)}
    return _rerank_requests(
        **{name: value for name, value in given.items() if value is not None},
        **{name: value for name, (value, usual) in numbers.items() if value != usual},
    )


_RERANKERS = ("rerank-v3.5", "rerank-v4.0-pro", "rerank-multilingual-v3.0", "rerank-english-v3.0")


def _cuts(size: int) -> tuple[int, ...]:
    """Values of `top_n` for a number of documents: below it, at it and above it, each once."""
    wanted = (size - 1, size - 2, 1, size, size + 1, size + 10**6)
    return tuple(dict.fromkeys(each for each in wanted if each > 0))


def rerank_request(
    source: Source,
    *,
    with_top_n: bool | None = None,
    min_documents: int = 1,
    max_documents: int = 6,
    model: str | None = None,
) -> Body:
    """A coherent rerank request; see `rerank_requests`."""
    size = source.integer(min_documents, max_documents)
    documents = [record(source) for _ in range(min(size, 12))]
    # Further ones differ by a number: nobody draws ten thousand texts.
    documents += [f"{documents[n % 12]} {n}" for n in range(len(documents), size)]
    body = Body(model=model or source.pick(_RERANKERS), query=question(source), documents=documents)
    cuts = () if with_top_n is False else _cuts(size)
    cut = source.pick((*(() if with_top_n else (None,)), *cuts))
    if cut is not None:
        body["top_n"] = cut
    for name in source.any_of(("max_tokens_per_doc", "priority")):
        body[name] = source.integer(0, 999) if name == "priority" else source.integer(1, 8192)
    return body


_rerank_requests = named("rerank_requests")(rerank_request)
_chat_requests = named("chat_requests")(chat_request)
