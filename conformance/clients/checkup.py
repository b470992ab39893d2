"""The command of an adapter → whether it keeps the protocol and tells the truth, check by check.

What is told about clients rests on their adapters, so these are judged first: their answers are
random, so that none can be known beforehand, and some expectations are wrong on purpose.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.clients.compare import compared, sent_channels
from conformance.clients.forms import in_form
from conformance.clients.marks import Mark
from conformance.clients.probes import Probes, planted
from conformance.clients.process import START_SECONDS, AdapterProcess, Gone
from conformance.clients.protocol import AdapterError, call_line, line_from
from conformance.clients.runner import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from conformance.clients.case import Case
    from conformance.clients.environment import Launch
    from conformance.clients.marks import Result
    from conformance.clients.observed import Observed
    from conformance.clients.protocol import Hello

__all__ = ["Tested", "check_adapter"]

DEADLINE = 20.0
# How long to look for what must not come.
_QUIET_SECONDS = 0.3
_SAME = 3
_OK = 200
_SHOWN = 160
_UNKNOWN = "embed"


@dataclass(frozen=True, slots=True)
class Tested:
    """One check of an adapter; `passed` is None when there was nothing to judge, `message` says why.

    `says` is what must hold.
    """

    name: str
    says: str
    passed: bool | None
    message: str = ""
    hint: str = ""


class _Failed(Exception):
    """A check that failed, with a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class _Nothing(Exception):
    """A check that had nothing to judge."""


def check_adapter(
    launch: Launch,
    *,
    seed: int | None = None,
    deadline: float = DEADLINE,
    patience: float = START_SECONDS,
) -> Iterator[Tested]:
    """Judge an adapter, check by check; stops after the first without which the others are void.

    `deadline` is that of each call and `patience` that of the start, in seconds. Raises AdapterError
    when the command cannot be started at all.
    """
    chosen = seed if seed is not None else secrets.randbits(32)
    with _Checkup(launch, chosen, deadline, patience) as checkup:
        yield from _tested(checkup)


def _tested(checkup: _Checkup) -> Iterator[Tested]:
    for name, (says, vital, test) in _CHECKS.items():
        try:
            test(checkup)
        except _Failed as failed:
            yield Tested(name, says, False, str(failed), failed.hint)
            if vital:
                return
        except _Nothing as why:
            yield Tested(name, says, None, str(why))
        else:
            yield Tested(name, says, True)


class _Checkup:
    """What the checks of one adapter share."""

    def __init__(self, launch: Launch, seed: int, deadline: float, patience: float) -> None:
        self.launch = launch
        self.probes = Probes(seed, deadline)
        self.deadline = deadline
        self.patience = patience
        self.hello: Hello
        self._results: dict[str, Result] = {}
        self._worker: Worker | None = None

    def __enter__(self) -> _Checkup:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.__exit__(None, None, None)

    @property
    def worker(self) -> Worker:
        """The worker that all calls go through: one process makes them one after the other."""
        if self._worker is None:
            self._worker = Worker(self.launch, patience=self.patience).__enter__()
        return self._worker

    def started(self) -> AdapterProcess:
        """A new process of the adapter."""
        return AdapterProcess(self.launch, patience=self.patience)

    def judged(self, *cases: Case) -> list[Result]:
        """The results of cases in the form of the client; _Failed when the protocol is broken."""
        formed = in_form(cases, self.launch.answers)
        return [_sound(self.worker.judge(case, again=False)) for case in formed]

    @property
    def endpoint(self) -> str:
        """An endpoint that the adapter knows: chat, if it knows that."""
        return "chat" if "chat" in self.hello.endpoints else "rerank"

    def sampled(self) -> list[Result]:
        """One result for each sort of answer."""
        if not self._results:
            probes = self.probes
            cases = [probes.rerank()] if "rerank" in self.hello.endpoints else []
            if "chat" in self.hello.endpoints:
                cases += [probes.text(), probes.thinking(), probes.tools(), probes.citations()]
            for result in self.judged(*cases):
                self._results[result.case.name] = result
        return list(self._results.values())


def _sound(result: Result) -> Result:
    """The result; raises _Failed when the adapter did not keep the protocol."""
    observed, case = result.observed, result.case
    if result.trouble:
        first, _, rest = result.trouble[0].partition("\n")
        raise _Failed(f"it does not keep the protocol: {first}", rest.strip())
    if observed.crashed:
        how = observed.crashed.replace("\n", "\n      ")
        raise _Failed(f"it ended during a call: {how}", "catch what the client raises, and tell it")
    if not observed.ended:
        told = f"{len(observed.lines)} lines and no `end`" if observed.lines else "not one line"
        raise _Failed(
            f"{case.about}: {told} within {case.deadline:g} s",
            "write `end` after each call, and flush every line",
        )
    return result


