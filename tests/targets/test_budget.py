"""A run spends what its budget allows and not more, however many workers it has."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import BudgetExceeded, TargetError, UsageError
from conformance.targets import json_request
from conformance.targets.budget import DEFAULT_BUDGET, UNLIMITED, Budget, Estimate, Purse
from conformance.targets.ledger import Ledger
from conformance.targets.tokens import Guess, guess, used
from conformance.wire import Exchange, Request, Response

WHERE = "http://server"


@pytest.fixture
def purse(tmp_path):
    """Make a purse; all purses of a test share one ledger file."""

    def make(requests=None, tokens=None):
        return Purse(Budget(requests, tokens), Ledger(tmp_path / "ledger"), WHERE)

    return make


def answered(body, status=200):
    """An exchange with this response body."""
    return Exchange(None, Response(status, (), body))


def stream(usage, events=3):
    """A stream that ends with this usage."""
    end = json.dumps({"type": "message-end", "delta": {"usage": usage}}, separators=(",", ":"))
    deltas = b"".join(b"event: content-delta\ndata: {}\n\n" for _ in range(events))
    return deltas + f"event: message-end\ndata: {end}\n\ndata: [DONE]\n\n".encode()


def test_the_request_after_the_last_is_stopped(purse, chat):
    """A budget of three requests lets three through, whoever sends them."""
    first, second = purse(requests=3), purse(requests=3)
    first.reserve(chat())
    second.reserve(chat())
    first.reserve(chat())
    with pytest.raises(BudgetExceeded) as caught:
        second.reserve(chat())

    assert "the budget of 3 requests is used up" == caught.value.what
    assert (WHERE, True) == (caught.value.where, "--max-requests" in caught.value.hint)
    assert 3 == first.spent[0]


def test_tokens_are_reserved_before_and_settled_after(purse, chat):
    """What a request may cost is taken at once, and replaced by what the server counted."""
    mine = purse(tokens=5000)
    guessed = mine.reserve(chat(max_tokens=4000))
    with pytest.raises(BudgetExceeded, match="budget of 5,000 tokens"):
        mine.reserve(chat(max_tokens=1000))
    mine.settle(guessed, answered(stream({"tokens": {"input_tokens": 9, "output_tokens": 12}})))

    assert (1, 21) == mine.spent
    assert 1000 < mine.reserve(chat(max_tokens=1000)).total


def test_a_refused_reservation_costs_nothing(purse, chat):
    """What was not sent is not counted."""
    mine = purse(requests=5, tokens=10)
    with pytest.raises(BudgetExceeded):
        mine.reserve(chat())

    assert (0, 0) == mine.spent


def test_tokens_are_given_back_when_nothing_was_sent(purse, chat):
    """A request that never reached the server costs no tokens."""
    mine = purse(tokens=5000)
    mine.release(mine.reserve(chat()))

    assert (1, 0) == mine.spent


def test_a_stream_that_does_not_end_is_stopped(purse, chat):
    """A stream with more events than were reserved is cut off when the budget is used up."""
    mine = purse(tokens=1000)
    look = mine.watch(mine.reserve(chat(max_tokens=100)))

    def read():
        for _ in range(5000):
            look(b"data: {}\n\n")

    with pytest.raises(BudgetExceeded, match="1,000 tokens"):
        read()

    assert 1000 < mine.spent[1] < 1200


def test_a_stream_within_its_reservation_is_left_alone(purse, chat):
    """As long as a stream stays below what was reserved, nothing happens."""
    mine = purse(tokens=1000)
    look = mine.watch(mine.reserve(chat(max_tokens=100)))
    for _ in range(100):
        look(b"data: {}\n\n")

    assert None is purse().watch(Guess(1, 1))


def test_what_does_not_fit_is_said_before_anything_is_sent(purse, chat, rerank):
    """The estimate counts requests and tokens; above the budget it is an error with a way out."""
    planned = Estimate.of([chat(max_tokens=50), chat(max_tokens=50), rerank()])
    purse(requests=3, tokens=1000).admit(planned)
    with pytest.raises(BudgetExceeded, match=r"needs 3 requests and about 1\d\d tokens") as caught:
        purse(requests=2).admit(planned)
    with pytest.raises(BudgetExceeded, match="budget is 100 tokens"):
        purse(tokens=100).admit(planned)

    assert (2, 1, 3) == (planned.chats, planned.reranks, planned.requests)
    assert "`--max-requests 3`" in caught.value.hint


def test_threads_never_overspend(purse, chat):
    """Twenty threads that grab at once get what there is, and not one more."""
    mine = purse(requests=50)
    got = []

    def grab():
        for _ in range(5):
            try:
                mine.reserve(chat())
            except BudgetExceeded:
                return
            got.append(1)

    threads = [threading.Thread(target=grab) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (50, 50) == (len(got), mine.spent[0])


def test_options_become_a_budget():
    """Nothing chosen leaves the default, 0 lifts a limit, a number is a limit."""
    assert DEFAULT_BUDGET == Budget.chosen(None, None, DEFAULT_BUDGET)
    assert UNLIMITED == Budget.chosen(0, 0, DEFAULT_BUDGET)
    assert Budget(7, DEFAULT_BUDGET.tokens) == Budget.chosen(7, None, DEFAULT_BUDGET)
    with pytest.raises(UsageError, match="`-1` is no number of tokens"):
        Budget.chosen(None, -1, DEFAULT_BUDGET)


def test_the_default_budget_is_finite():
    """A run that nobody limited cannot use up a month of trial calls."""
    assert 0 < DEFAULT_BUDGET.requests < 1000
    assert 0 < DEFAULT_BUDGET.tokens


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"tokens": {"input_tokens": 9, "output_tokens": 12}, "billed_units": {}}, 21),
        ({"billed_units": {"input_tokens": 2, "output_tokens": 3}}, 5),
        ({"tokens": {"output_tokens": 3.0}}, 3),
        # no counts that can be believed: what was read, and about a token for each event
        ({}, 105), (None, 105), ({"tokens": {"input_tokens": -5}}, 105), ("many", 105),
        ({"tokens": {"input_tokens": 1e300}}, 105), ({"tokens": {"input_tokens": True}}, 105),
    ],
)  # fmt: skip
def test_costs_are_what_the_server_counted(usage, expected):
    """The counts at the end of a stream are taken, unless they cannot be counts."""
    assert expected == used(answered(stream(usage)), Guess(100, 1000))


def test_other_answers_cost_what_can_be_told():
    """A refusal costs nothing, a ranking and a stream without usage what was guessed."""
    ndjson = b'{"type":"message-end","delta":{"usage":{"tokens":{"input_tokens":4}}}}\n'

    assert 0 == used(answered(b"{}", 400), Guess(100, 1000))
    assert 100 == used(answered(b'{"results":[],"meta":{"billed_units":{}}}'), Guess(100, 0))
    assert 4 == used(answered(ndjson), Guess(100, 1000))
    assert 1100 == used(answered(b""), Guess(100, 1000))


@given(st.binary())
def test_any_body_has_a_cost(body):
    """No body raises, and no cost is negative."""
    assert 0 <= used(answered(body), Guess(3, 4))
    assert 0 <= guess(Request("POST", "/v2/chat", (), body)).total


def test_guesses_follow_the_request(chat, rerank):
    """More text, more thinking and more documents are guessed to cost more."""
    long = chat(messages=[{"role": "user", "content": "x" * 4000}])
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    seen = chat(messages=[{"role": "user", "content": [image]}])
    thinking = chat(thinking={"type": "enabled", "token_budget": 500}, max_tokens=None)

    assert 1000 < guess(long).reads < 1100
    assert 1000 < guess(seen).reads < 1100
    assert 77 == guess(chat(max_tokens=77)).writes
    assert guess(chat()).writes + 500 == guess(thinking).writes
    assert guess(chat()).writes < guess(chat(model="command-a-reasoning-08-2025")).writes
    assert guess(rerank()).reads < guess(rerank(documents=["a"] * 50)).reads
    assert 6 * (4 + 4096) == guess(rerank(query="a" * 16, documents=["b" * 99_999] * 6)).reads


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_request_has_a_guess(body):
    """No body raises, for either endpoint."""
    assert 0 <= guess(json_request("/v2/rerank", body)).total
    assert 0 <= guess(json_request("/v2/rerank", {"documents": body, "query": body})).total
    assert 0 <= guess(json_request("/v2/chat", {"messages": body, "max_tokens": body})).total


def test_a_ledger_that_cannot_be_used(tmp_path):
    """A file that is no ledger is an error of ours that names it."""
    file = tmp_path / "ledger"
    file.write_bytes(b"no database" * 100)
    with pytest.raises(TargetError, match="ledger of the run cannot be used") as caught:
        Ledger(file)
    with pytest.raises(TargetError, match="no such file or directory"):
        Ledger(tmp_path / "absent" / "ledger")

    assert str(file) == caught.value.where


def test_a_ledger_of_its_own_leaves_nothing_behind():
    """Without a path a ledger has a file that is gone when it is closed."""
    ledger = Ledger()
    there = ledger.path.exists()
    ledger.close()
    ledger.close()
    with pytest.raises(TargetError), ledger.transaction():
        pass

    assert (True, False) == (there, ledger.path.exists())


def test_counts_behind_broken_lines_are_found():
    """The last line with counts that can be read is taken, whatever stands around it."""
    counts = b'data: {"delta":{"usage":{"tokens":{"input_tokens":4}}}}\n'

    assert 4 == used(answered(b"\n" + counts + b'data: {"usage"\n"usage"\n'), Guess(1, 2))
    assert 4 == used(answered(counts + b'data: {"usage":7}\n'), Guess(1, 2))
