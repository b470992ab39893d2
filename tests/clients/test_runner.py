"""Adapters run many cases, whatever one of them does to its process."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from conformance.clients.case import Case, Expected
from conformance.clients.cases import chosen
from conformance.clients.environment import Launch
from conformance.clients.marks import Mark
from conformance.clients.probes import Probes
from conformance.clients.process import AdapterProcess, Gone
from conformance.clients.protocol import AdapterError
from conformance.clients.runner import Worker, run_cases

DEADLINE = 10.0


def cases(count=3, deadline=DEADLINE):
    """So many plain cases, each with words of its own."""
    return [Probes(seed, deadline).text() for seed in range(count)]


def programme(code):
    """How to start a program of a few words."""
    return Launch((sys.executable, "-c", code))


def test_cases_are_run_in_order_and_by_several_workers(fake):
    """Results come in the order of the cases, however many processes made the calls."""
    told = []
    given = cases(6)
    hello, results = run_cases(fake(), given, workers=2, done=told.append)

    assert "fake 1" == hello.title
    assert given == [result.case for result in results]
    assert 6 == len(told)
    assert all(result.clean and result.survives is Mark.YES for result in results)
    assert len({result.observed.text for result in results}) == 6


@pytest.mark.parametrize(
    ("name", "pause", "expected"),
    [
        ("429-retry-after", 0.1, ["ignores-retry-after"]),
        ("429-retry-after", 1.0, []),
        ("429", 0, []),
        ("422", 0, ["retries-what-is-refused"]),
        ("404-html", 0, ["retries-what-is-refused"]),
    ],
)
def test_how_a_client_asks_again(fake, name, pause, expected):
    """What the attempts of a call show is found, and attempts alone are no fault."""
    launch = fake("real = call\ndef call(asked, tell):\n"
                  f"    real(asked, lambda *_, **__: time.sleep({pause}))\n"
                  "    real(asked, tell)")  # fmt: skip
    _, (result,) = run_cases(launch, chosen([f"status/{name}"]))

    assert expected == [one.name for one in result.findings if one.code.startswith("CLIENT-04")]
    assert 1 == result.retried


@pytest.mark.parametrize(("seconds", "expected"), [(1.2, ["hangs"]), (9, ["hangs", "holds-back"])])
def test_who_is_slow_holds_nothing_back(fake, seconds, expected):
    """What did not come before a short deadline is waited for once more, and longer."""
    launch = fake(f"real = call\ndef call(*given):\n    time.sleep({seconds})\n    real(*given)")
    (case,) = chosen(["stall/after-delta"])
    _, (result,) = run_cases(launch, [replace(case, deadline=1.0)])

    assert expected == [finding.name for finding in result.findings]


def test_a_call_that_crashes_spoils_no_other(fake):
    """A crash is told with what the program wrote last; the next call gets a new process."""
    crash = 'if asked["request"]["crash"]: sys.exit("it broke")\n    try:\n        for event'
    launch = fake(replaced=[("    try:\n        for event", f"    {crash}")])
    given = [_with(case, crash=number == 1) for number, case in enumerate(cases())]
    _, results = run_cases(launch, given)

    assert [Mark.YES, Mark.NO, Mark.YES] == [result.survives for result in results]
    assert "exit code 1\nit broke" == results[1].observed.crashed
    assert ["crashes"] == [finding.name for finding in results[1].findings]


def test_a_call_that_hangs_spoils_no_other(fake):
    """A call without an end is given up at its deadline, and its process with it."""
    launch = fake('real = call\ndef call(asked, tell):\n'
                  '    real(asked, tell)\n    if asked["request"]["hang"]: time.sleep(600)')  # fmt: skip
    given = [_with(case, hang=number == 1) for number, case in enumerate(cases())]
    given[1] = replace(given[1], deadline=1.0)
    began = time.monotonic()
    _, results = run_cases(launch, given)

    assert [Mark.YES, Mark.NO, Mark.YES] == [result.survives for result in results]
    assert ["hangs"] == [finding.name for finding in results[1].findings]
    assert time.monotonic() - began < 30


def test_a_call_that_only_seems_to_hang_is_tried_again(fake, tmp_path):
    """A call that did not end in time gets a second try, since the machine may have been busy."""
    mark = tmp_path / "slow"
    slow = f"    import pathlib; mark = pathlib.Path({str(mark)!r})\n"
    slow += "    if not mark.exists(): mark.touch(); time.sleep(600)\n    real(asked, tell)"
    launch = fake(f"real = call\ndef call(asked, tell):\n{slow}")
    [case] = cases(1, 4.0)
    _, [result] = run_cases(launch, [case])

    assert Mark.YES is result.loses_nothing
    assert [] == list(result.findings)
    assert case is result.case


def test_a_broken_line_spoils_no_other(fake):
    """A line that is not as described is trouble with the adapter, and no mark of the client."""
    launch = fake('real = call\ndef call(asked, tell):\n    real(asked, tell)\n'
                  '    if asked["request"]["odd"]: print("done")')  # fmt: skip
    given = [_with(case, odd=number == 1) for number, case in enumerate(cases())]
    _, results = run_cases(launch, given)

    assert [0, 1, 0] == [len(result.trouble) for result in results]
    assert results[1].trouble[0].startswith("a line that is no JSON object: `done`")
    assert [Mark.YES, Mark.NOT_APPLICABLE, Mark.YES] == [result.survives for result in results]


def test_a_process_that_ends_between_two_calls_is_replaced(fake):
    """To stop after each call is odd, and nothing against the client."""
    launch = fake(
        replaced=[("        answer(line)\n", "        answer(line)\n        sys.exit()\n")]
    )
    _, results = run_cases(launch, cases())

    assert [Mark.YES] * 3 == [result.survives for result in results]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("pass", "ended before it said `hello`: exit code 0"),
        ("raise SystemExit('no such thing')", "exit code 1\nno such thing"),
        ("print('Hello!'); input()", "no JSON object: `Hello!`"),
        ('print(\'{"type":"text"}\'); input()', "the first line is no `hello`"),
        ("import time; time.sleep(600)", "said no `hello` within 0.5 s"),
        ("import os, time; os.close(1); time.sleep(600)", "it closed its standard output"),
    ],
    ids=["ends", "fails", "greets", "other-line", "silent", "closes"],
)
def test_a_program_that_is_no_adapter(code, said, monkeypatch):
    """A program that does not introduce itself is told apart, by what it did instead."""
    monkeypatch.setattr("conformance.clients.process._END_SECONDS", 0.5)
    patience = 0.5 if "sleep(600)" in code and "close" not in code else 30
    with pytest.raises(AdapterError) as caught:
        AdapterProcess(programme(code), patience=patience)

    assert said in str(caught.value)


def test_a_program_that_cannot_be_started(tmp_path):
    """A command that is none is an error of the user's, with the command."""
    with pytest.raises(AdapterError, match="cannot be started: no such file") as caught:
        run_cases(Launch((str(tmp_path / "nothing"),)), cases(1))

    assert str(tmp_path / "nothing") == caught.value.where


