"""What was sent against what arrived: every loss is found, and a coarser view is none."""

from __future__ import annotations

import pytest

from conformance.clients.case import Expected
from conformance.clients.channels import CHANNELS, Cited, Ranked, ToolCall, Usage
from conformance.clients.compare import billed, compared, finished_early, sent_channels
from conformance.clients.finish import fits, looks_like_success
from conformance.clients.observed import Observed

ALL = frozenset(CHANNELS)
CITED = Cited(0, 3, "abc", ("doc:0", "doc:1"))
PAIR = (Cited(0, 1, "a", ("x",)), Cited(1, 2, "b", ("y",)))
RANKS = (Ranked(1, 0.9), Ranked(0, 0.1))
USAGE = (Usage(10, 5), Usage(7, 4))


def names(expect, got, surfaces=ALL):
    """The names of the findings."""
    return [finding.name for finding in compared(expect, got, surfaces)]


@pytest.mark.parametrize("channel", ["text", "thinking", "tool_plan"])
@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        ("abc", "abc", []),
        ("", "", []),
        ("abc", "", ["drops"]),
        ("abc", "ab", ["truncates"]),
        ("abc", "abcabc", ["repeats"]),
        ("abc", "abcabcabc", ["repeats"]),
        ("abcd", "abcbcd", ["repeats"]),
        ("aab", "aaaab", ["repeats"]),
        ("abc", "abcc", ["repeats"]),
        ("abcd", "abccbd", ["alters"]),
        ("abc", "aabbc", ["alters"]),
        ("abc", "abd", ["alters"]),
        ("abc", "abcd", ["alters"]),
        ("abc", "bc", ["alters"]),
        (" abc", "abc", ["alters"]),
        ("a\r\nb", "a\nb", ["alters"]),
        ("", "x", ["invents"]),
    ],
)
def test_texts(channel, sent, got, expected):
    """A text arrives whole, once and unchanged, or the finding says what happened to it."""
    found = compared(Expected(**{channel: sent}), Observed(**{channel: got}), ALL)

    assert expected == [finding.name for finding in found]
    assert {channel} >= {finding.channel for finding in found}


def test_a_plan_without_a_place_of_its_own():
    """A client without a channel for tool plans may put the plan before the answer, and only there."""
    expect = Expected(text="answer", tool_plan="plan")
    without = ALL - {"tool_plan"}

    assert [] == names(expect, Observed(text="plananswer"), without)
    assert [] == names(expect, Observed(text="answer"), without)
    assert ["alters"] == names(expect, Observed(text="answerplan"), without)
    assert ["alters", "drops"] == names(expect, Observed(text="plananswer"))


@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        ('{"a":1}', '{"a": 1}', []),
        ('{"a":1,"b":2}', '{"b": 2, "a": 1.0}', []),
        ("", "", []),
        ("", "{}", []),
        ("{}", "", []),
        ('{"a":1}', "", ["drops"]),
        ('{"a":1}', "{}", ["alters"]),
        ('{"a":1}', '{"a"', ["truncates"]),
        ('{"a":1}', '{"a":1}{"a":1}', ["repeats"]),
        ('{"a":1}', '{"a":true}', ["alters"]),
        ('{"a":1}', '{"a":"1"}', ["alters"]),
        ('{"a":12345678901234567890}', '{"a":12345678901234567000}', ["alters"]),
        ("not json", "not json", []),
        ("not json", "not JSON", ["alters"]),
        ("", "null", ["alters"]),
    ],
)
def test_arguments(sent, got, expected):
    """Arguments are compared as JSON values, and none at all are an empty object."""
    expect = Expected(calls=(ToolCall("i", "f", sent),))

    assert expected == names(expect, Observed(calls=(ToolCall("i", "f", got),)))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ((ToolCall("i", "f", "{}"), ToolCall("j", "g", "{}")), []),
        ((ToolCall(None, "f", "{}"), ToolCall(None, "g", "{}")), []),
        ((), ["drops"]),
        ((ToolCall("i", "f", "{}"),), ["truncates"]),
        ((ToolCall("j", "g", "{}"),), ["drops"]),
        (
            (ToolCall("i", "f", "{}"), ToolCall("j", "g", "{}"), ToolCall("j", "g", "{}")),
            ["repeats"],
        ),
        (
            (ToolCall("i", "f", "{}"), ToolCall("j", "g", "{}"), ToolCall("k", "h", "{}")),
            ["invents"],
        ),
        ((ToolCall("i", None, "{}"), ToolCall("j", "g", "{}")), ["drops"]),
        ((ToolCall("i", "f", "{}"), ToolCall("j", "f", "{}")), ["alters"]),
        ((ToolCall("i", "f", "{}"), ToolCall("i", "g", "{}")), ["alters"]),
    ],
)
def test_calls(got, expected):
    """All calls arrive, once and in order, with their names; an id that is told is the one sent."""
    expect = Expected(calls=(ToolCall("i", "f", "{}"), ToolCall("j", "g", "{}")))

    assert expected == names(expect, Observed(calls=got))


