"""Reports to look at: made of rule transcripts, of hostile text, or of very many exchanges."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.check import check
from conformance.report.collect import Collector
from conformance.report.folder import ReportFolder, header_of
from conformance.report.records import Case, ViolationRecord
from conformance.rules.registry import all_rules, find_rule
from conformance.transcript import exchange_from
from conformance.wire import Chunk, Origin, Request, Response

HOSTILE = (
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "</pre></code><svg onload=window.broken=1>",
    "\"><a href='javascript:window.broken=1'>here</a>",
    "{{ 7 * 7 }}{% raw %}`|x`|",
    "]]><!--\x00\x1b[2J\u2028\u202e\ufffe",
    "| x | [y](https://evil.example) @team ![z](https://evil.example/z.png) https://evil.example",
)


def breaking(code, *, file="streams/broken.sse", number=1):
    """The exchange of a rule's breaking transcript, with chunks and times."""
    exchange = exchange_from(find_rule(code).breaks)
    response = exchange.response
    if response is not None:
        size = len(response.body)
        chunks = (Chunk(0, size // 2, 0.25), Chunk(size // 2, size, 0.5))
        response = replace(response, chunks=chunks)
    return replace(exchange, response=response, origin=Origin(file, number))


def written(folder, exchanges, *, command="check", finish=0, **header):
    """A report of exchanges in a folder."""
    collector = Collector()
    with ReportFolder(folder, header_of(command, "captures", **header)) as made:
        for exchange in exchanges:
            taken = collector.take_verdict(check(exchange))
            made.add_all(taken.records)
            made.add(taken.as_case())
        made.add_all(collector.closing())
        return made.finish(finish, seconds=1.25)


def every_breach(folder, codes=()):
    """A report of the breaking transcripts of these rules, by default of all."""
    rules = [rule for rule in all_rules() if not codes or rule.code in codes]
    exchanges = [
        breaking(rule.code, file=f"streams/{rule.name}.sse", number=1 + place % 2)
        for place, rule in enumerate(rules)
    ]
    return written(folder, exchanges, finish=1)


def alike(folder, count):
    """A report of so many equal breaches in one file, one of another kind, and one in another file."""
    exchanges = [breaking("STREAM-014", number=number) for number in range(1, count + 1)]
    exchanges.append(breaking("STREAM-014", file="streams/other.sse"))
    exchanges.append(breaking("STREAM-024", number=count + 1))
    return written(folder, exchanges, finish=1)


def hostile_exchanges():
    """Exchanges whose every text tries to be markup: names, values, types, headers, files."""
    for number, text in enumerate(HOSTILE, 1):
        event = {"type": text, "id": text, text: text, "delta": {"message": {"role": text}}}
        lines = [f"event: {text.splitlines()[0]}", f"data: {json.dumps(event)}", "", ""]
        stream = "\n".join(lines).encode("utf-8", "surrogatepass")
        request = json.dumps({"model": text, "messages": [{"role": text}], text: text})
        yield replace(
            exchange_from("eof"),
            request=Request(
                "POST", f"https://api.cohere.com/v2/chat?{text}",
                (("content-type", "application/json"), ("accept", text), (text, text)),
                request.encode(),
            ),
            response=Response(
                200, (("content-type", "text/event-stream"), ("x-debug-trace-id", text)), stream,
            ),
            origin=Origin(f"{text}.yaml", number),
        )  # fmt: skip
        refusal = json.dumps({"message": text, "id": 7}).encode()
        yield replace(
            exchange_from("status 400"),
            response=Response(400, (("content-type", text),), refusal),
            origin=Origin(f"{text}.yaml", number + 100),
        )


def very_many(folder, count):
    """A report of so many exchanges; every hundredth breaks a rule, ten of those are kept."""
    exchange = breaking("STREAM-014")
    taken = Collector().take_verdict(check(exchange))
    broken = taken.violations[0].violation
    with ReportFolder(folder, header_of("run", "http://127.0.0.1:9/", party="server")) as made:
        for number in range(count):
            name = f"chat-stream/many/case-{number}"
            fails = number % 100 == 0
            record = replace(
                taken.exchange,
                file=name,
                case=name,
                record=taken.exchange.record if fails else None,
            )
            made.add(record)
            if fails:
                made.add(ViolationRecord(replace(broken, file=name, exchange=1), name))
            made.add(
                Case(
                    name,
                    "broken" if fails else "kept",
                    "chat-stream",
                    features=("tools",),
                    message=broken.headline if fails else "",
                    codes=(broken.code,) if fails else (),
                    exchanges=1,
                    seconds=0.01,
                )
            )
        return made.finish(1)
