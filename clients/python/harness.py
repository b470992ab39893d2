"""The adapter protocol for Python: cases come in on stdin, what the caller of a client got goes out.

An adapter calls `serve` with what it drives and a function that makes one call. The function gets
the case and a `Caller`, on which it notes what the client hands over, in the order of its coming.
"""

from __future__ import annotations

import json
import os
import platform
import sys

CHANNELS = (
    "text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "cached_tokens",
    "logprobs", "error",
)  # fmt: skip


class Unsupported(Exception):
    """The client has no way to say this."""


class Caller:
    """Whoever called the client: what it got is written down here."""

    def __init__(self, case, out):
        self._case = case
        self._out = out

    def _write(self, kind, **values):
        self._out.write(json.dumps({"type": kind, "case": self._case, **values}) + "\n")
        self._out.flush()

    def _piece(self, kind, text):
        if text is not None:
            self._write(kind, text=text if isinstance(text, str) else json.dumps(text))

    def text(self, text):
        """A piece of the answer."""
        self._piece("text", text)

    def thinking(self, text):
        """A piece of what the model thought."""
        self._piece("thinking", text)

    def tool_plan(self, text):
        """A piece of the tool plan."""
        self._piece("tool_plan", text)

    def tool_call(self, index, **values):
        """A tool call or a piece of one: `id`, `name`, `arguments`, whatever there is."""
        given = {name: value for name, value in values.items() if value is not None}
        arguments = given.get("arguments")
        if arguments is not None and not isinstance(arguments, str):
            given["arguments"] = json.dumps(arguments)
        self._write("tool_call", index=index if isinstance(index, int) else 0, **given)

    def citation(self, start, end, text, sources=None):
        """A citation; `sources` are ids."""
        values = {"start": start, "end": end, "text": text}
        if sources is not None:
            values["sources"] = [source for source in sources if isinstance(source, str)]
        self._write("citation", **values)

    def finish(self, reason):
        """Why it ended, in the client's word."""
        if reason is not None:
            self._write("finish", reason=str(getattr(reason, "value", reason)))

    def usage(self, input_tokens, output_tokens, cached_tokens=None):
        """The token counts."""
        given = {"input_tokens": input_tokens, "output_tokens": output_tokens}
        if cached_tokens is not None:
            given["cached_tokens"] = cached_tokens
        if any(count is not None for count in given.values()):
            self._write("usage", **given)

    def logprobs(self, values):
        """The log probabilities of some tokens."""
        if values:
            self._write("logprobs", logprobs=list(values))

    def results(self, pairs):
        """The ranking: pairs of index and score."""
        rows = [{"index": index, "relevance_score": score} for index, score in pairs]
        self._write("results", results=rows)

    def error(self, error, status=None):
        """An error that reached the caller."""
        if status is None:
            status = getattr(error, "status_code", None)
        values = {"class": type(error).__name__, "message": str(error)[:2000]}
        if isinstance(status, int):
            values["status"] = status
        self._write("error", **values)

    def failed(self, said):
        """Why the generation failed, as the last event of a stream says it."""
        if isinstance(said, str):
            self._write("error", **{"class": "message-end", "message": said[:2000]})

    def unsupported(self, what):
        """What the client cannot express."""
        self._write("unsupported", what=str(what))

    def end(self):
        """Nothing more comes."""
        self._write("end")


def at(value, *names):
    """A member of a member, of objects or dicts; None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def only(request, known):
    """The members of a request but `stream`; Unsupported if there are others than the known."""
    members = {name: value for name, value in request.items() if name != "stream"}
    for name in members:
        if name not in known:
            raise Unsupported("/" + name)
    return members


def serve(
    call,
    *,
    client,
    version,
    variant=None,
    endpoints=("chat", "rerank"),
    surfaces=CHANNELS,
    plan_as_text=False,
):
    """Say hello, then make a call for each case until stdin ends.

    `call(case, caller)` may raise: that is what the client did to its caller. stdout belongs to the
    protocol; what a client prints goes to stderr.
    """
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    hello = {
        "type": "hello",
        "protocol": 1,
        "client": client,
        "version": version,
        "language": f"python {platform.python_version()}",
        "endpoints": list(endpoints),
        "surfaces": [*surfaces, *(["results"] if "rerank" in endpoints else [])],
    }
    if variant:
        hello["variant"] = variant
    if plan_as_text:
        hello["plan_as_text"] = True
    out.write(json.dumps(hello) + "\n")
    out.flush()
    for line in sys.stdin.buffer:
        _one(line, out, call, endpoints)


def _one(line, out, call, endpoints):
    try:
        case = json.loads(line)
        name, endpoint = case["case"], case["endpoint"]
    except (ValueError, KeyError, TypeError) as error:
        caller = Caller("", out)
        caller.unsupported(f"not a case: {error}")
        caller.end()
        return
    caller = Caller(name, out)
    try:
        if endpoint in endpoints:
            call(case, caller)
        else:
            caller.unsupported(f"endpoint {endpoint}")
    except Unsupported as why:
        caller.unsupported(why)
    except Exception as error:  # noqa: BLE001  # the caller of the client would get it
        caller.error(error)
    caller.end()