def test_calls_that_nobody_sent():
    """A call that was not sent is invented."""
    assert ["invents"] == names(Expected(), Observed(calls=(ToolCall("i", "f"),)))


def test_more_calls_than_were_sent():
    """What stands in the place of a call is compared with it, whatever comes behind it."""
    sent, garbled = ToolCall("i", "f", '{"a":1}'), ToolCall("j", "f", '{"a":1}1}')

    found = compared(Expected(calls=(sent,)), Observed(calls=(garbled, sent)), ALL)
    assert [
        ("invents", "`tool_calls`: 1 were sent, 2 arrived"),
        ("alters", "`tool_calls`: the id of call 1 differs"),
        ("alters", "`tool_calls`: the arguments of call 1 differ"),
    ] == [(one.name, one.message) for one in found]
    assert ["invents"] == names(Expected(calls=(sent,)), Observed(calls=(ToolCall("k", "g"), sent)))


@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        ((CITED,), (CITED,), []),
        ((CITED,), (Cited(0, 3, "abc", ("doc:1", "doc:0")),), []),
        ((CITED,), (Cited(0, 3, "abc", None),), []),
        ((CITED,), (Cited(None, None, "abc", None),), []),
        ((CITED,), (Cited(0, 3, "abc", ("doc:0",)),), ["alters"]),
        ((CITED,), (Cited(0, 4, "abc", None),), ["alters"]),
        ((CITED,), (Cited(0, 3, "abd", None),), ["alters"]),
        ((CITED,), (), ["drops"]),
        (PAIR, PAIR[::-1], []),
        (PAIR, PAIR[:1], ["truncates"]),
        (PAIR, PAIR[1:], ["drops"]),
        (PAIR, (PAIR[0], PAIR[0]), ["alters"]),
        (PAIR, (*PAIR, PAIR[0]), ["repeats"]),
        ((), (CITED,), ["invents"]),
    ],
)
def test_citations(sent, got, expected):
    """All citations arrive; their order, and members that are not told, do not count."""
    assert expected == names(Expected(citations=sent), Observed(citations=got))


@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        ("COMPLETE", "COMPLETE", []),
        ("COMPLETE", None, ["drops"]),
        ("COMPLETE", "length", ["misreads-finish"]),
        ("MAX_TOKENS", "stop", ["misreads-finish"]),
        (None, "stop", []),
    ],
)
def test_finish(sent, got, expected):
    """The caller learns why the answer ended, in whatever word."""
    assert expected == names(Expected(finish=sent), Observed(finish=got))


@pytest.mark.parametrize(
    ("reason", "word", "expected"),
    [
        ("COMPLETE", "stop", True),
        ("COMPLETE", "ChatFinishReason.COMPLETE", True),
        ("COMPLETE", "endTurn", True),
        ("COMPLETE", "unknown", False),
        ("STOP_SEQUENCE", "stop", True),
        ("STOP_SEQUENCE", "COMPLETE", False),
        ("MAX_TOKENS", "length", True),
        ("MAX_TOKENS", "Max-Tokens", True),
        ("TOOL_CALL", "tool-calls", True),
        ("TOOL_CALL", "stop", False),
        ("ERROR", "error", True),
        ("ERROR", "other", True),
        ("ERROR", "stop", False),
        ("TIMEOUT", "complete", False),
        ("SOMETHING_NEW", "stop", True),
    ],
)
def test_words(reason, word, expected):
    """A coarser word fits; one for another reason does not; a failure never goes by a good end."""
    assert expected is fits(reason, word)


def test_words_of_success():
    """Words of good ends look like success, others do not."""
    good = [word for word in ("stop", "COMPLETE", "tool_use", "error", "other", "") if
            looks_like_success(word)]  # fmt: skip

    assert ["stop", "COMPLETE", "tool_use"] == good


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (Usage(10, 5), []),
        (Usage(7, 4), []),
        (Usage(10, None), []),
        (Usage(7, 5), []),
        (None, ["drops"]),
        (Usage(None, None), ["drops"]),
        (Usage(0, 5), ["alters"]),
        (Usage(17, 9), ["alters"]),
    ],
)
def test_usage(got, expected):
    """Counts are those that were used or those that are billed."""
    assert expected == names(Expected(usage=USAGE), Observed(usage=got))