def test_an_adapter_that_floods_is_held_up():
    """Lines that nobody has read yet hold the program up, and do not keep it from being ended."""
    hello = '{"type":"hello","protocol":1,"client":"c","version":"1","language":"p","endpoints":["chat"],"surfaces":[]}'
    process = AdapterProcess(
        programme(f"print({hello!r}, flush=True)\nwhile True: print('x' * 1000)")
    )
    line = process.read(time.monotonic() + 30)
    began = time.monotonic()
    process.kill()

    assert "x" * 1000 == line
    assert time.monotonic() - began < 10


def test_what_an_adapter_starts_ends_with_it(fake, tmp_path):
    """A process that an adapter started does not outlive it."""
    mark = tmp_path / "alive"
    child = (
        f"import time, pathlib\\nwhile True: pathlib.Path({str(mark)!r}).touch(); time.sleep(0.05)"
    )
    launch = fake(f'import subprocess; subprocess.Popen([sys.executable, "-c", "{child}"])')
    process = AdapterProcess(launch)
    until = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    time.sleep(0.2)
    mark.unlink()
    time.sleep(0.3)

    assert not mark.exists()


def test_a_process_that_is_gone_says_so(fake):
    """To read from or write to a process that ended raises, as often as one tries."""
    process = AdapterProcess(fake())

    assert 0 == process.end()
    with pytest.raises(Gone):
        process.write("{}")


def test_the_environment_of_an_adapter_holds_no_key_of_ours(fake, monkeypatch):
    """Keys for the live API stay here, and proxies do not stand between the client and the stage."""
    monkeypatch.setenv("CO_API_KEY", "secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    launch = fake('import os; assert "CO_API_KEY" not in os.environ')
    _, [result] = run_cases(launch, cases(1))

    assert result.clean


def test_requests_without_a_known_key_belong_to_the_case_under_way(fake):
    """A call with another key is answered all the same; what is no call is refused and told apart."""
    stray = (
        'real = call\ndef call(asked, tell):\n    asked["api_key"] = "another"\n'
        "    try: urllib.request.urlopen(asked['base_url'] + '/v1/models')\n"
        "    except urllib.error.HTTPError as error: assert error.code == 404\n"
        "    try: urllib.request.urlopen(asked['base_url'] + '/v2/chat')\n"
        "    except urllib.error.HTTPError as error: assert error.code == 405\n"
        "    real(asked, tell)"
    )
    with Worker(fake(stray)) as worker:
        result = worker.judge(cases(1)[0])

    assert Mark.YES is result.loses_nothing
    assert ["/v1/models", "/v2/chat", "/v2/chat"] == [
        exchange.request.path for exchange in result.exchanges
    ]


def test_each_request_gets_the_next_answer(fake):
    """The n-th request of a case gets the n-th answer, later ones the last."""
    first, second = (case.answers[0] for case in cases(2))
    one = cases(1)[0]
    expect = Expected(text=one.expect.text + cases(2)[1].expect.text * 2)
    twice = Case("a/b", "asked three times", "chat", one.request, (first, second), expect=expect)
    again = (
        "real = call\ndef call(asked, tell):\n"
        "    for _ in range(3): real(asked, lambda kind, **told: kind == 'text' and tell(kind, **told))"
    )
    with Worker(fake(again)) as worker:
        result = worker.judge(twice)

    assert expect.text == result.observed.text
    assert 2 == result.retried


def _with(case, **members):
    return replace(case, request={**case.request, **members})
