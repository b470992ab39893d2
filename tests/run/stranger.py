"""A server that owes nothing to the project's mock: standard library, its own habits, its own faults.

`Stranger(habits, fault)` serves both endpoints. Habits are ways in which conformant servers differ,
faults are what a run must find.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

KEY = "stranger-key-1234567890"
USAGE = {
    "billed_units": {"input_tokens": 3, "output_tokens": 4},
    "tokens": {"input_tokens": 30, "output_tokens": 9},
}
MEMBERS = {
    "model", "messages", "stream", "tools", "documents", "citation_options", "response_format",
    "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty",
    "presence_penalty", "k", "p", "logprobs", "tool_choice", "strict_tools", "thinking", "priority",
}  # fmt: skip
RERANK_MEMBERS = {"model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"}
TYPES = {
    "model": str, "messages": list, "stream": bool, "tools": list, "documents": list,
    "citation_options": dict, "response_format": dict, "safety_mode": str, "max_tokens": int,
    "stop_sequences": list, "temperature": (int, float), "seed": int, "logprobs": bool,
    "frequency_penalty": (int, float), "presence_penalty": (int, float), "k": (int, float),
    "p": (int, float), "tool_choice": str, "strict_tools": bool, "thinking": dict, "priority": int,
    "query": str, "top_n": int, "max_tokens_per_doc": int,
}  # fmt: skip
# Two answers about the same odd number of documents never agree.
TICKS = itertools.count()
ENUMS = {
    "safety_mode": {"CONTEXTUAL", "STRICT", "OFF"},
    "tool_choice": {"REQUIRED", "NONE"},
}


class Refused(Exception):
    """A request is refused with a status and a message."""

    def __init__(self, status, message):
        self.status, self.message = status, message


def demand(condition, message, status=400):
    """Refuse the request unless a condition holds."""
    if not condition:
        raise Refused(status, message)


def check_common(body, required, members):
    """Refuse what both endpoints refuse."""
    demand(isinstance(body, dict), "the body must be an object")
    for name in required:
        demand(name in body, f"{name} is required")
    for name, value in body.items():
        demand(name in members, f"unknown field: {name}", 422)
        kind = TYPES.get(name)
        fits = kind is None or (
            isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        )
        demand(fits, f"{name} has a wrong type")
        demand(value in ENUMS.get(name, {value} if isinstance(value, str) else ()) or name not in
               ENUMS, f"{name} has an unknown value")  # fmt: skip


def check_chat(body):
    """Refuse what is no chat request."""
    check_common(body, ("model", "messages", "stream"), MEMBERS)
    demand(body["messages"], "messages is empty")
    for message in body["messages"]:
        demand(isinstance(message, dict), "a message must be an object")
        role = message.get("role")
        demand(role in ("user", "assistant", "system", "tool"), "unknown role")
        content = message.get("content", "")
        demand(isinstance(content, (str, list)), "content has a wrong type")
    for document in body.get("documents", []):
        fits = isinstance(document, str) or isinstance(document.get("data"), dict)
        demand(fits, "a document has a text, or data")
    for tool in body.get("tools", []):
        demand(isinstance(tool, dict), "a tool must be an object")
        demand(isinstance(tool.get("function", {}).get("name"), str), "a tool needs a name")
    form = body.get("response_format", {}).get("type", "text")
    demand(form in ("text", "json_object"), "unknown response_format")
    demand(body.get("thinking", {}).get("type", "enabled") in ("enabled", "disabled"), "thinking")
    mode = body.get("citation_options", {}).get("mode", "FAST")
    demand(mode in ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"), "citation mode")


def check_rerank(body):
    """Refuse what is no rerank request."""
    check_common(body, ("model", "query", "documents"), RERANK_MEMBERS)
    documents = body["documents"]
    demand(isinstance(documents, list), "documents must be a list")
    demand(all(isinstance(each, str) for each in documents), "documents must be strings")
    demand(body.get("top_n", 1) >= 1, "top_n must be positive")
    demand(body["query"].strip(), "the query is empty")


def text_of(content):
    """The text of a message."""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content if isinstance(part, dict))


def instance(schema):
    """A value that fits a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: instance(part) for name, part in schema.get("properties", {}).items()}
    return {"string": "Brest", "integer": 4, "number": 7, "boolean": True, "array": []}[kind]


