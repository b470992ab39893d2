"""Bytes → verdict on one long stream, beside a floor and the official SDK, in the same run.

    python benchmarks/stream.py [--events 100000] [--rounds 5]

The floor splits the bytes at blank lines and parses each event's JSON: less than that nobody who
looks into the events can do. The SDK (`pip install cohere`, optional) parses the same bytes through
its own client over an in-process transport, in chunks of 4 KiB as a network brings them: given the
whole body at once, its time grows with the square of the size. Times are the best of all rounds, in
seconds of CPU.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

from conformance import Exchange, Request, Response, check_exchange

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = ["the", " quick", " brown", " naïve", " café", " 😀", ".\n", ' "so"', " and", " then"]
CHUNK = 4096
REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


def _event(data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {data['type']}\ndata: {text}\n\n".encode()


def stream(events: int, seed: int = 1) -> bytes:
    """A conforming stream with this many content-deltas, in the byte form of the live API."""
    draw = random.Random(seed)  # noqa: S311
    empty = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    usage = {"input_tokens": 5, "output_tokens": events}
    parts = [
        _event({"id": "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90", "type": "message-start",
                "delta": {"message": empty}}),
        _event({"type": "content-start", "index": 0,
                "delta": {"message": {"content": {"type": "text", "text": ""}}}}),
    ]  # fmt: skip
    parts += [
        _event(
            {
                "type": "content-delta",
                "index": 0,
                "delta": {"message": {"content": {"text": draw.choice(WORDS) + str(n)}}},
            }
        )
        for n in range(events)
    ]
    parts += [
        _event({"type": "content-end", "index": 0}),
        _event({"type": "message-end", "delta": {
            "finish_reason": "COMPLETE", "usage": {"billed_units": usage, "tokens": usage}}}),
        b"data: [DONE]\n\n",
    ]  # fmt: skip
    return b"".join(parts)


def exchange(body: bytes) -> Exchange:
    """The body as the answer to a plain request."""
    headers = (("content-type", "application/json"),)
    return Exchange(
        Request("POST", "https://api.cohere.com/v2/chat", headers, json.dumps(REQUEST).encode()),
        Response(200, (("content-type", "text/event-stream"),), body),
    )


def floor(body: bytes) -> int:
    """Split at blank lines, parse each event: the number of events."""
    count = 0
    for block in body.split(b"\n\n"):
        data = block.partition(b"data: ")[2]
        if data and data != b"[DONE]":
            json.loads(data)
            count += 1
    return count


def sdk(body: bytes) -> Callable[[], int] | None:
    """The official SDK's parsing of the same bytes, or None when it is not installed."""
    try:
        import cohere
        import httpx
    except ImportError:
        return None

    def answer(_: httpx.Request) -> httpx.Response:
        chunks = (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=chunks)

    client = cohere.ClientV2(
        api_key="none", base_url="http://sdk", httpx_client=httpx.Client(
            transport=httpx.MockTransport(answer)
        ),
    )  # fmt: skip
    messages = [{"role": "user", "content": "Hi"}]
    return lambda: sum(1 for _ in client.chat_stream(model="m", messages=messages))


def best(run: Callable[[], object], rounds: int) -> float:
    """The least CPU time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    body = stream(chosen.events)
    judged = exchange(body)
    verdict = check_exchange(judged)
    assert verdict.judged
    assert not verdict.violations, [v.headline for v in verdict.violations]
    print(f"{verdict.events} events, {len(body) / 1e6:.1f} MB, best of {chosen.rounds}")
    ours = best(lambda: check_exchange(judged), chosen.rounds)
    least = best(lambda: floor(body), chosen.rounds)
    print(f"check          {ours:8.3f} s   {verdict.events / ours:12,.0f} events/s")
    print(
        f"floor          {least:8.3f} s   check takes {ours / least:.2f} times the floor (goal: 3)"
    )
    theirs = sdk(body)
    if theirs is None:
        print("official SDK   not installed: pip install cohere")
    else:
        taken = best(theirs, max(1, chosen.rounds // 3))
        print(f"official SDK   {taken:8.3f} s   check is {taken / ours:.1f} times faster (goal: 5)")
    tracemalloc.start()
    check_exchange(judged)
    peak = tracemalloc.get_traced_memory()[1]
    print(f"peak memory    {peak / 1e6:8.1f} MB  {peak / len(body):.1f} times the input")


if __name__ == "__main__":
    main()