@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        (USAGE, USAGE[0], []),
        (USAGE, USAGE[1], ["counts-what-is-billed"]),
        (USAGE, Usage(7, 4, 2), ["counts-what-is-billed"]),
        (USAGE, Usage(USAGE[0].input_tokens, USAGE[1].output_tokens), []),
        (USAGE, None, []),
        (USAGE[1:], USAGE[1], []),
        ((USAGE[0], USAGE[0]), USAGE[0], []),
    ],
    ids=["used", "billed", "billed-and-cached", "mixed", "none", "only-billed", "alike"],
)
def test_what_is_billed(sent, got, expected):
    """Counts of what is billed are told as such where the others were sent as well."""
    found = billed(Expected(usage=sent), Observed(usage=got))

    assert expected == [one.name for one in found]


def test_usage_in_part():
    """A count that was not sent is not demanded; of a ranking none is."""
    half = Expected(usage=(Usage(10, None), Usage(None, 4)))

    assert [] == names(half, Observed(usage=Usage(10, 4)))
    assert [] == names(Expected(), Observed(usage=Usage(1, 1)))
    assert [] == names(Expected(results=RANKS, usage=USAGE), Observed(results=RANKS))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (RANKS, []),
        ((Ranked(1, 0.9 + 1e-9), Ranked(0, 0.1)), []),
        (RANKS[::-1], ["alters"]),
        ((Ranked(1, 0.9), Ranked(0, 0.2)), ["alters"]),
        ((Ranked(1, 0.9), Ranked(0, None)), ["alters"]),
        (RANKS[:1], ["truncates"]),
        ((), ["drops"]),
        (None, ["drops"]),
        ((*RANKS, RANKS[0]), ["repeats"]),
    ],
)
def test_results(got, expected):
    """A ranking arrives in its order with its scores."""
    assert expected == names(Expected(results=RANKS), Observed(results=got))


@pytest.mark.parametrize(
    ("sent", "got", "expected"),
    [
        (7, Usage(10, 5, 7), []),
        (7.0, Usage(10, 5, 7), []),
        (0, Usage(10, 5), []),
        (None, Usage(10, 5, 0), []),
        (7, Usage(10, 5), ["drops"]),
        (7, Usage(10, 5, 0), ["drops"]),
        (7, Usage(10, 5, 6), ["alters"]),
        (0, Usage(10, 5, 7), ["invents"]),
        (7, None, ["drops"]),
    ],
)
def test_cached_tokens(sent, got, expected):
    """The count of cached tokens arrives; none and nought are the same, and all counts are lost once."""
    expect = Expected(usage=USAGE, cached_tokens=sent)

    assert expected == names(expect, Observed(usage=got))
    without = names(expect, Observed(usage=got), ALL - {"cached_tokens"})
    assert without == ([] if got else ["drops"])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ((-0.5, -1.25), []),
        ((-0.5000000001, -1.25), []),
        ((), ["drops"]),
        ((-0.5,), ["truncates"]),
        ((-1.25, -0.5), ["alters"]),
        ((-0.5, -1.25, -2), ["invents"]),
    ],
)
def test_log_probabilities(got, expected):
    """Each arrives as it was sent, in the order of the tokens."""
    assert expected == names(Expected(logprobs=(-0.5, -1.25)), Observed(logprobs=got))


@pytest.mark.parametrize("channel", ["text", "thinking", "tool_plan", "finish", "usage", "results"])
def test_only_what_is_surfaced_and_certain_is_compared(channel):
    """A channel that the client does not surface, or that the case leaves open, has no findings."""
    expect = Expected("a", "b", "c", finish="COMPLETE", usage=USAGE, results=RANKS)
    open_one = Expected("a", "b", "c", finish="COMPLETE", usage=USAGE, results=RANKS,
                        doubtful=frozenset({channel}))  # fmt: skip
    nothing = Observed()

    assert channel in {one.channel for one in compared(expect, nothing, ALL)} or channel == "usage"
    assert channel not in {one.channel for one in compared(expect, nothing, ALL - {channel})}
    assert channel not in {one.channel for one in compared(open_one, nothing, ALL)}


def test_channels_that_were_sent():
    """Only channels in which something was said count as sent."""
    assert frozenset({"text", "finish"}) == sent_channels(Expected(text="a", finish="COMPLETE"))
    assert frozenset() == sent_channels(Expected())


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["text", "finish"], []),
        (["finish", "text"], []),
        (["text", "finish", "finish", "usage"], []),
        (["finish", "usage", "finish"], []),
        (["finish", "text", "finish"], ["finishes-early"]),
        (["tool_call", "finish", "tool_call", "finish", "finish"], ["finishes-early"]),
    ],
)
def test_an_end_before_the_end(kinds, expected):
    """An end is told too early when more of the answer follows, and the end again."""
    lines = tuple({"type": kind, "text": "a", "reason": "stop"} for kind in kinds)

    assert expected == [one.name for one in finished_early(Observed(lines=lines))]