class Answer:
    """The events of one answer."""

    def __init__(self, body, habits):
        self.body, self.habits = body, habits
        self.events = []

    def add(self, kind, index=None, delta=None, **more):
        """Add an event."""
        event = {"type": kind}
        if index is not None and "no-index" not in self.habits:
            event["index"] = index
        if delta is not None:
            event["delta"] = delta
        self.events.append({**event, **more})

    def build(self):
        """All events of the answer."""
        body = self.body
        self.events.append({"id": str(uuid.uuid4()), "type": "message-start",
                            "delta": {"message": {"role": "assistant"}}})  # fmt: skip
        thinks = "reasoning" in body["model"] or "thinking" in body
        thinks = thinks and body.get("thinking", {}).get("type") != "disabled"
        index = 0
        if thinks:
            self.block(0, "thinking", ["Let me ", "think. "])
            index = 1
        finish = "COMPLETE"
        last = body["messages"][-1]
        asked = text_of(last.get("content", ""))
        tools = body.get("tools") or []
        wanted = tools and body.get("tool_choice") != "NONE" and (
            body.get("tool_choice") == "REQUIRED"
            or (last["role"] == "user" and re.search(r"[Tt]ool|Book", asked)))  # fmt: skip
        if wanted:
            finish = self.calls(tools, asked, plan=not thinks)
        elif body.get("response_format", {}).get("type") == "json_object":
            schema = body["response_format"].get("json_schema", {"type": "object"})
            self.block(index, "text", [json.dumps(instance(schema))])
        else:
            finish = self.text(index, asked, last)
        self.add("message-end", delta={"finish_reason": finish, "usage": USAGE})
        return self.events

    def block(self, index, kind, parts, between=None):
        """Add a content block."""
        content = {"type": kind, kind: ""}
        self.add("content-start", index, {"message": {"content": content}})
        for number, part in enumerate(parts):
            more = {}
            if self.body.get("logprobs"):
                more["logprobs"] = {"text": part, "token_ids": [number], "logprobs": [-0.5]}
            self.add("content-delta", index, {"message": {"content": {kind: part}}}, **more)
        if between:
            between()
        self.add("content-end", index)

    def calls(self, tools, asked, *, plan):
        """Add tool calls."""
        if plan and "no-plan" not in self.habits:
            self.add("tool-plan-delta", None, {"message": {"tool_plan": "I will look."}})
        count = 2 if "both" in asked.lower() else 1
        for index, tool in enumerate(tools[:count]):
            function = tool["function"]
            head = {"id": f"call_{uuid.uuid4().hex[:9]}", "type": "function",
                    "function": {"name": function["name"], "arguments": ""}}  # fmt: skip
            self.add("tool-call-start", index, {"message": {"tool_calls": head}})
            text = json.dumps(instance(function.get("parameters", {})))
            for part in (text[:5], text[5:]):
                if part:
                    delta = {"message": {"tool_calls": {"function": {"arguments": part}}}}
                    self.add("tool-call-delta", index, delta)
            self.add("tool-call-end", index)
        return "TOOL_CALL"

    def text(self, index, asked, last):
        """Add a text with its citations."""
        parts = ["The tide ", "is high: ", "🌊 ", f"you said {asked[:30]} ", "and more. "] * 2
        finish = "COMPLETE"
        most = self.body.get("max_tokens", 1000)
        if most < len(parts):
            parts, finish = [part.split()[0] + " " for part in parts[:most]], "MAX_TOKENS"
        whole = "".join(parts)
        for stop in self.body.get("stop_sequences", []):
            if stop in whole:
                whole, finish = whole[: whole.index(stop)], "STOP_SEQUENCE"
                parts = [whole] if whole else ["-"]
        mode = self.body.get("citation_options", {}).get("mode", "ENABLED")
        sources = [] if mode in ("OFF", "DISABLED") else self.sources(last)
        if index == 0 and not whole:
            parts = ["-"]
        self.block(index, "text", parts, lambda: self.cite(index, "".join(parts), sources))
        return finish

    def sources(self, last):
        """What the text can cite."""
        if last["role"] == "tool":
            content = last["content"]
            part = {} if isinstance(content, str) else content[0]
            document = part.get("document", {})
            output = document.get("data") or {"content": part.get("text", content)}
            return [{"type": "tool", "id": document.get("id") or f"{last['tool_call_id']}:0",
                     "tool_output": output}]  # fmt: skip
        documents = self.body.get("documents", [])
        found = []
        for place, document in enumerate(documents):
            given = document.get("id") if isinstance(document, dict) else None
            data = document["data"] if isinstance(document, dict) else {"text": document}
            name = given or f"doc:{place}"
            found.append({"type": "document", "id": name, "document": {"id": name, **data}})
        return found

    def cite(self, index, text, sources):
        """Add citations of the first words."""
        end = min(8, len(text))
        for number, source in enumerate(sources[:2]):
            start = 0 if not number else end
            stop = end if not number else min(len(text), end + 6)
            if start >= stop:
                return
            cited = {"start": start, "end": stop, "text": text[start:stop], "sources": [source]}
            if index:
                cited["content_index"] = index
            self.add("citation-start", number, {"message": {"citations": cited}})
            self.add("citation-end", number)