def _hello(checkup: _Checkup) -> None:
    try:
        process = checkup.started()
    except AdapterError as error:
        if error.what.startswith("the adapter cannot be started"):
            raise
        raise _Failed(error.what, error.hint or "") from None
    checkup.hello = process.hello
    process.kill()


def _call(checkup: _Checkup) -> None:
    [result] = checkup.judged(checkup.probes.same(checkup.endpoint, 1)[0])
    said = result.observed
    if said.unsupported is not None:
        raise _Failed(f"it calls a plain call unsupported: `{said.unsupported}`")
    if said.error is not None and not _answered(result):
        raise _Failed(
            f"a plain call failed with {_told_error(result)}",
            "the call goes to `base_url` with the path that the client wants",
        )
    if not result.exchanges:
        raise _Failed(
            "it told the end of a call that it never made",
            "make the call that the line describes, to its `base_url`",
        )


def _answered(result: Result) -> bool:
    """Whether the call arrived and was answered: then it is the client that made an error of it."""
    found = [exchange.response for exchange in result.exchanges]
    return any(response is not None and response.status == _OK for response in found)


def _told_error(result: Result) -> str:
    error = result.observed.error
    assert error is not None  # only asked for where there is one
    first = error.message.strip().partition("\n")[0]
    return f"`{error.kind}`: {first[:_SHOWN]}"


def _request(checkup: _Checkup) -> None:
    [result] = checkup.judged(checkup.probes.same(checkup.endpoint, 1)[0])
    exchange = result.exchanges[0]
    assert exchange.request is not None  # the stage sees every request
    wanted = result.case.request
    word = wanted["messages"][0]["content"] if "messages" in wanted else wanted["query"]
    if word.encode() not in exchange.request.body:
        raise _Failed(
            f"the request does not hold what the call asks: `{word}`",
            "pass every member of `request` to the client",
        )
    if exchange.request.header("authorization") is None:
        raise _Failed("the request carries no key", "give `api_key` to the client")


def _random(checkup: _Checkup) -> None:
    results = checkup.judged(*checkup.probes.same(checkup.endpoint, _SAME))
    channel = "text" if checkup.endpoint == "chat" else "results"
    if channel not in checkup.hello.surfaces:
        raise _Nothing(f"`hello` does not name `{channel}` among the surfaces")
    failed = [result for result in results if result.observed.error is not None]
    if len(failed) == len(results):
        raise _Nothing(f"the client itself fails on a plain answer: {_told_error(failed[0])}")
    wrong = [result for result in results if not _tells(result, channel)]
    if wrong:
        shown = _shown(wrong[-1], channel)
        raise _Failed(
            f"{len(wrong)} of {_SAME} calls were told wrong: {shown}",
            "what is told must be what the client handed over in this very call",
        )


def _tells(result: Result, channel: str) -> bool:
    return not compared(result.case.expect, result.observed, frozenset({channel}))


def _shown(result: Result, channel: str) -> str:
    expect, observed = result.case.expect, result.observed
    if channel == "text":
        return f"`{expect.text}` was sent, and `{observed.text}` was told"
    told = [one.index for one in observed.results or ()]
    sent = [one.index for one in expect.results or ()]
    return f"the order {sent} was sent, and {told} was told"


def _planted(checkup: _Checkup) -> None:
    missed = []
    tried = 0
    for result in checkup.sampled():
        expect = result.case.expect
        for channel in sorted(sent_channels(expect) & checkup.hello.surfaces):
            tried += 1
            wrong = planted(expect, channel)
            if not compared(wrong, result.observed, frozenset({channel})):
                missed.append(f"`{channel}` of {result.case.about}")
    if missed:
        raise _Failed(f"a wrong expectation was met: {', '.join(missed)}")
    if not tried:
        raise _Nothing("nothing that was sent is surfaced")


def _surfaces(checkup: _Checkup) -> None:
    surfaces = checkup.hello.surfaces
    sent: set[str] = set()
    told: set[str] = set()
    supported = [r for r in checkup.sampled() if r.survives is not Mark.UNSUPPORTED]
    for result in supported:
        had = _channels(result.observed)
        sent |= sent_channels(result.case.expect)
        told |= had
        more = had - surfaces - {"error"}
        if more:
            raise _Failed(
                f"it tells {_listed(more)}, and `hello` does not name it among the surfaces",
                "name it there, so that it is compared",
            )
    gone = (surfaces & sent) - told
    if gone:
        raise _Nothing(
            f"never told, though it was sent: {_listed(gone)}; the client loses it, or the adapter; "
            "leave out of the surfaces what the client's interface has no place for"
        )


