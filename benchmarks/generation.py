"""Strategies → how fast, how true and how various they are, beside their peers, in the same run.

    python benchmarks/generation.py [--examples 2000] [--seconds 60]

Peers are schemathesis (positive mode) and hypothesis-jsonschema, from the same compiled schemas; one
that is not installed, or does not go with the installed Hypothesis, is left out (hypothesis-jsonschema
0.23 ends at Hypothesis 6.169). Times are seconds of CPU, after a few examples that are not
counted. A peer that needs more than `--seconds` for one thing is measured on the examples that it
has made until then. Ends with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import sys
import time
import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs
from hypothesis import HealthCheck, given, settings

from conformance.check import check
from conformance.contract import contract
from conformance.errors import UsageError
from conformance.rules.registry import RULES, all_rules
from conformance.strategies import (
    Coverage,
    Stream,
    broken_streams,
    chat_requests,
    from_schema,
    rerank_requests,
    rerank_responses,
    streams,
)
from conformance.stream import TABLE, Input, No
from conformance.verdict import Level
from conformance.wire import Exchange, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

SCHEMATHESIS, JSONSCHEMA = "schemathesis", "hypothesis-jsonschema"
# thing -> how many times as fast as schemathesis ours has to be
GOALS = {"chat-request": 15.0, "chat-event": 3.0}
HEADERS = (("Content-Type", "application/json"), ("Authorization", "Bearer key"))
PATHS = {"chat-request": "/v2/chat", "rerank-request": "/v2/rerank"}
# Rules about streams are of these.
FAMILIES = ("STREAM", "EVENT", "TOOL", "CITE", "CHAT")
WARM_UP = 5


class Enough(KeyboardInterrupt):
    """The time is up. Hypothesis lets through what looks like a key of the user."""


class Measured(NamedTuple):
    """What came of one generator for one thing.

    `rate` are distinct valid examples per second of CPU; `valid`, `unknown` and `refused` are
    shares of the examples: valid under the schema, with members that the description does not name,
    refused by a rule (None where no rule is about such a thing alone). `sizes` are the median and
    the 95th percentile of the bytes, `shown` and `wanted` count the shapes of the schema.
    """

    who: str
    made: int
    rate: float
    valid: float
    distinct: float
    unknown: float
    refused: float | None
    sizes: tuple[int, int]
    shown: int
    wanted: int
    cut: bool

    def line(self) -> str:
        """A row of the table."""
        refused = "      -" if self.refused is None else f"{self.refused:7.1%}"
        return (
            f"{self.who:<34}{self.made:>9}{'*' if self.cut else ' '}{self.rate:10.1f}{self.valid:8.1%}"
            f"{self.distinct:10.1%}{self.unknown:9.1%}{refused:>9}{self.sizes[0]:8}{self.sizes[1]:8}"
            f"{self.shown:>9}/{self.wanted}"
        )


HEAD = (
    f"{'':<34}{'examples':>9} {'per CPU s':>10}{'valid':>8}{'distinct':>10}{'unknown':>9}"
    f"{'refused':>9}{'median':>8}{'95 %':>8}{'shapes':>13}"
)


def collected(
    strategy: SearchStrategy[Any], count: int, seconds: float | None, *, relaxed: bool
) -> tuple[list[Any], float, bool]:
    """So many examples, the CPU seconds that they took, and whether the time was up before."""
    made: list[Any] = []
    began = time.process_time()
    checks = list(HealthCheck) if relaxed else []

    @settings(
        max_examples=count, database=None, derandomize=True, deadline=None,
        suppress_health_check=checks,
    )  # fmt: skip
    @given(strategy)
    def take(example: Any) -> None:
        made.append(example)
        if seconds is not None and time.process_time() - began > seconds:
            raise Enough

    gc.collect()
    try:
        take()
    except Enough:
        return made, time.process_time() - began, True
    return made, time.process_time() - began, False


def _text(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, separators=(",", ":"), default=repr)


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def refusals(thing: str, examples: list[Any]) -> float | None:
    """The share of requests in which a rule finds an error."""
    if thing not in PATHS:
        return None
    url = f"https://api.cohere.com{PATHS[thing]}"
    bodies = (_text(each).encode("utf-8", "surrogatepass") for each in examples)
    asked = (Exchange(Request("POST", url, HEADERS, body), None, observed=True) for body in bodies)
    return _share([any(v.level is Level.ERROR for v in check(each).violations) for each in asked])


def measure(
    who: str, thing: str, strategy: SearchStrategy[Any], count: int, seconds: float | None
) -> tuple[Measured, Coverage, list[Any]]:
    """Draw examples of a thing, then look at them."""
    relaxed = seconds is not None
    collected(strategy, WARM_UP, None, relaxed=True)
    examples, took, cut = collected(strategy, count, seconds, relaxed=relaxed)
    is_valid = jsonschema_rs.Draft202012Validator(contract().schema(thing)).is_valid
    is_closed = jsonschema_rs.Draft202012Validator(contract().schema(thing, closed=True)).is_valid
    texts = [_text(each) for each in examples]
    valid = [each for each in examples if isinstance(each, dict) and is_valid(each)]
    different = {_text(each) for each in valid}
    coverage = Coverage(contract().schema(thing))
    for each in valid:
        coverage.add(each)
    sizes = sorted(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    row = Measured(
        who, len(examples), len(different) / took, len(valid) / len(examples),
        len(set(texts)) / len(examples), _share([not is_closed(each) for each in valid]),
        refusals(thing, valid), (sizes[len(sizes) // 2], sizes[int(0.95 * len(sizes))]),
        len(coverage.seen & coverage.wanted), len(coverage.wanted), cut,
    )  # fmt: skip
    return row, coverage, examples


def _of_schemathesis(thing: str) -> SearchStrategy[Any]:
    """The bodies that schemathesis makes for an operation that takes this thing."""
    import schemathesis
    from schemathesis.generation import GenerationMode

    schema = json.loads(
        json.dumps(contract().schema(thing)).replace("#/$defs/", "#/components/schemas/")
    )
    named = schema.pop("$defs", {})
    schema.pop("$schema", None)
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    answer = {"200": {"description": "an answer"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": thing, "version": "1"},
        "paths": {"/": {"post": {"requestBody": body, "responses": answer}}},
        "components": {"schemas": named},
    }
    operation = schemathesis.openapi.from_dict(document)["/"]["POST"]
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bodies: SearchStrategy[Any] = cases.map(lambda case: case.body)
    return bodies


def _of_jsonschema(thing: str) -> SearchStrategy[Any]:
    """What hypothesis-jsonschema makes of the schema."""
    import hypothesis_jsonschema

    made: SearchStrategy[Any] = hypothesis_jsonschema.from_schema(
        copy.deepcopy(contract().schema(thing))  # which it changes
    )
    return made


PEERS: dict[str, Callable[[str], SearchStrategy[Any]]] = {
    SCHEMATHESIS: _of_schemathesis, JSONSCHEMA: _of_jsonschema,
}  # fmt: skip
ASKED = {"model": "rerank-v3.5", "query": "Hello", "documents": ["a", "b", "c", "d"]}
# thing -> our strategies for it; the first is the one that is compared
OURS: dict[str, dict[str, SearchStrategy[Any]]] = {
    "chat-request": {
        "chat_requests()": chat_requests(),
        "chat_requests(coherent=False)": chat_requests(coherent=False),
    },
    "rerank-request": {
        "rerank_requests()": rerank_requests(),
        "rerank_requests(coherent=False)": rerank_requests(coherent=False),
    },
    "chat-event": {"from_schema(event)": from_schema(contract().schema("chat-event"))},
    "rerank-response": {"rerank_responses(request)": rerank_responses(ASKED)},
}


def compare(thing: str, count: int, seconds: float) -> bool:
    """Print the rows of a thing; whether the goal is reached, as far as it can be judged."""
    print(f"\n{thing}\n{HEAD}")
    rows: dict[str, Measured] = {}
    for who, strategy in OURS[thing].items():
        row, coverage, examples = measure(who, thing, strategy, count, None)
        rows.setdefault("ours", row)
        print(row.line(), *_senses(thing, examples), sep="\n    ", flush=True)
        if coverage.missing:
            print("    never shown:", ", ".join(coverage.missing))
    for who, strategy_of in PEERS.items():
        if not _installed(who):
            continue
        try:
            row, _, examples = measure(who, thing, strategy_of(thing), count, seconds)
        except Exception as error:  # noqa: BLE001 - whatever stops a peer stops only its row
            print(f"{who:<34}  fails here: {type(error).__name__}: {error}")
            continue
        rows[who] = row
        print(row.line(), *_senses(thing, examples), sep="\n    ", flush=True)
    ratios = {who: rows["ours"].rate / row.rate for who, row in rows.items() if who != "ours"}
    for who, ratio in ratios.items():
        print(f"  {ratio:.1f} times as many distinct valid examples per CPU second as {who}")
    goal = GOALS.get(thing)
    if goal is None or SCHEMATHESIS not in ratios:
        return True
    reached = ratios[SCHEMATHESIS] >= goal
    print(f"  goal: {goal:g} times schemathesis: {'reached' if reached else 'missed'}")
    return reached


def _senses(thing: str, examples: list[Any]) -> list[str]:
    """What only sense makes: results that answer a call, cuts that cut."""
    bodies = [each for each in examples if isinstance(each, dict)]
    if thing == "chat-request":
        number = sum(map(_answers_a_call, bodies))
        return [f"a tool message answers an earlier call in {number}"]
    if thing == "rerank-request":
        number = sum(each.get("top_n", 10**9) < len(each["documents"]) for each in bodies)
        return [f"`top_n` is below the number of documents in {number}"]
    return []


def _answers_a_call(body: dict[str, Any]) -> bool:
    called: set[str] = set()
    for message in body["messages"]:
        called |= {call["id"] for call in message.get("tool_calls") or ()}
        if message["role"] == "tool" and message["tool_call_id"] in called:
            return True
    return False


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def walk(count: int) -> None:
    """Streams, which no peer knows: how fast, and what of the table they visit."""
    print(f"\nstreams (no peer makes any)\n{'':<34}{'examples':>9} {'per CPU s':>10}{'distinct':>10}"
          f"{'errors':>8}{'median':>8}{'95 %':>8}{'cells':>11}")  # fmt: skip
    cells = {(s, i): isinstance(cell, No) for s, row in TABLE.items() for i, cell in row.items()}
    allowed = {c for c, refused in cells.items() if not refused and c[1] is not Input.UNKNOWN}
    refused = {c for c, refused in cells.items() if refused}
    answers = chat_requests().flatmap(streams)
    for who, strategy in (("streams()", streams()), ("chat_requests().flatmap(streams)", answers)):
        collected(strategy, WARM_UP, None, relaxed=True)
        made, took, _ = collected(strategy, count, None, relaxed=False)
        print(_told(who, made, took, allowed), flush=True)
    all_rules()
    made, took = [], 0.0
    for code in sorted(code for code, rule in RULES.items() if rule.family in FAMILIES):
        try:
            strategy = broken_streams(code).map(lambda example: example.stream)
        except UsageError:
            continue  # a rule about requests
        some, seconds, _ = collected(strategy, max(count // 20, 1), None, relaxed=False)
        made += some
        took += seconds
    print(_told("broken_streams(code), all codes", made, took, refused), flush=True)


def _told(who: str, made: list[Stream], took: float, wanted: set[Any]) -> str:
    verdicts = [check(each.exchange()) for each in made]
    faulty = _share([any(v.level is Level.ERROR for v in one.violations) for one in verdicts])
    visited = wanted & {cell for verdict in verdicts for cell in verdict.cells}
    sizes = sorted(len(each.body) for each in made)
    different = {(each.body, _text(each.request)) for each in made}
    return (
        f"{who:<34}{len(made):>9} {len(different) / took:10.1f}{len(different) / len(made):10.1%}"
        f"{faulty:8.1%}{sizes[len(sizes) // 2]:8}{sizes[int(0.95 * len(sizes))]:8}"
        f"{len(visited):>8}/{len(wanted)}"
    )


def main() -> int:
    """Measure everything, and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--examples", type=int, default=2000, help="how many of each thing")
    parser.add_argument(
        "--seconds", type=float, default=60, help="CPU seconds for a peer and thing"
    )
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    names = [name for name in ("hypothesis", *PEERS) if _installed(name)]
    print(
        ", ".join(f"{name} {version(name)}" for name in names), f"Python {sys.version.split()[0]}"
    )
    print("unknown: with members that the description does not name, which the live API refuses;")
    print("refused: by a rule of this project; shapes: members present and absent, values of")
    print("enumerations, members of unions; *: the time was up")
    for name in PEERS:
        if name not in names:
            print(f"{name} is not installed and left out")
    reached = [*map(partial(compare, count=given.examples, seconds=given.seconds), OURS)]
    walk(given.examples)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