def frames(events, habits):
    """The bytes of a stream in the habits of the server."""
    end = "\r\n" if "crlf" in habits else "\n"
    out = []
    for event in events:
        data = json.dumps(event, ensure_ascii="escapes" in habits)
        lines = [] if "no-names" in habits else [f"event: {event.get('type')}"]
        if "comments" in habits:
            lines.insert(0, ": keep-alive")
        lines.append(f"data:{data}" if "no-space" in habits else f"data: {data}")
        out.append((end.join(lines) + end + end).encode())
    if "no-terminator" not in habits:
        out.append(f"data: [DONE]{end}{end}".encode())
    if "bom" in habits:
        out[0] = b"\xef\xbb\xbf" + out[0]
    return out


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of clients that leave."""

    def handle_error(self, *_):
        """Say nothing."""


class OneAtATime(HTTPServer):
    """A server that serves one connection after the other, each until it is closed."""

    def handle_error(self, *_):
        """Say nothing."""


class Stranger:
    """The server in a thread: `with Stranger() as url: ...`."""

    def __init__(self, habits=(), fault=None):
        self.habits, self.fault = frozenset(habits), fault
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0" if "http10" in stranger.habits else "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                stranger.post(self)

        def refuse(handler):
            stranger.say(handler, 405, {"message": "method not allowed"})

        if "only-post" not in self.habits:
            # Without these the library answers with 501 and a page.
            Handler.do_GET = Handler.do_PUT = Handler.do_DELETE = refuse

        kind = OneAtATime if "one-at-a-time" in self.habits else Quiet
        self.server = kind(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def post(self, handler):
        """Answer one request."""
        length = int(handler.headers.get("content-length") or 0)
        raw = handler.rfile.read(length)
        try:
            if self.fault == "crash" and b'"messages"' not in raw and b'"query"' not in raw:
                handler.close_connection = True
                return
            if self.fault != "no-auth":
                demand(handler.headers.get("authorization") == f"Bearer {KEY}", "no key", 401)
            try:
                body = json.loads(raw)
            except ValueError as error:
                if self.fault == "500-on-bad-json":
                    raise Refused(500, "internal server error") from error
                raise Refused(400, "the body is not JSON") from error
            demand(handler.path in ("/v2/chat", "/v2/rerank"), "not found", 404)
            if handler.path == "/v2/chat":
                self.lenient(check_chat, body)
                self.know(body["model"])
                self.chat(handler, body)
            else:
                self.lenient(check_rerank, body)
                self.know(body["model"])
                self.rerank(handler, body)
        except Refused as why:
            self.refuse(handler, why)

    def know(self, model):
        """Refuse a model that the server does not have."""
        known = "one-model" not in self.habits or model in ("command-a-03-2025", "rerank-v3.5")
        demand(known, f"model '{model}' not found", 404)

    def lenient(self, check, body):
        """Check a request, as strictly as the server is."""
        try:
            check(body)
        except Refused as why:
            if self.fault == "accepts-missing" and "required" in why.message:
                body.setdefault("messages", [{"role": "user", "content": "?"}])
                body.setdefault("model", "command-a-03-2025")
                body.setdefault("documents", ["a"])
                body.setdefault("query", "a")
                body.setdefault("stream", True)
                return
            raise
        except (TypeError, AttributeError, KeyError) as why:
            raise Refused(400, "cannot read that") from why

    def refuse(self, handler, why):
        """Send a refusal in the manner of the server."""
        if self.fault == "plain-errors":
            self.raw(handler, why.status, b"error", "text/plain")
        elif self.fault == "error-list":
            self.say(handler, why.status, [why.message])
        elif "422" in self.habits and why.status == 400:
            self.say(handler, 422, {"id": str(uuid.uuid4()), "message": why.message})
        else:
            self.say(handler, why.status, {"message": why.message})

    def say(self, handler, status, value):
        """Send JSON."""
        self.raw(handler, status, json.dumps(value).encode(), "application/json")

    def raw(self, handler, status, data, kind):
        """Send bytes."""
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    # -- answers -------------------------------------------------------------------------------

    def chat(self, handler, body):
        """Stream a chat answer."""
        events = Answer(body, self.habits).build()
        spoil = EVENT_FAULTS.get(self.fault)
        if spoil:
            spoil(events)
        pieces = frames(events, self.habits)
        spoil = PIECE_FAULTS.get(self.fault)
        if spoil:
            pieces = spoil(pieces)
        kind = "text/event-stream"
        if "charset" in self.habits:
            kind += "; charset=utf-8"
        handler.send_response(201 if self.fault == "status-201" else 200)
        handler.send_header("Content-Type", "text/plain" if self.fault == "content-type" else kind)
        if "length" in self.habits:
            whole = b"".join(pieces)
            handler.send_header("Content-Length", str(len(whole)))
            handler.end_headers()
            handler.wfile.write(whole)
            return
        data = b"".join(pieces)
        if "http10" in self.habits:
            handler.end_headers()
            handler.wfile.write(data)
            return
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        size = 7 if "small-chunks" in self.habits else 200
        for start in range(0, len(data), size):
            part = data[start : start + size]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            if self.fault == "stall" and start > 300:
                time.sleep(3)
            if self.fault == "cut" and start > 300:
                handler.close_connection = True
                handler.connection.shutdown(1)
                return
        handler.wfile.write(b"0\r\n\r\n")

    def rerank(self, handler, body):
        """Rank documents by the words they share with the query."""
        words = set(re.findall(r"\w+", body["query"].lower()))
        scored = []
        for place, text in enumerate(body["documents"]):
            found = set(re.findall(r"\w+", text.lower()))
            score = len(words & found) / (len(words | found) or 1)
            scored.append({"index": place, "relevance_score": round(score, 6)})
        scored.sort(key=lambda each: -each["relevance_score"])
        results = scored[: body.get("top_n", len(scored))]
        answer = {"id": str(uuid.uuid4()), "results": results,
                  "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}}  # fmt: skip
        if "bare-rerank" in self.habits:
            answer = {"results": results}
        spoil = RERANK_FAULTS.get(self.fault)
        if spoil:
            answer = spoil(answer, scored, body)
        self.say(handler, 201 if self.fault == "status-201" else 200, answer)


def at(events, kind):
    """The first event of a type."""
    return next((e for e in events if e["type"] == kind), None)


def edit(kind, change):
    """A fault that changes the first event of a type."""

    def spoil(events):
        event = at(events, kind)
        if event is not None:
            change(event)

    return spoil


def remove(kind):
    """A fault that leaves out the first event of a type."""

    def spoil(events):
        event = at(events, kind)
        if event is not None:
            events.remove(event)

    return spoil


def move_delta(events):
    """Send the first delta before its block."""
    event = at(events, "content-delta")
    if event is not None:
        events.remove(event)
        events.insert(1, event)


def cut_arguments(events):
    """Send arguments that are no JSON."""
    event = at(events, "tool-call-delta")
    if event is not None:
        event["delta"]["message"]["tool_calls"]["function"]["arguments"] = "{oops"


def shift_citation(event):
    """Cite one character too late."""
    event["delta"]["message"]["citations"]["start"] += 1


def text_is_number(event):
    """Send a number as text."""
    content = event["delta"]["message"]["content"]
    content[next(iter(content))] = 7


EVENT_FAULTS = {
    "unknown-event": lambda events: events.insert(2, {"type": "content-pause", "index": 0}),
    "finish-enum": edit("message-end", lambda e: e["delta"].update(finish_reason="DONE")),
    "finish-missing": edit("message-end", lambda e: e["delta"].pop("finish_reason")),
    "no-message-end": remove("message-end"),
    "no-content-end": remove("content-end"),
    "no-message-start": remove("message-start"),
    "two-message-starts": lambda events: events.insert(1, dict(events[0])),
    "delta-before-start": move_delta,
    "wrong-index": edit("content-delta", lambda e: e.update(index=5)),
    "text-is-number": edit("content-delta", text_is_number),
    "citation-span": edit("citation-start", shift_citation),
    "citation-open": remove("citation-end"),
    "arguments-not-json": cut_arguments,
    "usage-missing": edit("message-end", lambda e: e["delta"].pop("usage")),
    "call-finish": edit("message-end", lambda e: e["delta"].update(
        finish_reason="COMPLETE" if e["delta"]["finish_reason"] == "TOOL_CALL" else "TOOL_CALL")),
}  # fmt: skip
PIECE_FAULTS = {
    "invalid-json": lambda pieces: [pieces[0], pieces[1].replace(b"}", b"", 1), *pieces[2:]],
    "event-name": lambda pieces: [p.replace(b"event: content-delta", b"event: content-end")
                                  for p in pieces],
    "after-done": lambda pieces: [*pieces, pieces[1]],
    "not-utf-8": lambda pieces: [p.replace("🌊".encode(), b"\xf0\x9f") for p in pieces],
    "no-blank-line": lambda pieces: [*pieces[:-2], pieces[-2].rstrip(b"\n") + b"\n", pieces[-1]],
}  # fmt: skip


def worst_first(answer, _scored, _body):
    """Rank the wrong way round."""
    answer["results"].reverse()
    return answer


def change_first(**members):
    """A fault that changes the first result."""

    def spoil(answer, _scored, _body):
        answer["results"][0].update(members)
        return answer

    return spoil


def ignore_top_n(answer, scored, _body):
    """Send all results."""
    answer["results"] = scored
    return answer


def twice(answer, _scored, _body):
    """Name the first document twice."""
    results = answer["results"]
    if len(results) > 1:
        results[1]["index"] = results[0]["index"]
    return answer


def positions(answer, _scored, _body):
    """Number results by their rank instead of by their document."""
    for place, result in enumerate(answer["results"]):
        result["index"] = place
    return answer


def cut_first(answer, scored, body):
    """Take the first documents of the request and rank these, instead of the best of all."""
    answer["results"] = [each for each in scored if each["index"] < body.get("top_n", len(scored))]
    return answer


def scored_by(score):
    """A fault that scores documents by something else than the words they share with the query."""

    def spoil(answer, scored, body):
        for each in scored:
            each["relevance_score"] = score(each["index"], body["documents"][each["index"]])
        scored.sort(key=lambda each: -each["relevance_score"])
        answer["results"] = scored[: body.get("top_n", len(scored))]
        return answer

    return spoil


RERANK_FAULTS = {
    "rerank-unsorted": worst_first,
    "rerank-index": change_first(index=999),
    "rerank-twice": twice,
    "rerank-top-n": ignore_top_n,
    "rerank-score": change_first(relevance_score=1.5),
    "rerank-score-text": change_first(relevance_score="0.5"),
    "rerank-no-results": lambda answer, *_: {"id": answer.get("id", ""), "meta": {}},
    "rerank-positions": positions,
    "rerank-cut-first": cut_first,
    "rerank-restless": scored_by(lambda *_: 0.2 + next(TICKS) % 2 / 2),
    "rerank-by-length": scored_by(lambda _, text: min(1.0, len(text) / 10_000)),
    "rerank-by-place": scored_by(lambda place, _: 1 / (place + 2)),
}
FAULTS = sorted({
    *EVENT_FAULTS, *PIECE_FAULTS, *RERANK_FAULTS, "no-auth", "500-on-bad-json", "accepts-missing",
    "crash", "plain-errors", "error-list", "status-201", "content-type", "cut", "stall",
})  # fmt: skip
HABITS = (
    "no-index", "crlf", "escapes", "no-names", "comments", "no-space", "no-terminator", "bom",
    "charset", "small-chunks", "length", "422", "bare-rerank", "no-plan", "http10", "only-post", "one-model",
    "one-at-a-time",
)  # fmt: skip
