"""Marks and findings: each clause is shown broken and kept, and what is no fault counts as none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.clients.case import Case, Expected
from conformance.clients.channels import CHANNELS, Cited, ToolCall, Usage
from conformance.clients.clauses import all_clauses, find_clause, found
from conformance.clients.marks import Mark, marked
from conformance.clients.observed import Observed, Reported
from conformance.clients.protocol import Hello
from conformance.clients.score import scored
from conformance.faults.reply import Reply
from conformance.mock.frames import frames
from conformance.verdict import Level
from conformance.wire import Exchange, Request, Response

ALL = frozenset(CHANNELS)
KEY = ("authorization", "Bearer co-key")
SENT = {
    "model": "command-a-03-2025",
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
}
EVENTS = [
    {
        "type": "message-start",
        "id": "5b7e1b5e-2f0c-4a53-9d0a-6a2f3e5d7c11",
        "delta": {"message": {}},
    },
    {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text"}}}},
]
YES, NO, NA = Mark.YES, Mark.NO, Mark.NOT_APPLICABLE


def hello(*lacks):
    """A client that surfaces all but some channels."""
    return Hello("c", "1", "python", frozenset({"chat"}), ALL - set(lacks))


def exchange(body=b"", status=200, path="/v2/chat", sent=SENT, media_type="text/event-stream"):
    """One request and its answer."""
    headers = (KEY, ("content-type", "application/json"))
    request = Request("POST", f"http://127.0.0.1{path}", headers, json.dumps(sent).encode())
    return Exchange(request, Response(status, (("content-type", media_type),), body), observed=True)


def case(kind="allowed", expect=None, **members):
    """A case about a text."""
    made = {"text": "abc", "finish": "COMPLETE"} if expect is None else expect
    answers = members.pop("answers", (Reply(200, (), ()),))
    name = members.pop("name", "text/a")
    return Case(
        name, "a text", "chat", SENT, answers, kind=kind, expect=Expected(**made), **members
    )


def got(**members):
    """What a caller got that is right for `case`, but for the named members."""
    return Observed(**{"text": "abc", "finish": "stop", "ended": True, **members})


def judged(one, observed, *exchanges, surfaces=None):
    """The marks, and the codes with levels."""
    result = marked(one, observed, exchanges or (exchange(),), surfaces or hello())
    marks = (result.survives, result.reports, result.loses_nothing)
    return marks, [(f.name, f.level.value) for f in result.findings], result


def test_all_is_well():
    """An answer that arrives whole leaves nothing to say."""
    marks, findings, result = judged(case(), got())

    assert (YES, NA, YES) == marks
    assert [] == findings
    assert result.clean


@pytest.mark.parametrize(
    ("observed", "exchanges", "marks", "findings"),
    [
        (got(error=Reported("E", "boom")), 1, (NO, NA, NA), [("fails-on-allowed-answer", "error")]),
        (got(error=Reported("E", "boom")), 0, (NO, NA, NA), [("refuses-call", "error")]),
        (Observed(crashed="exit code 1\nTraceback"), 1, (NO, NA, NA), [("crashes", "error")]),
        (Observed(text="abc"), 1, (NO, NA, NA), [("hangs", "error")]),
        (got(), 0, (NO, NA, NA), [("makes-no-call", "error")]),
        (got(text=""), 1, (YES, NA, NO), [("drops", "error")]),
        (got(text="ab"), 1, (YES, NA, NO), [("truncates", "error")]),
        (got(text="abd"), 1, (YES, NA, NO), [("alters", "error")]),
        (got(text="abcabc"), 1, (YES, NA, NO), [("repeats", "error")]),
        (got(thinking="x"), 1, (YES, NA, NO), [("invents", "error")]),
        (got(finish="length"), 1, (YES, NA, NO), [("misreads-finish", "error")]),
    ],
    ids=[
        "error",
        "refusal",
        "crash",
        "hang",
        "no-call",
        "drop",
        "cut",
        "alter",
        "repeat",
        "invent",
        "finish",
    ],
)
def test_allowed_answers(observed, exchanges, marks, findings):
    """A client must take what is allowed, end, and lose nothing of it."""
    result = marked(case(), observed, (exchange(),) * exchanges, hello())

    assert marks == (result.survives, result.reports, result.loses_nothing)
    assert findings == [(f.name, f.level.value) for f in result.findings]
    assert not result.clean


@pytest.mark.parametrize(
    ("observed", "marks", "findings"),
    [
        (got(error=Reported("ApiError", "no luck today")), (YES, YES, YES), []),
        (got(finish="error"), (YES, YES, YES), [("hides-reason", "warning")]),
        (got(finish="unknown"), (YES, YES, YES), [("blurs-failure", "warning")]),
        (got(finish="timeout"), (YES, YES, YES), [("hides-reason", "warning")]),
        (got(finish="error", error=Reported("E", "no luck today")), (YES, YES, YES), []),
        (got(), (YES, NO, YES), [("hides-failure", "error")]),
        (got(finish=None), (YES, NO, YES), [("hides-failure", "error")]),
        (
            got(text="a", error=Reported("E", "no luck today")),
            (YES, YES, NA),
            [("loses-partial-answer", "info")],
        ),
        (
            got(text="abcabc", error=Reported("E", "no luck today")),
            (YES, YES, NO),
            [("repeats", "error")],
        ),
        (got(error=Reported("E", "?")), (YES, YES, YES), [("hides-reason", "warning")]),
        (
            got(error=Reported("E", "no luck today", 400)),
            (YES, YES, YES),
            [("misstates-status", "warning")],
        ),
        (got(error=Reported("E", "no luck today", 503)), (YES, YES, YES), []),
        (
            got(error=Reported("builtins.KeyError", "no luck today")),
            (YES, YES, YES),
            [("stumbles", "warning")],
        ),
        (Observed(crashed="signal 11 ended it"), (NO, NA, NA), [("crashes", "error")]),
        (Observed(), (NO, NA, NA), [("hangs", "error")]),
    ],
    ids=["error", "word", "unknown-word", "other-word", "word-and-error", "success", "silence", "partial", "twice", "no-reason",
         "other-status", "status", "accident", "crash", "hang"],
)  # fmt: skip
def test_failures(observed, marks, findings):
    """A failure must reach the caller; what is lost of what came before it is mere information."""
    one = case("failure", {"text": "abc"}, message="no luck today", status=503)
    seen, told, _ = judged(one, observed, exchange(status=503))

    assert marks == seen
    assert findings == told


def test_a_failure_that_may_be_passed_over():
    """Where the case leaves it open, silence about a failure is right."""
    marks, findings, _ = judged(case("failure", must_report=False), got())

    assert ((YES, NA, YES), []) == (marks, findings)


def test_a_client_that_surfaces_no_errors():
    """A client that cannot surface an error does not fail for it."""
    marks, findings, _ = judged(case("failure"), got(), surfaces=hello("error"))

    assert (YES, Mark.NOT_SURFACED, YES) == marks
    assert [] == findings


def test_a_stall_is_a_warning():
    """To wait longer than we do for a silent server is a matter of taste."""
    stalled = case("failure", answers=(Reply(200, (), (), ends="stall"),))
    marks, findings, result = judged(stalled, Observed(text="abc"))

    assert ((NO, NA, NA), [("hangs", "warning")]) == (marks, findings)
    assert result.clean


def test_what_is_held_back():
    """While a stream stays open, its caller has all that has arrived, in each channel that is surfaced."""
    stalled = case("failure", answers=(Reply(200, (), (), ends="stall"),))

    assert [("hangs", "warning"), ("holds-back", "warning")] == judged(stalled, Observed())[1]
    assert [("hangs", "warning"), ("holds-back", "warning")] == judged(stalled, Observed(text="a"))[
        1
    ]
    assert [("hangs", "warning")] == judged(stalled, Observed(), surfaces=hello("text"))[1]


def test_what_is_not_surfaced_is_no_failure():
    """A case about a channel that the client lacks has an answer of its own; others are not touched."""
    cited = {"text": "abc", "citations": (Cited(0, 3, "abc", ()),)}
    marks, findings, result = judged(case(expect=cited), got(), surfaces=hello("citations"))
    plain, _, _ = judged(case(), got(finish=None), surfaces=hello("finish"))
    about, _, _ = judged(case(name="finish/a"), got(finish=None), surfaces=hello("finish"))

    assert ((YES, NA, Mark.NOT_SURFACED), []) == (marks, findings)
    assert frozenset({"citations"}) == result.unsurfaced
    assert YES is plain[2]
    assert Mark.NOT_SURFACED is about[2]


def test_what_is_unsupported_is_no_failure():
    """What a client cannot express is an answer of its own, as long as no call was made."""
    silent = marked(case(), Observed(unsupported="/k", ended=True), (), hello())
    _, findings, result = judged(case(), Observed(unsupported="/k", ended=True))

    assert {Mark.UNSUPPORTED} == {silent.survives, silent.reports, silent.loses_nothing}
    assert silent.clean
    assert [] == findings
    assert ("the call was told to be unsupported, and 1 were made",) == result.trouble


def test_trouble_with_the_adapter_is_not_the_clients():
    """What the adapter did wrong is told apart, and the client gets no mark for it."""
    marks, findings, result = judged(case(), got(text="x", trouble=("no JSON",)))

    assert ((NA, NA, NA), [], ("no JSON",)) == (marks, findings, result.trouble)
    assert not result.clean


def test_retries_are_counted():
    """To ask again after a refusal is no fault; the number is told."""
    refused = exchange(b'{"message":"later"}', 503, media_type="application/json")
    marks, findings, result = judged(case(), got(), refused, refused, exchange())

    assert ((YES, NA, YES), [], 2) == (marks, findings, result.retried)


def test_a_stream_that_began_is_not_repeated():
    """To ask again for a stream that has delivered events is a warning; an empty one may be repeated."""
    begun = exchange(b"".join(frames(EVENTS, terminated=False)))
    _, findings, _ = judged(case(), got(), begun, exchange())
    _, none, _ = judged(case(), got(), exchange(), exchange())

    assert [("repeats-delivered-call", "warning")] == findings
    assert [] == none


def test_another_route():
    """A call of the first version of the API is told, once."""
    other = exchange(path="/v1/chat")
    _, findings, _ = judged(case(), got(), other, other)

    assert [("takes-another-route", "warning")] == findings


def test_what_was_sent_is_judged_without_its_answer():
    """A fault of the request is an error even where the server refuses it, and is told once."""
    wrong = exchange(b"{}", 422, sent={**SENT, "nonsense": 1}, media_type="application/json")
    _, _, result = judged(case(), got(), wrong, wrong)

    assert [("unknown-request-field", Level.ERROR)] == [
        (v.name, v.level) for v in result.violations if v.level is Level.ERROR
    ]
    assert not result.clean


def test_who_follows_a_redirection_may_keep_the_key():
    """A request without the key is an error, but not where the server said to go elsewhere."""
    bare = exchange()
    bare = replace(bare, request=replace(bare.request, headers=bare.request.headers[1:]))
    called = [
        [v.name for v in judged(case(), got(), exchange(b"", status), bare)[2].violations]
        for status in (307, 503)
    ]

    assert "missing-authorization" not in called[0]
    assert "missing-authorization" in called[1]


def test_a_call_with_lost_arguments_in_a_failure():
    """Arguments cut off by the failure are partial; arguments made up from them are wrong."""
    one = case("failure", {"calls": (ToolCall("i", "f", '{"a":'),)})
    error = Reported("E", "cut")
    _, cut, _ = judged(one, Observed(calls=(ToolCall("i", "f", '{"a'),), error=error, ended=True))
    _, made_up, _ = judged(
        one, Observed(calls=(ToolCall("i", "f", "{}"),), error=error, ended=True)
    )

    assert [("loses-partial-answer", "info")] == cut
    assert [("alters", "error")] == made_up


def test_clauses():
    """Codes and names are single, a clause is found by either, and it tells why it matters."""
    clauses = all_clauses()

    assert len(clauses) == len({c.code for c in clauses}) == len({c.name for c in clauses})
    for clause in clauses:
        assert clause is find_clause(clause.code) is find_clause(clause.name.upper())
        assert clause.summary.endswith(".")
        assert clause.help
        assert not clause.help.endswith(".")
    assert find_clause("CLIENT-999") is None
    assert Level.INFO is found("drops", "a", level=Level.INFO).level


def test_the_score_of_a_client(tmp_path):
    """Cases count by what came of them; warnings fail only where that is asked for."""
    from conformance.baseline import read_baseline

    good = marked(case(name="a/good"), got(), (exchange(), exchange()), hello())
    bad = marked(case(name="a/bad"), got(text=""), (exchange(),), hello())
    route = marked(case(name="a/route"), got(), (exchange(path="/v1/chat"),), hello())
    odd = marked(case(name="a/odd"), got(trouble=("x",)), (exchange(),), hello())
    gone = marked(case(name="a/gone"), Observed(unsupported="/k", ended=True), (), hello())
    all_of_them = [good, bad, route, odd, gone]
    score = scored(all_of_them)
    file = tmp_path / "known"
    file.write_text("CLIENT-010 a/bad\nCLIENT-012 a/good\n")
    names = [result.case.name for result in all_of_them]
    known = read_baseline(file, names, [clause.code for clause in all_clauses()])
    with_known = scored(all_of_them, baseline=known)

    assert (["a/good", "a/route"], ["a/bad"]) == (score.good, score.bad)
    assert (["a/odd"], ["a/gone"], 1) == (score.trouble, score.unsupported, score.retried)
    assert ["a/bad", "a/route"] == scored(all_of_them, strict=True).bad
    assert (["a/bad"], [2]) == (with_known.known, [entry.line for entry in with_known.stale])
    assert [0, 1, 2, 2, 2] == [
        scored([good]).exit_code, scored([good, bad]).exit_code, score.exit_code,
        scored([gone]).exit_code, scored([]).exit_code,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        'no "luck" 😀',
        '{"message": "no \\"luck\\" 😀"}',
        '{"message": "no \\"luck\\" \\ud83d\\ude00"}',
    ],
    ids=["plain", "json", "escaped"],
)
def test_a_reason_may_be_told_as_json(said):
    """An error that quotes the body of the refusal tells its message too."""
    refused = case(kind="failure", message='no "luck" 😀')
    result = marked(refused, got(error=Reported("E", said)), (exchange(),), hello())

    assert [] == [one.name for one in result.findings if one.name == "hides-reason"]


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (Reported("E", "no JSON"), ["hides-reason"]),
        (Reported("E", "no JSON", 503), []),
        (Reported("E", "status 503"), []),
        (Reported("E", "Service unavailable"), []),
    ],
    ids=["neither", "status", "number", "phrase"],
)
def test_a_refusal_without_a_reason(error, names):
    """An error about a refusal that says nothing itself must tell the status at least."""
    refused = case(kind="failure", status=503)
    result = marked(refused, got(error=error), (exchange(status=503),), hello())

    assert names == [one.name for one in result.findings]


@pytest.mark.parametrize(
    ("change", "mark", "findings"),
    [
        ({}, YES, []),
        ({"seed": 7}, YES, [("adds-to-request", "info")]),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
            YES,
            [("rewrites-request", "info")],
        ),
        ({"messages": [{"role": "user", "content": "ho"}]}, NO, [("alters-request", "error")]),
        ({"model": None}, NO, [("drops-from-request", "error")]),
    ],
    ids=["same", "more", "other-form", "other", "less"],
)
def test_what_is_sent(change, mark, findings):
    """In a case about sending, what the caller gave must be sent, in whatever form says the same."""
    _, _, result = judged(case("sending"), got(), exchange(sent={**SENT, **change}))

    assert mark is result.loses_nothing
    assert findings == [(f.name, f.level.value) for f in result.findings]


def test_no_clause_is_without_a_test():
    """Each clause is named where a test shows it broken, by its name or as a report does."""
    texts = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py")]

    def named(clause):
        return any(f'"{clause.name}"' in text or f" {clause.code}" in text for text in texts)

    assert [] == [clause.name for clause in all_clauses() if not named(clause)]


@pytest.mark.parametrize(
    ("text", "names"),
    [("plan.abc", []), ("abc", ["alters"]), ("plan.", ["truncates"]), ("abcplan.", ["alters"])],
)
def test_a_plan_as_text(text, names):
    """A client that hands plans over as text hands every plan over, before the answer."""
    one = case(expect={"tool_plan": "plan.", "text": "abc", "finish": "COMPLETE"})
    speaks = replace(hello("tool_plan"), plan_as_text=True)
    _, findings, result = judged(one, got(text=text), surfaces=speaks)

    assert names == [name for name, _ in findings]
    assert one is result.case


def test_usage_that_is_billed():
    """Only where a case is about the counts is it told that they are those of what is billed."""
    counts = (Usage(10, 5), Usage(7, 4))
    told = []
    for name in ("usage/a", "text/a"):
        one = case(name=name, expect={"text": "abc", "finish": "COMPLETE", "usage": counts})
        told.append(judged(one, got(usage=counts[1]))[1])

    assert [[("counts-what-is-billed", "warning")], []] == told
