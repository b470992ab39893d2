"""The check of adapters: a right one passes, and each wrong one fails where it is wrong."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from conformance.clients.case import Expected
from conformance.clients.channels import CHANNELS, Cited, Ranked, ToolCall, Usage
from conformance.clients.checkup import check_adapter
from conformance.clients.compare import compared
from conformance.clients.environment import Launch
from conformance.clients.observed import Observed
from conformance.clients.probes import Probes, planted
from conformance.clients.protocol import AdapterError

NAMES = [
    "hello", "call", "after-end", "request", "random", "planted", "surfaces", "error",
    "unknown-endpoint", "unreadable-line", "stop",
]  # fmt: skip
TOLD = 'tell("text", text=event["delta"]["message"]["content"].get("text", ""))'


def failed(launch, *, deadline=10.0, patience=30.0):
    """What failed: from the name of a check to its message."""
    tested = list(check_adapter(launch, deadline=deadline, patience=patience))
    return {one.name: one.message for one in tested if one.passed is False}


def wrapped(body):
    """Code that puts something around the call of the right adapter."""
    return f"real = call\ndef call(asked, tell):\n    {body}"


def test_a_right_adapter_passes(fake):
    """Every check runs, and none fails."""
    tested = list(check_adapter(fake()))

    assert NAMES == [one.name for one in tested]
    assert {True} == {one.passed for one in tested}
    assert all(one.says for one in tested)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import time; time.sleep(600)", "said no `hello` within 0.5 s"),
        ("print('Hello!'); input()", "no JSON object: `Hello!`"),
        ("raise SystemExit('no such client')", "ended before it said `hello`: exit code 1"),
    ],
    ids=["silent", "garbage", "crash"],
)
def test_what_is_no_adapter_fails_at_once(code, said):
    """Without an introduction nothing else can be judged: one message, and no more."""
    patience = 0.5 if "sleep" in code else 30
    found = failed(Launch((sys.executable, "-c", code)), patience=patience)

    assert ["hello"] == list(found)
    assert said in found["hello"]


def test_a_command_that_is_none():
    """A command that cannot be started is an error of the user's, and no verdict."""
    with pytest.raises(AdapterError, match="cannot be started"):
        failed(Launch(("/no/such/program",)))


@pytest.mark.parametrize(
    ("more", "name", "said"),
    [
        (wrapped("time.sleep(600)"), "call", "not one line within 4 s"),
        (wrapped("real(asked, tell); time.sleep(600)"), "call", "no `end` within 4 s"),
        (wrapped('sys.exit("oh no")'), "call", "it ended during a call: exit code 1\n      oh no"),
        (wrapped('print("done")'), "call", "no JSON object: `done`"),
        (wrapped('tell("text", text=1)'), "call", "a `text` line is not as described"),
        (wrapped('tell("text", text="a")'), "call", "a call that it never made"),
        (wrapped('tell("unsupported", what="/model")'), "call", "plain call unsupported: `/model`"),
        (
            wrapped('asked["base_url"] += "/v3?"; real(asked, tell)'),
            "call",
            "failed with `HTTPError`",
        ),
        (
            wrapped('say({"case": "x", "type": "end"})'),
            "call",
            "a line about case `x` while",
        ),
    ],
    ids=[
        "hangs",
        "no-end",
        "crash",
        "garbage",
        "wrong-line",
        "no-call",
        "unsupported",
        "route",
        "label",
    ],
)
def test_adapters_that_make_no_call(fake, more, name, said):
    """An adapter that cannot make a plain call is told why, in one message."""
    found = failed(fake(more), deadline=4.0 if "sleep" in more else 10.0)

    assert [name] == list(found)
    assert said in found[name]


def test_an_adapter_that_knows_the_answer_is_found_out(fake):
    """Answers are random: one that was known beforehand cannot be theirs."""
    found = failed(fake(replaced=[(TOLD, 'tell("text", text="Hello! How can I help you?")')]))

    assert ["random"] == list(found)
    assert "3 of 3 calls were told wrong" in found["random"]


def test_an_adapter_that_remembers_the_answer_is_found_out(fake):
    """The same request has another answer each time: one that was kept from the first is wrong."""
    kept = "kept = {}\n" + wrapped(
        'key = json.dumps(asked["request"])\n'
        "    if key in kept: [tell(kind, **told) for kind, told in kept[key]]; list(events(asked))\n"
        "    else:\n"
        "        kept[key] = []\n"
        "        real(asked, lambda kind, **told: (kept[key].append((kind, told)), tell(kind, **told)))"
    )
    found = failed(fake(kept))

    assert "of 3 calls were told wrong" in found["random"]


