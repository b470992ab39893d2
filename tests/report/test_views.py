from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from conformance.report import junit, markdown
from conformance.report.model import report_of
from conformance.report.outcome import Trouble
from conformance.report.records import Case, Check, Coverage, Footer, Header
from conformance.transcript import exchange_from
from tests.report.made import HOSTILE, every_breach, hostile_exchanges, written

CASES = [
    Case("chat-stream/text/plain", "kept", "chat-stream", features=("text",), seconds=0.5),
    Case("chat-stream/tools/one", "broken", "chat-stream", "", ("tools",), "STREAM-014 x: y",
         ("STREAM-014",), 1, 0.25),
    Case("chat-stream/tools/two", "known", "chat-stream", features=("tools",)),
    Case("chat-stream/tools/three", "fixed", "chat-stream", features=("tools",)),
    Case("chat-stream/images/one", "unshown", "chat-stream", features=("images",)),
    Case("rerank/top-n", "lacked", "rerank", features=("rerank",), message="the server lacks it"),
    Case("rerank/all", "trouble", "rerank", message="no answer"),
]  # fmt: skip
HEADER = Header("0.1.0", "b31b", 199, "ab" * 32, "run", "mock:", 7, "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def breaches(tmp_path_factory):
    """A report of a breach of every rule."""
    return every_breach(tmp_path_factory.mktemp("breaches"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report of recordings that try to be markup."""
    return written(tmp_path_factory.mktemp("hostile"), hostile_exchanges(), finish=1)


def run_of(*records, exit_code=1):
    """A report of a run with all outcomes."""
    footer = Footer({}, exit_code)
    return report_of([HEADER, *CASES, *records, footer])


def test_junit_tells_every_outcome():
    """Failures, errors and skipped cases are what build servers count as such."""
    root = ET.fromstring(junit.render(run_of(Trouble("mock:", "is gone", hint="wait"))))
    suites = {suite.get("name"): suite for suite in root}
    chat, rerank, other = suites["chat-stream"], suites["rerank"], suites["other"]
    kinds = {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in root.iter("testcase")
    }

    assert ("8", "2", "2") == (root.get("tests"), root.get("failures"), root.get("errors"))
    assert ("5", "2", "2") == (chat.get("tests"), chat.get("failures"), chat.get("skipped"))
    assert ("2", "1", "1") == (rerank.get("tests"), rerank.get("errors"), rerank.get("skipped"))
    assert "0.750" == chat.get("time")
    assert [] == kinds["chat-stream/text", "plain"]
    assert ["failure"] == kinds["chat-stream/tools", "one"]
    assert ["skipped"] == kinds["chat-stream/tools", "two"]
    assert ["failure"] == kinds["chat-stream/tools", "three"]
    assert ["error"] == kinds["rerank", "all"]
    assert "is gone" in other.find("testcase/error").text
    assert {"seed": "7", "target": "mock:"}.items() <= {
        each.get("name"): each.get("value") for each in chat.iter("property")
    }.items()


def test_junit_holds_the_whole_failure_message(breaches):
    """A failure has the headline as its message and the text that a terminal shows."""
    root = ET.fromstring(junit.render(breaches))
    failures = {each.get("type"): each for each in root.iter("failure")}

    assert failures["STREAM-014"].get("message").startswith("STREAM-014 orphan-delta: ")
    assert "= explain: cohere-conformance explain STREAM-014" in failures["STREAM-014"].text
    assert len(list(root.iter("testcase"))) == len(breaches.cases)


def test_junit_is_xml_whatever_a_recording_holds(hostile):
    """Markup and control characters of a recording are text in the XML."""
    root = ET.fromstring(junit.render(hostile))
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure",
               "skipped", "error", "system-out"}  # fmt: skip

    assert {each.tag for each in root.iter()} <= allowed
    assert any("<img src=x" in (case.get("name") or "") for case in root.iter("testcase"))


def test_markdown_sums_up_a_run():
    """The summary has the sentence, the proof, failing cases, features and coverage."""
    report = run_of(
        Check("STREAM-014", "a clause", 3, 1, proved=True),
        Coverage("error", "property", {"id": 1, "message": 0}),
        Trouble("mock:", "is gone"),
    )
    text = markdown.render(report)

    assert text.startswith("## ❌ cohere-conformance: mock:\n\n**7 cases: 1 as promised, 1 broken,")
    assert "1 check, 1 shown able to fail." in text
    assert "- chat-stream/tools/one: STREAM-014 x: y" in text
    assert "| chat-stream | tools |  | 1 | 1 | 1 |  |  |  |" in text
    assert "| error | properties | 1 of 2 |" in text
    assert "- mock:: is gone" in text
    assert "seed 7" in text


def test_long_lists_are_cut(tmp_path):
    """Troubles and failing cases beyond thirty are counted, and so are texts of one case in JUnit."""
    many = [Trouble(f"{number}.yaml", "x" * 500) for number in range(40)]
    cases = [Case(f"rerank/{number}", "broken", "rerank") for number in range(40)]
    text = markdown.render(report_of([HEADER, *many, *cases, Footer({}, 2)]))
    odd = "".join(f'event odd{number} {{"type":"odd{number}"}}\n' for number in range(30))
    stream = exchange_from(f"message-start\n{odd}message-end")
    report = written(tmp_path, [stream], finish=1)

    assert 2 == text.count("- and 10 more")
    assert "x" * 198 not in text.replace("x" * 199 + "…", "")
    assert re.search(r"^and \d+ more$", junit.render(report), re.MULTILINE)


def test_markdown_says_when_all_is_well():
    """A run without a fault has a green mark, and no section of broken rules."""
    text = markdown.render(report_of([HEADER, CASES[0], Footer({}, 0)]))

    assert text.startswith("## ✅ ")
    assert "Broken rules" not in text


def test_markdown_lists_broken_rules_and_stays_short(breaches):
    """Rules are listed with level, count and first place, only so many of them."""
    text = markdown.render(breaches)
    rows = [line for line in text.splitlines() if re.match(r"\| [A-Z]+-\d", line)]

    assert 50 == len(rows)
    assert re.search(r"\| and \d+ more \| \| \| \|", text)
    assert len(text) < 20_000
    assert any("❌ error | 1 | " in row for row in rows)


def test_markdown_is_text_whatever_a_recording_holds(hostile):
    """No tag, link, image, table cell or mention of a recording comes through."""
    text = markdown.render(hostile)
    ours = re.sub(r"</?(?:code|sub|br|details|summary)>", "", text)

    assert "<" not in ours
    assert "](" not in ours
    assert "@team" not in ours
    assert "evil.example/" not in ours.replace("&#47;", "/") or "https:" not in ours
    for line in ours.splitlines():
        if line.startswith("| "):
            assert line.count("|") in {4, 5, 6, 9}
    assert all(hidden not in ours for hidden in ("\x1b", "\u202e", "\u2028", "\x00"))


@pytest.mark.parametrize("text", [*HOSTILE, "`a` and `b`", "a ` b", "~~x~~ *y* _z_ # 1", "a\nb"])
def test_escaping_shows_the_text_itself(text):
    """After the references are read, the text is what it was, but for what does not print."""
    import html

    shown = html.unescape(markdown.escaped(text))

    assert shown.isprintable()
    assert text.isprintable() is False or shown == text
