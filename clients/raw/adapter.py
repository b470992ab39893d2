"""The reference: plain HTTP and the decoder of this project, with nothing between.

It takes all that is allowed and reports all that is not, so whatever a run finds about it is a
fault of the cases or of the marks.
"""

from __future__ import annotations

import json
import platform
import sys

import httpx

from conformance.events import TERMINATOR, parse
from conformance.machine import Machine
from conformance.sse import Decoder
from conformance.version import __version__

OK = 200
# Of the deadline: a server that says nothing for so long is given up.
PATIENCE = 0.5
HELLO = {
    "type": "hello",
    "protocol": 1,
    "client": "raw",
    "version": __version__,
    "language": f"python {platform.python_version()}",
    "endpoints": ["chat", "rerank"],
    "surfaces": [
        "text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "cached_tokens",
        "logprobs", "error", "results",
    ],
}  # fmt: skip
# Where an event carries pieces of text, by its type.
PIECES = {
    "content-start": (("content", "thinking"), ("content", "text")),
    "content-delta": (("content", "thinking"), ("content", "text")),
    "tool-plan-delta": (("tool_plan",),),
}


class Failure(Exception):
    """A call that failed; `status` is that of the response, None when none came."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


def write(case, kind, **values):
    """Tell one line."""
    sys.stdout.write(json.dumps({"case": case, "type": kind, **values}) + "\n")
    sys.stdout.flush()


def tell(case, event):
    """What an event hands over."""
    path = ("delta", "message")
    for place in PIECES.get(event.type, ()):
        text = event.at(*path, *place)
        if isinstance(text, str) and text:
            write(case, place[-1], text=text)
    chances = event.at("logprobs", "logprobs")
    if isinstance(chances, list) and chances:
        write(case, "logprobs", logprobs=chances)
    if event.type in ("tool-call-start", "tool-call-delta"):
        function = (*path, "tool_calls", "function")
        values = {
            "id": event.at(*path, "tool_calls", "id"),
            "name": event.at(*function, "name"),
            "arguments": event.at(*function, "arguments"),
        }
        told = {name: value for name, value in values.items() if isinstance(value, str)}
        write(case, "tool_call", index=event.index or 0, **told)
    elif event.type == "citation-start":
        cited = event.at(*path, "citations") or {}
        sources = [one["id"] for one in cited.get("sources") or () if "id" in one]
        values = {name: cited.get(name) for name in ("start", "end", "text")}
        write(case, "citation", **values, sources=sources)
    elif event.type == "message-end":
        reason = event.at("delta", "finish_reason")
        if isinstance(reason, str):
            write(case, "finish", reason=reason)
        said = event.at("delta", "error")
        if isinstance(said, str):
            write(case, "error", **{"class": "message-end", "message": said})
        counts = event.at("delta", "usage", "tokens") or event.at("delta", "usage", "billed_units")
        usage(case, counts, event.at("delta", "usage", "cached_tokens"))


def usage(case, counts, cached=None):
    """The counts of tokens, as far as they are numbers."""
    given = {**counts, "cached_tokens": cached} if isinstance(counts, dict) else {}
    told = {
        name: given[name]
        for name in ("input_tokens", "output_tokens", "cached_tokens")
        if type(given.get(name)) in (int, float)
    }
    if told:
        write(case, "usage", **told)


def refusal(response):
    """What a response says that is no answer."""
    try:
        said = json.loads(response.read())["message"]
    except (ValueError, KeyError, TypeError):
        said = response.text
    return Failure(f"status {response.status_code}: {said}", response.status_code)


def chat(case, response):
    """Read a stream to its end."""
    media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "text/event-stream":
        response.read()
        raise Failure(f"no event stream, but {response.text[:500]}", response.status_code)
    decoder, machine, number = Decoder(), Machine(), 0
    for chunk in response.iter_bytes():
        for frame in decoder.feed(chunk):
            event = parse(frame, number)
            number += 1
            if "not-utf-8" in decoder.oddities:
                raise Failure(f"event {number} is not UTF-8")
            if event.type is None or "error" in (event.type, frame.name):
                raise Failure(f"event {number} is no event: {frame.data[:500]}")
            machine.feed(event)
            if machine.breaches:
                raise Failure(
                    f"event {number} breaks {machine.breaches[0].code}: {frame.data[:500]}"
                )
            if event.type == TERMINATOR:
                return
            tell(case, event)
    if machine.message.end is None:
        raise Failure("the stream ended before its message did")


def rerank(case, response, request):
    """Read a ranking."""
    try:
        body = json.loads(response.read())
        found = body["results"] if isinstance(body["results"], list) else [body["results"]]
        ranked = [(one["index"], one["relevance_score"]) for one in found]
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"no ranking: {response.text[:500]}", response.status_code) from error
    for index, score in ranked:
        if type(index) is not int or not 0 <= index < len(request["documents"]):
            raise Failure(f"no document has the index {index}", response.status_code)
        if type(score) not in (int, float):
            raise Failure(f"{score!r} is no score", response.status_code)
    rows = [{"index": index, "relevance_score": score} for index, score in ranked]
    write(case, "results", results=rows)
    meta = body.get("meta") or {}
    usage(case, meta.get("tokens") or meta.get("billed_units"))


def call(asked, client):
    """Make one call."""
    case, endpoint, request = asked["case"], asked["endpoint"], asked["request"]
    headers = {"authorization": f"Bearer {asked['api_key']}"}
    url = f"{asked['base_url']}/v2/{endpoint}"
    patience = asked["deadline"] * PATIENCE
    with client.stream("POST", url, json=request, headers=headers, timeout=patience) as response:
        if response.status_code != OK:
            raise refusal(response)
        if endpoint == "chat":
            chat(case, response)
        else:
            rerank(case, response, request)


def main():
    """Introduce itself, then make the call of each line until there are no more."""
    sys.stdout.write(json.dumps(HELLO) + "\n")
    sys.stdout.flush()
    client = httpx.Client(follow_redirects=True, trust_env=False)
    for line in sys.stdin.buffer:
        case = None
        try:
            asked = json.loads(line)
            case = asked["case"]
            if asked["endpoint"] not in HELLO["endpoints"]:
                write(case, "unsupported", what=f"endpoint {asked['endpoint']}")
            else:
                call(asked, client)
        except (Failure, httpx.HTTPError) as error:
            told = {"class": type(error).__name__, "message": str(error) or type(error).__name__}
            status = getattr(error, "status", None)
            write(case, "error", **told, **({"status": status} if status else {}))
        except (ValueError, KeyError, TypeError) as error:
            write(case, "unsupported", what=f"a line that cannot be read: {error}")
        write(case, "end")


if __name__ == "__main__":
    main()