@pytest.mark.parametrize(
    ("more", "name", "said"),
    [
        (
            wrapped('asked["request"]["messages"] = [{"role": "user", "content": "hi"}]\n    '
                    "real(asked, tell)"),
            "request", "does not hold what the call asks",
        ),
        (
            wrapped('real(asked, lambda kind, **told: kind == "error" or tell(kind, **told))'),
            "error", "no error was told",
        ),
        (
            wrapped('tell("thinking", text="hm"); real(asked, tell)'),
            "surfaces", "it tells `thinking`",
        ),
        (
            wrapped("real(asked, tell)")
            + '\nhonest = answer\ndef answer(line):\n    honest(line); say({"case": "a", "type": "end"})',
            "after-end", 'it wrote `{"case": "a", "type": "end"}`',
        ),
        (
            "def main():\n    say(HELLO)\n    for line in sys.stdin: answer(line)\n    sys.exit(3)",
            "stop", "exit code 3",
        ),
    ],
    ids=["request", "error", "more-surfaces", "after-end", "exit-code"],
)  # fmt: skip
def test_adapters_that_are_wrong_in_one_way(fake, more, name, said):
    """What is wrong in one way fails the check that is about it."""
    found = failed(fake(more))

    assert name in found
    assert said in found[name]
    assert len(found) <= 2


def noted(launch):
    """What had nothing to judge: from the name of a check to its message."""
    return {one.name: one.message for one in check_adapter(launch) if one.passed is None}


def test_what_the_client_may_have_lost_is_noted(fake):
    """A surface that is never told is no fault of the adapter for sure."""
    found = noted(fake('HELLO["surfaces"].append("usage")'))

    assert ["surfaces"] == list(found)
    assert "never told, though it was sent: `usage`; " in found["surfaces"]


def test_a_client_that_fails_on_everything(fake):
    """An adapter whose client raises on each answer keeps the protocol; its truth cannot be seen."""
    broken = fake(
        "real = call\n"
        "def call(asked, tell):\n"
        "    told = []\n"
        "    real(asked, lambda kind, **more: kind == 'error' and told.append(more))\n"
        '    tell("error", **(told or [{"class": "E", "message": "no\\nuse"}])[0])'
    )
    found = noted(broken)

    assert {"random": "the client itself fails on a plain answer: `E`: no"} == {
        "random": found["random"]
    }
    assert {} == failed(broken)


def test_answers_come_in_the_form_of_the_client(fake):
    """A client that is answered in JSON Lines is judged by such answers."""
    lines = fake(replaced=[('line.startswith(b"data: {")', "True"), ("line[6:]", "line")])

    assert [] == list(failed(replace(lines, answers="json-lines")))
    assert ["call"] == list(failed(lines))


def test_an_adapter_without_a_key(fake):
    """A request that carries no key is no call of the client's caller."""
    found = failed(fake(replaced=[('"Authorization": "Bearer " + asked["api_key"], ', "")]))

    assert {"request": "the request carries no key"} == found


def test_an_adapter_that_stumbles_over_the_unknown(fake):
    """An endpoint of no name, and a line that is no JSON, get `unsupported` and nothing else."""
    everything = failed(fake(replaced=[('known = asked["endpoint"] == "chat"', "known = True")]))
    stopped = failed(fake(replaced=[("    except ValueError:", "    except ZeroDivisionError:")]))
    silent = failed(fake(replaced=[("label, known = None, False", "return")]), deadline=4.0)

    assert ["unknown-endpoint"] == list(everything)
    assert "it ended instead of answering" in stopped["unreadable-line"]
    assert {"unreadable-line": "no `end` within 4 s"} == silent


def test_an_adapter_that_does_not_stop(fake):
    """An adapter that goes on when its input is closed is told so."""
    more = (
        "def main():\n    say(HELLO)\n    for line in sys.stdin: answer(line)\n    time.sleep(600)"
    )

    assert ["stop"] == list(failed(fake(more), deadline=4.0))


def test_planted_expectations_are_never_met():
    """An expectation that is wrong in a channel is not met by what was sent, in any channel."""
    expect = Expected(
        "a", "b", "c", (ToolCall("i", "f", "{}"),), (Cited(0, 1, "a", ("d",)),), "COMPLETE",
        (Usage(1, 2),), (Ranked(0, 0.5),),
    )  # fmt: skip
    right = Observed(
        "a", "b", "c", expect.calls, expect.citations, "COMPLETE", Usage(1, 2), expect.results
    )
    channels = [channel for channel in CHANNELS if channel != "error"]

    assert [] == compared(expect, right, frozenset(CHANNELS))
    for channel in channels:
        found = compared(planted(expect, channel), right, frozenset({channel}))

        assert {channel} == {finding.channel for finding in found}


def test_probes_are_random():
    """Another seed gives other answers to other requests; another number another answer alone."""
    one, other = Probes(1, 5.0), Probes(2, 5.0)

    for make in ("text", "thinking", "tools", "citations", "rerank"):
        assert getattr(one, make)() == getattr(one, make)()
        assert getattr(one, make)().expect != getattr(other, make)().expect
        assert getattr(one, make)().request != getattr(other, make)().request
    for endpoint in ("chat", "rerank"):
        first, second, _ = one.same(endpoint, 3)

        assert first.request == second.request
        assert first.expect != second.expect
