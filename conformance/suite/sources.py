"""The sources of citations → whether they say what the documents and results of the request said.

Only texts are compared: other values may come as JSON text. What a server leaves out, or adds, is its
own choice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.request import ChatRequest
from conformance.rules.registry import observed
from conformance.subject import JsonBody
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.wire import Exchange

__all__ = ["has_sources", "source_data_altered"]


def _cited(told: str) -> Exchange:
    document = {"documents": [{"id": "notes", "data": {"text": "Limpets graze"}}]}
    source = {"type": "document", "id": "notes", "document": {"id": "notes", "text": told}}
    patch = {"delta": {"message": {"citations": {"sources": [source]}}}}
    return exchange_from(
        f"> {json.dumps(document)}\nmessage-start\ncontent-start 0 text\n"
        'content-delta 0 "Limpets graze"\n'
        f'citation-start 0 0-7 "Limpets" notes + {json.dumps(patch)}\n'
        "citation-end 0\ncontent-end 0\nmessage-end COMPLETE\n"
    )


@run_check(
    "RUN-023", "source-data-altered", level=Level.WARNING, source=observed("C10"),
    keeps=lambda: Sample((_cited("Limpets graze"),), {}),
    breaks=lambda: Sample((_cited("Whelks hunt"),), {}),
)  # fmt: skip
def source_data_altered(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """The source of a citation repeats what the request sent, and in its words.

    Help: a reader who looks at the source of a sentence reads what nobody wrote
    """
    for number, exchange in enumerate(exchanges):
        request = exchange.request
        sent = _Sent(ChatRequest(JsonBody(request.body).object if request else {}))
        for source in _sources(exchange):
            found = sent.altered(source)
            if found is not None:
                name, told = found
                yield Lapse(
                    f"the source `{source['id']}` has `{told[:80]}` in `{name}`, which the request "
                    "did not send",
                    number,
                )
                break


def has_sources(exchange: Exchange) -> bool:
    """An answer has citations whose sources bring data."""
    return any("document" in each or "tool_output" in each for each in _sources(exchange))


def _sources(exchange: Exchange) -> Iterator[dict[str, Any]]:
    message = message_in(exchange)
    for citation in message.citations if message is not None else []:
        sources = citation.data.get("sources")
        for source in sources if isinstance(sources, list) else []:
            if isinstance(source, dict) and isinstance(source.get("id"), str):
                yield source


def _plain(text: str) -> str:
    """A text without what is often normalised: the white space in it."""
    return " ".join(text.split())


def _read(value: object) -> object:
    """What a JSON text stands for; any other value itself."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _texts(value: object) -> Iterator[str]:
    """All texts and numbers inside a value, as texts; JSON texts are looked into."""
    value = _read(value)
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        yield _plain(str(value))


class _Sent:
    """What a request sent that a source can repeat."""

    def __init__(self, request: ChatRequest) -> None:
        # id -> the data of a document: an object, or a text
        self.documents: dict[str, object] = {}
        for place, document in enumerate(request.documents):
            whole = isinstance(document, dict)
            given = document.get("id") if whole else None
            data = _read(document.get("data")) if whole else document
            self.documents[given if isinstance(given, str) and given else f"doc:{place}"] = data
        contents = [message.get("content") for _, message in request.results()]
        self.results = [_plain(each) for each in contents if isinstance(each, str)]
        self.results += _texts(contents)

    def altered(self, source: dict[str, Any]) -> tuple[str, str] | None:
        """(member, text) of a source that says what was not sent; None where all is well."""
        document, output = source.get("document"), source.get("tool_output")
        if isinstance(document, dict) and source["id"] in self.documents:
            return _departure(document, self.documents[source["id"]])
        if isinstance(output, dict) and output and self.results:
            texts = [text for text in _texts(output) if text]
            if texts and not any(text in sent for text in texts for sent in self.results):
                return next(iter(output)), texts[0]
        return None


def _departure(document: dict[str, Any], sent: object) -> tuple[str, str] | None:
    told = {n: _plain(v) for n, v in document.items() if n != "id" and isinstance(v, str)}
    if isinstance(sent, dict):
        for name, text in told.items():
            if isinstance(sent.get(name), str) and _plain(sent[name]) != text:
                return name, text
    elif isinstance(sent, str):
        whole = _plain(sent)
        if told and not any(text and (text in whole or whole in text) for text in told.values()):
            return next(iter(told.items()))
    return None