def _channels(observed: Observed) -> set[str]:
    says = {
        "text": observed.text,
        "thinking": observed.thinking,
        "tool_plan": observed.tool_plan,
        "tool_calls": observed.calls,
        "citations": observed.citations,
        "finish": observed.finish,
        "usage": observed.usage,
        "cached_tokens": observed.usage and observed.usage.cached_tokens,
        "logprobs": observed.logprobs,
        "results": observed.results,
    }
    return {channel for channel, value in says.items() if value}


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _error(checkup: _Checkup) -> None:
    if "error" not in checkup.hello.surfaces:
        raise _Nothing("`hello` does not name `error` among the surfaces")
    [result] = checkup.judged(checkup.probes.refusal(checkup.endpoint))
    if result.observed.error is None:
        raise _Failed(
            "the server refused a call, and no error was told",
            "write an `error` line for what the client raises",
        )


def _unknown_endpoint(checkup: _Checkup) -> None:
    process = checkup.started()
    try:
        case = replace(checkup.probes.text(), endpoint=_UNKNOWN)  # type: ignore[arg-type]  # on purpose
        # Nothing listens at port 9 of this machine: a call that is made all the same fails.
        process.write(call_line(case, "unknown", "http://127.0.0.1:9", "co-key"))
        lines = _told(process, checkup.deadline, "unknown")
    finally:
        process.kill()
    if "unsupported" not in {line["type"] for line in lines}:
        said = ", ".join(f"`{line['type']}`" for line in lines)
        raise _Failed(
            f"to a call of the endpoint `{_UNKNOWN}` it said {said}",
            "to an endpoint that it does not know it says `unsupported`, then `end`",
        )


def _unreadable(checkup: _Checkup) -> None:
    process = checkup.started()
    try:
        process.write("this is no JSON")
        lines = _told(process, checkup.deadline, None)
    finally:
        process.kill()
    if "unsupported" not in {line["type"] for line in lines}:
        raise _Failed(
            "to a line that is no JSON it did not say `unsupported`",
            "say `unsupported` with the reason, then `end`, both with `case` null",
        )


def _told(process: AdapterProcess, deadline: float, label: str | None) -> list[dict[str, Any]]:
    """The lines up to the `end`; raises _Failed when it does not come."""
    lines: list[dict[str, Any]] = []
    until = time.monotonic() + deadline
    while not lines or lines[-1]["type"] != "end":
        try:
            text = process.read(until)
        except Gone as gone:
            raise _Failed(f"it ended instead of answering: {gone}") from None
        if text is None:
            raise _Failed(f"no `end` within {deadline:g} s", "every line gets its `end`")
        try:
            lines.append(line_from(text, label))
        except AdapterError as error:
            raise _Failed(
                f"it does not keep the protocol: {error.what}", error.hint or ""
            ) from None
    return lines


def _after_end(checkup: _Checkup) -> None:
    """Look for lines after the call of the check before."""
    extra = checkup.worker.unasked(_QUIET_SECONDS)
    if extra:
        raise _Failed(f"after the `end` of a call it wrote `{extra[0]}`", "`end` is the last line")


def _ends(checkup: _Checkup) -> None:
    process = checkup.started()
    code = process.end(checkup.deadline)
    if code is None:
        raise _Failed(
            "it did not end when its standard input was closed", "stop when there are no more lines"
        )
    if code:
        raise _Failed(f"it ended with exit code {code} when its standard input was closed")


# name -> (what must hold, whether nothing can be judged without it, the test)
_CHECKS: dict[str, tuple[str, bool, Callable[[_Checkup], None]]] = {
    "hello": ("it introduces itself in its first line", True, _hello),
    "call": ("it makes a plain call and tells its end", True, _call),
    "after-end": ("it writes nothing after the `end` of a call", True, _after_end),
    "request": ("it sends what the call asks, with the key of the call", False, _request),
    "random": ("it tells what was sent in this very call", True, _random),
    "planted": ("what it tells does not meet an expectation that is wrong", False, _planted),
    "surfaces": ("it tells what it claims to surface, and nothing else", False, _surfaces),
    "error": ("it tells a refusal as an error", False, _error),
    "unknown-endpoint": (
        "to an endpoint of no name it says `unsupported`",
        False,
        _unknown_endpoint,
    ),
    "unreadable-line": ("a line that is no JSON does not stop it", False, _unreadable),
    "stop": ("it stops when its standard input is closed", False, _ends),
}
