"""Records, defects and the views of a matrix, from results made by hand; and the command over fakes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.cli import main
from conformance.clients.cases import chosen
from conformance.clients.clauses import Finding, found
from conformance.clients.defects import defects_of, symptom_of
from conformance.clients.marks import Mark, Result
from conformance.clients.matrix import matrix_of, read_matrix
from conformance.clients.matrix_calls import CALLS
from conformance.clients.matrix_html import render
from conformance.clients.matrix_page import render as render_page
from conformance.clients.observed import Observed, Reported
from conformance.clients.protocol import Hello
from conformance.clients.records import (
    ClientRecord,
    Footer,
    Header,
    as_line,
    case_record,
    client_record,
    record_from,
    tried,
)
from conformance.clients.registry import client_from
from conformance.clients.trial import Entrant, known_names, try_all
from conformance.errors import UsageError
from conformance.verdict import Level
from tests.report.browser import Browser, find_browser

SURFACES = frozenset({"text", "tool_calls", "citations", "error"})
HELLO = Hello("<b>client", "1.0", "python 3", frozenset({"chat"}), SURFACES)
HEADER = Header("1.0", "abc", 7, "2026-01-01T00:00:00+00:00")


def case(name):
    """The case of this name."""
    return chosen([name], 7)[0]


def result(name, *findings, **got):
    """A result of a case with these findings."""
    one = case(name)
    no = any(each.level is Level.ERROR for each in findings)
    return Result(
        one, Observed(**{"text": one.expect.text, "ended": True, **got}), (),
        Mark.YES, Mark.NOT_APPLICABLE, Mark.NO if no else Mark.YES, findings=tuple(findings),
    )  # fmt: skip


def records(*pairs):
    """All records of a matrix of these (client, result)."""
    cases = {r.case.name: case_record(r.case) for _, r in pairs}
    names = dict.fromkeys(name for name, _ in pairs)
    clients = [client_record(name, HELLO, url="https://example.org", seconds=1) for name in names]
    results = [tried(name, r) for name, r in pairs]
    return [HEADER, *cases.values(), *clients, *results, Footer(3.5, 1)]


def defects(*pairs):
    """The defects in results."""
    return matrix_of(records(*pairs)).defects


def failed(kind, message):
    """The finding about an allowed answer that became an error."""
    return found(
        "fails-on-allowed-answer", f"an allowed answer became `{kind}`: {message}", "error"
    )


DROPS = found("drops", "`citations`: 2 were sent, 0 arrived", "citations")
ALTERS = found("alters", "`text` differs from character 7 on", "text", evidence=(("sent", "a"),))
HIDES = found("hides-failure", "a text that ends, and the caller was told nothing of it", "error")


def test_lines_give_back_records():
    """Every record comes back from its line as it was."""
    failing = result("framing/cr", DROPS, error=Reported("E", "m", 3))
    made = [*records(("a:sync", failing), ("b", result("text/emoji"))),
            ClientRecord("c", "C", skipped="needs go", failed=True)]  # fmt: skip

    assert made == [record_from(as_line(each)) for each in made]


@pytest.mark.parametrize("line", ["", "{}", "[]", '{"kind":"x"}', '{"kind":"client","nom":1}'])
def test_lines_that_are_no_records(line):
    """Any other line is refused."""
    with pytest.raises(ValueError, match="no line of a matrix"):
        record_from(line)


def test_long_texts_are_kept_in_part():
    """A record stays small whatever the case holds, and shows what does not print."""
    big = case_record(case("text/delta-of-1-mb"))
    odd = case_record(case("framing/cr"))

    assert len(as_line(big)) < 20_000
    assert "\\r" in "".join(odd.answers[0]["pieces"])
    assert "\r" not in "".join(odd.answers[0]["pieces"])


def test_cases_of_one_cause_are_one_defect():
    """What the same cause does to several cases is told once, smallest case first."""
    pairs = [("a", result(n, ALTERS)) for n in ("text/line-separator", "text/next-line")]
    (one,) = defects(*pairs, ("a", result("text/emoji")))

    assert ["text/line-separator", "text/next-line"] == sorted(p.case for p in one.places)
    assert ("U+2028, U+2029 or U+0085 within a text",) == one.causes
    assert f"cohere-conformance client run a --case {one.places[0].case} -v" == one.command


def test_a_defect_of_the_users_own_adapter():
    """What repeats it has the command of the adapter, which `client list` does not know."""
    *some, client, tried_, footer = records(("adapter", result("text/next-line", ALTERS)))
    (one,) = matrix_of([*some, replace(client, adapter="perl a.pl"), tried_, footer]).defects

    case_name = one.places[0].case
    assert (
        f"cohere-conformance client run --adapter 'perl a.pl' --case {case_name} -v" == one.command
    )


def test_one_cause_in_several_channels_is_one_defect():
    """What a cause does to the text in one case and to a call in another is told once."""
    lost = found("drops", "`tool_calls`: the arguments of call 1 did not arrive", "tool_calls")
    pairs = [("a", result("text/next-line", ALTERS))]
    pairs += [("a", result("tools/arguments-separators", lost)), ("a", result("text/emoji"))]
    pairs += [("a", result("tools/two"))]

    assert 1 == len(defects(*pairs))


def test_other_causes_are_other_defects():
    """The same clause and channel in cases with other causes is another defect."""
    pairs = [("a", result("text/next-line", ALTERS)), ("a", result("framing/bom", ALTERS))]
    good = [("a", result(name)) for name in ("text/emoji", "text/han", "text/latin")]

    assert 2 == len(defects(*pairs, *good))


def test_a_channel_that_is_lost_everywhere_is_one_defect():
    """What most cases that use a channel show is a matter of the channel."""
    names = [
        "citations/at-end",
        "citations/in-text",
        "citations/before-text",
        "citations/after-block",
    ]
    (one,) = defects(*[("a", result(name, DROPS)) for name in names])

    assert one.everywhere
    assert 4 == len(one.places) == one.of


def test_the_five_kinds_of_call():
    """A page of all cases tells what came of each kind of call; one of other cases does not."""
    unsupported = replace(result("send/documents"), survives=Mark.UNSUPPORTED)
    made = [result(name) for name in CALLS.values() if name not in ("send/documents", "send/tools")]
    whole = render_page(
        matrix_of(records(*(("a", r) for r in [*made, result("send/tools", ALTERS), unsupported])))
    )

    assert "| `a` | right | unsupported | CLIENT-012 | right | right |" in whole
    assert "kinds of call" not in render_page(matrix_of(records(("a", made[0]))))


def test_two_symptoms_of_a_channel_are_two_defects():
    """What most cases show in two ways is told twice; the same symptom under another clause is not."""
    ids = found("alters", "`tool_calls`: the id of call 1 differs", "tool_calls")
    arguments = found("alters", "`tool_calls`: the arguments of call 1 differ", "tool_calls")
    more = found("invents", "`tool_calls`: 1 were sent, 2 arrived", "tool_calls")
    twice = found("repeats", "`tool_calls`: 1 were sent, 2 arrived", "tool_calls")
    names = ["tools/no-plan", "tools/plan-one", "tools/id-short", "tools/name-long"]
    pairs = [("a", result(name, ids, arguments, more)) for name in names]
    pairs.append(("a", result("tools/pieces-none", ids, twice)))

    told = [(d.name, d.everywhere, len(d.places)) for d in defects(*pairs)]
    assert [("alters", True, 5), ("invents", True, 5), ("alters", True, 4)] == told


def test_a_rule_and_the_change_that_breaks_it_are_one_defect():
    """A value that became one that the API refuses is told once; another that it refuses is not."""
    given = '`/tool_choice` was given as `"NONE"` and sent as `"none"`'
    changed = Finding("CLIENT-031", "alters-request", Level.ERROR, given, "request")
    refused = Finding(
        "CHAT-004", "unknown-enum-value", Level.ERROR, '`/tool_choice` is `"none"`', "request"
    )
    other = Finding("CHAT-003", "wrong-type", Level.ERROR, "`/seed` is null", "request")

    told = [
        d.name for d in defects(("a", result("send/tool-choice-none", changed, refused, other)))
    ]
    assert ["wrong-type", "alters-request"] == told


def test_members_of_a_document_are_one_place():
    """What is lost of the documents of a caller is one defect, under whatever name it stood there."""
    pairs = [
        ("a", result(name, found("drops-from-request", f"`/documents/0/data/{member}`, given", "request")))
        for name, member in (("send/documents", "title"), ("send/documents-typed", "tags"))
    ]  # fmt: skip

    assert 1 == len(defects(*pairs))


def test_what_never_arrives_is_not_held_back():
    """A channel that is lost everywhere is not also told to come late; one that arrives at last is."""
    late = found("holds-back", "while the stream stayed open, `citations`: …", "citations")
    names = ["citations/at-end", "citations/in-text", "citations/after-block"]
    held = ("a", result("stall/after-citation", late))

    assert ["holds-back"] == [d.name for d in defects(held)]
    assert ["drops"] == [d.name for d in defects(*[("a", result(n, DROPS)) for n in names], held)]


def test_failures_that_are_all_hidden_are_one_defect():
    """Who hides every failure of an endpoint hides them in one place; who tells some, in several."""
    names = ["204", "400", "401", "403", "404", "422", "429", "498", "500", "503", "400-empty"]
    hidden = [
        ("a", replace(result(f"rerank-status/{name}", HIDES), reports=Mark.NO)) for name in names
    ]
    told = [
        ("a", replace(result(f"rerank-broken/{name}"), reports=Mark.YES))
        for name in ("cut", "reset")
    ]
    (one,) = defects(*hidden)

    assert one.everywhere
    assert len(names) == len(one.places)
    assert "failures of every kind" in render_page(matrix_of(records(*hidden)))
    assert 1 < len(defects(*hidden, *told))


def test_one_exception_is_one_defect():
    """The same error means one cause, in whichever cases, although it quotes the answers."""
    names = ["framing/cr", "text/han", "text/emoji"]
    pairs = []
    for name in names:
        quoted = f"no attribute 'get' in '{case(name).expect.text}' at 0x7f{len(name)}"
        pairs.append(("a", result(name, failed("AttributeError", quoted))))

    assert 1 == len(defects(*pairs))


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (("usage/empty", "usage/input-only", "usage/output-only"), 1),
        (("send/p", "send/k", "send/seed"), 3),
    ],
    ids=["one-place", "options"],
)
def test_several_exceptions_of_one_cause(names, count):
    """Errors that differ are one defect if one kind of answers has them, and not if options have."""
    said = [failed("TypeError", f"no {part}") for part in ("left", "right", "middle")]
    pairs = [("a", result(name, error)) for name, error in zip(names, said, strict=True)]

    assert count == len(defects(*pairs))


@pytest.mark.parametrize(("message", "count"), [("Value: {…", 5), ("unexpected end", 1)])
def test_vague_exceptions_are_divided(message, count):
    """An error that differs only in what it quotes stands for whatever the cases try."""
    names = ["framing/cr", "tools/two", "text/emoji", "framing/bom", "citations/at-end"]
    pairs = [("a", result(name, failed("Error", message))) for name in names]

    assert count == len(defects(*pairs))


def test_forms_of_the_bytes_are_told_apart():
    """What a client cannot read by its form is one defect for each form, whatever its parser says."""
    names = [
        "framing/no-space",
        "framing/no-space-data",
        "framing/cr",
        "chunks/of-1",
        "chunks/escape",
    ]
    error = failed("SyntaxError", "unexpected token")
    pairs = [("a", result(name, error)) for name in names]

    assert 3 == len(defects(*pairs))
    assert 1 == len(defects(*pairs, ("a", result("text/han", error))))


def test_places_of_a_request_are_told_apart():
    """One cause that changes several places of a request is a defect in each of them."""
    urls = ["`/messages/0/content/1/image_url/url` was given as `a`", "`/messages/0/content` was …"]
    pairs = [
        ("a", result(name, found("alters-request", said, "request")))
        for name, said in zip(["send/image", "send/image-address"], urls, strict=True)
    ]

    assert 2 == len(defects(*pairs))
    assert 1 == len(defects(pairs[0], ("a", replace(pairs[0][1], case=case("send/images-two")))))


def test_a_channel_is_lost_everywhere_where_it_can_be_asked_for():
    """Cases that the client cannot make say nothing about how much of a channel is lost."""
    names = ["citations/tool-source", "citations/tool-sources", "citations/document-strings"]
    lost = [("a", result(name, DROPS)) for name in names]
    others = [case_of.name for case_of in chosen(["citations/*"], 7) if case_of.name not in names]
    plain = [("a", result(name)) for name in others]
    gone = [("a", replace(one, survives=Mark.UNSUPPORTED)) for _, one in plain]

    assert [True] == [one.everywhere for one in defects(*lost, *gone)]
    assert not any(one.everywhere for one in defects(*lost, *plain))


def test_a_case_of_many_things_joins_the_others():
    """What one case alone shows of a request is told with the other cases that show it."""
    said = found("alters-request", "`/messages/2/content` was given as `a`", "request")
    results = [("a", result(name, said)) for name in ("send/result", "send/result-json")]
    third = found("alters-request", "`/messages/3/content` was given as `a`", "request")
    results.append(("a", result("send/everything", third)))

    assert [3] == [len(one.places) for one in defects(*results)]


def test_variants_share_their_defects():
    """A defect of both variants of a client is told once, and names them."""
    pairs = [(f"a:{v}", result("text/emoji", ALTERS)) for v in ("sync", "async")]
    pairs += [("a:async", result("framing/cr", ALTERS)), ("a:sync", result("framing/cr"))]
    pairs += [(f"a:{v}", result(n)) for v in ("sync", "async") for n in ("text/han", "text/latin")]
    both, one = sorted(defects(*pairs), key=lambda d: -len(d.variants))

    assert (("sync", "async"), ("async",)) == (both.variants, one.variants)
    assert "client run a:async --case framing/cr" in one.command


def test_information_is_no_defect():
    """Only errors and warnings are defects."""
    note = found("adds-to-request", "`/temperature` is sent as `0.7`", "request")

    assert [] == defects(("a", result("text/emoji", note)))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "`/messages/3/content`, given as `x`, is not sent",
            "drops-from-request /messages/#/content",
        ),
        (
            "`/messages/0/content`, given as `x`, is not sent",
            "drops-from-request /messages/user/content",
        ),
        ("`/seed`, given as `0`, is not sent", "drops-from-request /seed"),
    ],
)
def test_symptoms_of_requests(message, expected):
    """The place in a request is the symptom, whatever its value; that of a message is its role."""
    said = tried("a", result("text/emoji", found("drops-from-request", message, "request"))).said[0]

    assert expected == symptom_of(said, case_record(case("text/emoji")))


def test_outcomes():
    """The worst that is said decides; what is known, lacking or unjudged stands apart."""
    good = result("text/emoji")
    made = {
        "good": tried("a", good),
        "error": tried("a", result("text/emoji", ALTERS)),
        "warning": tried("a", result("text/emoji", replace(ALTERS, level=Level.WARNING))),
        "known": tried("a", result("text/emoji", ALTERS), known=True),
        "unsurfaced": tried("a", replace(good, loses_nothing=Mark.NOT_SURFACED)),
        "unsupported": tried("a", replace(good, survives=Mark.UNSUPPORTED)),
        "trouble": tried("a", replace(good, trouble=("it lied",))),
    }

    assert list(made) == [each.outcome for each in made.values()]


def test_the_truncation_map():
    """It says what the caller was told of each cut, and how much had come."""
    silent = result("truncated/text-05-content-delta", HIDES)
    told = result("cut/text-03-content-delta", text="", error=Reported("Cut", "lost"))
    made = matrix_of(records(("a", silent), ("a", told), ("a", result("text/emoji"))))
    cuts = made.cuts("a")

    assert ["truncated/text-05-content-delta", "cut/text-03-content-delta"] == list(cuts)
    assert ("nothing", False) == (cuts[silent.case.name].saw, cuts[silent.case.name].told)
    assert cuts[silent.case.name].came == cuts[silent.case.name].sent > 0
    assert ("Cut", True, 0) == tuple(
        getattr(cuts[told.case.name], n) for n in ("saw", "told", "came")
    )


PAIRS = [
    (
        "<i>a:sync",
        result("text/line-separator", ALTERS, text="</script><script>fetch('x')</script>"),
    ),
    ("<i>a:sync", result("truncated/text-05-content-delta", HIDES)),
    ("b", result("text/line-separator")),
]


@pytest.fixture
def made():
    """A matrix with hostile names and texts."""
    return matrix_of(
        [*records(*PAIRS), ClientRecord("go", "Go <x>", skipped="skipped, needs `go`")]
    )


def test_the_page_shows_a_channel_as_it_is_called():
    """The name of a channel is code, in which nothing is escaped."""
    lost = found("drops", "`tool_calls`: 1 were sent, 0 arrived", "tool_calls")
    names = ["tools/two", "tools/three", "tools/pieces-none"]
    page = render_page(matrix_of(records(*[("a", result(name, lost)) for name in names])))

    assert "allowed answers that use `tool_calls` (3 cases)" in page


def test_the_page_of_defects(made):
    """Every client has a line, every defect its smallest case and a command; nothing is markup."""
    text = render_page(made)

    assert "| [\\<b\\>client 1.0 (sync)]" in text
    assert "- Go \\<x\\>: skipped, needs `go`" in text
    assert text.count("<br>`cohere-conformance client run <i>a:sync --case ") == 2
    assert "No defect was found." in text
    assert "It has no place for: thinking, tool\\_plan, " in text
    assert text == render_page(made)


def test_words_of_a_client_are_its_own():
    """A word of an error does not tell two defects apart because one of the calls has it too."""
    error = failed("E", "unexpected end of JSON input")
    found = defects(
        *[("a", result(f"send/{name}", error)) for name in ("temperature", "p", "format-json")]
    )

    assert "JSON" in json.dumps(case("send/format-json").request)
    assert [3] == [len(defect.places) for defect in found]


def test_options_that_nobody_chose():
    """The page tells once what a client sends by itself, with its value where that is always the same."""
    said = [
        found("adds-to-request", f"`/{name}` is sent as `{value}`, and was not given", "request")
        for name, value in (("top_n", 10), ("seed", 1), ("seed", 2), ("messages/0/x", 3))
    ]
    page = render_page(matrix_of(records(("a", result("send/result", *said)))))

    assert "It sends without being asked: `seed`, `top_n` as `10`.\n" in page


def test_what_a_client_cannot_be_asked_for():
    """The page tells once what the interface of a client has no place for."""
    pairs = [
        ("a", replace(result(f"send/{name}", unsupported=what), survives=Mark.UNSUPPORTED))
        for name, what in (
            ("priority", "/priority"), ("priority-0", "/priority"), ("images-two", "/messages/0/content/2"),
            ("image-first", "an image before `a` *text*"),
        )
    ]  # fmt: skip
    page = render_page(matrix_of(records(*pairs)))
    places = "`/messages/*/content/*`; `/priority`; an image before 'a' \\*text\\*"

    assert f"It cannot be asked for: {places}.\n" in page


def test_the_html(made):
    """The page is whole without a network, and holds nothing of a client as markup."""
    text = render(made)
    data = json.loads(text.partition('id="data">')[2].partition("</script>")[0])

    assert "<i>a" not in text
    assert "<script>fetch" not in text
    assert ["<i>a:sync", "b"] == [client["name"] for client in data["clients"]]
    assert ["ee", "g."] == [client["outcomes"] for client in data["clients"]]
    assert "http://" not in text.partition('id="data">')[0]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; where there is none these tests are skipped, visibly."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed")
    one = Browser(program, tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


def test_the_html_in_a_browser(made, browser, tmp_path):
    """Families open, filters narrow, a cell shows bytes, what arrived and why; no complaint."""
    file = tmp_path / "matrix.html"
    file.write_text(render(made), encoding="utf-8")
    browser.open(file.as_uri())
    rows = "document.querySelectorAll('#grid tbody tr').length"

    assert 2 == browser.run(rows)
    browser.run("document.getElementById('open').click()")
    assert 4 == browser.run(rows)
    browser.run("document.querySelector('#grid td button.m-n').click()")
    browser.run("new Promise((done) => setTimeout(done, 100))")
    shown = browser.run("document.getElementById('cell').innerText")
    assert browser.run("document.getElementById('cell').open")
    for part in (
        "text/line-separator",
        "CLIENT-012",
        "fetch('x')",
        "event: content-delta",
        "--seed 7",
    ):
        assert part in shown
    browser.run("document.getElementById('cell-close').click()")
    browser.run(
        "(() => { const s = document.getElementById('show'); s.value = 'bad';"
        "document.getElementById('client').value = 'b';"
        "s.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert 0 == browser.run(rows)
    assert "0 cases, 1 client" == browser.run("document.getElementById('count').textContent")
    assert [] == browser.complaints()
    assert [file.as_uri()] == browser.requests()


def run(capsys, *words):
    """(exit code, standard output, standard error) of `client matrix`."""
    with pytest.raises(SystemExit) as ended:
        main(["client", "matrix", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def command_of(launch):
    """The command of a fake adapter as a user would write it."""
    return " ".join(launch.command)


def test_the_command(fake, tmp_path, capsys):
    """It runs adapters beside each other, writes all views, and makes them again from its lines."""
    one = command_of(fake())
    words = ["--adapter", one, "--adapter", one, "--case", "text/emoji", "--case", "text/latin"]
    code, out, err = run(capsys, *words, "--to", tmp_path / "m", "--docs", tmp_path / "page.md")
    names = sorted(file.name for file in (tmp_path / "m").iterdir())
    made = read_matrix(tmp_path / "m" / "matrix.jsonl")
    html = (tmp_path / "m" / "matrix.html").read_text(encoding="utf-8")
    again = run(capsys, "--from", tmp_path / "m" / "matrix.jsonl", "--to", tmp_path / "n")

    assert (0, "") == (code, err), out
    assert ["matrix.html", "matrix.jsonl"] == names
    assert ["adapter-1", "adapter-2"] == [client.name for client in made.ran]
    assert "2 clients × 2 cases, 4 good; 0 distinct defects" in out
    assert "No defect was found." in (tmp_path / "page.md").read_text(encoding="utf-8")
    assert html == (tmp_path / "n" / "matrix.html").read_text(encoding="utf-8")
    assert 0 == again[0]


def test_a_failure_of_all_variants_is_known_by_one_line():
    """The name of a client stands for its variants; each of them has its own name too."""
    assert ["cohere7:sync", "cohere7"] == known_names("cohere7:sync")
    assert ["raw"] == known_names("raw")


def test_known_failures(fake, tmp_path, capsys):
    """A failure fails the run unless it is known; one that is known and passes fails it too."""
    spoiled = fake(replaced=[('.get("text", "")', '.get("text", "") + "!"')])
    words = ["--adapter", command_of(spoiled)]
    words += ["--case", "text/emoji", "--to", tmp_path / "m", "-q"]
    known, stale = tmp_path / "known", tmp_path / "stale"
    known.write_text("CLIENT-012 adapter/text/emoji\n", encoding="utf-8")
    stale.write_text("CLIENT-012 adapter/text/*\nCLIENT-001 adapter/**\n", encoding="utf-8")

    assert 1 == run(capsys, *words)[0]
    assert 0 == run(capsys, *words, "--known-failing", known)[0]
    code, out, _ = run(capsys, *words, "--known-failing", stale)
    assert 1 == code
    assert "a known failure passes: line 2, `CLIENT-001 adapter/**`" in out


def test_adapters_that_do_not_start(tmp_path, capsys):
    """What cannot be started is told, and ends the run with 2; the others run."""
    words = ["--adapter", "false", "--case", "text/emoji", "--to", tmp_path]
    code, out, _ = run(capsys, *words)

    assert 2 == code
    assert "adapter: the adapter ended before it said `hello`" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "no such client"),
        (["raw", "--case", "nothing/x"], "no such case"),
        (["--adapter", ""], "`--adapter` is empty"),
        (["raw", "--to", "/dev/null/x"], "cannot be written"),
        (["--from", "/dev/null/x"], "cannot be read"),
        (["raw", "--known-failing", "/nowhere"], "cannot be read"),
    ],
)
def test_usage_errors(capsys, words, says):
    """A bad option ends the command with 2 and a message that helps."""
    code, _, err = run(capsys, *words)

    assert 2 == code
    assert says in err


def test_files_that_are_no_matrix(tmp_path):
    """A file of something else is refused with a message."""
    file = tmp_path / "x.jsonl"
    file.write_text('{"kind":"header"}\n', encoding="utf-8")

    with pytest.raises(UsageError, match="no line of a matrix"):
        read_matrix(file)


def test_a_run_that_was_stopped():
    """Without a footer the matrix says that it is not whole."""
    made = matrix_of(records(*PAIRS)[:-1])

    assert made.sentence.endswith("the run did not come to its end")
    assert "did not come to its end" in render(made)
    assert defects_of([], {}, {}) == []


def test_a_toolchain_that_is_missing(tmp_path):
    """A client that the machine cannot run is skipped in one line, and is no failure."""
    folder = tmp_path / "odd"
    folder.mkdir()
    text = 'title = "Odd"\ncommand = "odd"\nneeds = ["no-such-program>=3"]\n'
    (folder / "client.toml").write_text(text, encoding="utf-8")
    seen = []
    try_all([Entrant("odd", client_from(folder))], [case("text/emoji")], take=seen.append)

    assert [("Odd", False)] == [(each.title, each.failed) for each in seen]
    assert seen[0].skipped.startswith("skipped, needs no-such-program")
