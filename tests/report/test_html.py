from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from conformance.report import html
from conformance.report.model import report_of
from conformance.report.outcome import Trouble
from conformance.report.records import Case, Check, Footer, Header
from conformance.rules.registry import all_rules
from conformance.verdict import Level
from tests.report.made import every_breach, hostile_exchanges, very_many, written

VOID = {"meta", "input", "br"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "h4",
    "span", "nav", "ul", "li", "main", "section", "dl", "div", "dt", "dd", "code", "time", "form",
    "label", "input", "fieldset", "legend", "button", "output", "article", "details", "summary",
    "b", "pre", "mark", "table", "thead", "tbody", "tr", "th", "td", "select", "option", "meter",
    "noscript", "script", "strong", "br",
}  # fmt: skip


class Page(HTMLParser):
    """A page taken apart: its elements, their attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.open = []
        self.raw = {}
        self.faults = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        """Note an element."""
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Note an end that has no beginning."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        """Note the text of scripts and styles."""
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.setdefault(self.open[-1], []).append(data)

    def ids(self):
        """The ids of all elements."""
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="module")
def breaches(tmp_path_factory):
    """The page of a report with a breach of every rule, as text and taken apart, and the report."""
    report = every_breach(tmp_path_factory.mktemp("breaches"))
    text = html.render(report)
    return text, Page(text), report


def test_the_page_is_whole_and_well_formed(breaches):
    """Every element is closed in turn, every id is there once, every link leads somewhere."""
    text, page, _ = breaches
    links = [a["href"] for tag, a in page.elements if tag == "a"]

    assert text.startswith("<!doctype html>")
    assert [] == page.faults
    assert [] == page.open
    assert len(set(page.ids())) == len(page.ids())
    assert set() == {link.removeprefix("#") for link in links} - set(page.ids())


def test_the_page_needs_no_network(breaches):
    """No element loads anything, and the policy forbids it."""
    _, page, _ = breaches
    loading = [
        (tag, name)
        for tag, attributes in page.elements
        for name in attributes
        if name in ("src", "srcset", "action", "data", "poster") or name.startswith("on")
    ]

    assert [] == loading
    assert not any(tag in ("link", "img", "iframe", "object") for tag, _ in page.elements)
    assert all(a["href"].startswith("#") for tag, a in page.elements if tag == "a")


def test_only_our_script_and_style_are_allowed(breaches):
    """The policy names the sums of the one script and the one style, and nothing else."""
    _, page, _ = breaches
    policy = next(a["content"] for _, a in page.elements if "http-equiv" in a)
    _, script = page.raw["script"]
    sums = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, *page.raw["style"])
    ]

    assert policy.startswith("default-src 'none'; ")
    assert set(sums) == set(re.findall(r"sha256-([^']+)", policy))
    assert "unsafe" not in policy


def test_every_finding_is_there_with_its_rule(breaches):
    """Each broken rule has a part of its own with clause, source, command and places."""
    text, page, report = breaches
    parts = {a["id"] for tag, a in page.elements if tag == "article"}
    groups = {f"{group.code}-{group.level.value}" for group in report.groups()}

    assert groups == parts
    assert {rule.code for rule in all_rules()} <= {part.rsplit("-", 1)[0] for part in parts}
    for rule in all_rules():
        assert f"cohere-conformance explain {rule.code}" in text
    assert "streaming guide: a content-delta stands between start" in text
    assert 1 < text.count("<mark>") < text.count("<details")
    assert "cohere-conformance check capsules/capsule-" in text


def test_nothing_of_a_recording_becomes_markup(tmp_path):
    """Whatever recordings hold, the page has our elements and attributes only."""
    report = written(tmp_path, hostile_exchanges(), finish=1)
    text = html.render(report)
    page = Page(text)
    data, _ = page.raw["script"]

    assert [] == page.faults
    assert {tag for tag, _ in page.elements} <= TAGS
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    assert 2 == sum(tag == "script" for tag, _ in page.elements)
    assert "<" not in data
    assert any("</script>" in each for each in json.loads(data)["texts"])
    assert "49" not in re.findall(r"\{\{.*?\}\}", text)
    assert "&lt;img src=x onerror=" in text
    assert not re.search("[\x00\x1b\u2028\u202e\ufffe]", text)


def test_ten_thousand_exchanges_make_a_page_of_few_megabytes(tmp_path):
    """Exchanges are data for the script: the page stays small, and lists them all."""
    report = very_many(tmp_path, 10_000)
    text = (tmp_path / "report.html").read_text()
    page = Page(text)

    assert 10_000 == len(json.loads(page.raw["script"][0])["rows"]) == len(report.places)
    assert len(text) < 3_000_000
    assert len(page.elements) < 10_000
    assert "10,000 cases: 9900 as promised, 100 broken" in text


def test_the_badge_says_what_came_of_it():
    """Passed, broken, not all judged, nothing judged and cut short are told apart."""
    header = Header("0.1.0", "b31b", 199)

    def badge(*records):
        text = html.render(report_of([header, *records]))
        return re.search(r'<span class="badge (\w+)">([^<]+)</span>', text).groups()

    assert ("error", "incomplete") == badge()
    assert ("error", "nothing judged") == badge(Footer({}, 2))
    assert ("good", "as promised") == badge(Footer({}, 0))


def test_a_report_without_findings_says_so(tmp_path):
    """A run without a fault says that no rule is broken, and lists troubles if there were any."""
    clean = html.render(written(tmp_path, []))
    trouble = Trouble("<b>.yaml", "is `empty`", hint="record it again")
    shown = html.render(report_of([Header("", "", 0), trouble, Footer({}, 2)]))

    assert "Nothing was judged, so nothing was found." in clean
    assert "<code>empty</code>" in shown
    assert "&lt;b&gt;.yaml" in shown


def test_cases_and_checks_of_a_run_are_listed():
    """Failing cases stand with their message; a check tells how often it judged and its proof."""
    text = html.render(
        report_of(
            [
                Header("0.1.0", "b31b", 199, command="run", target="mock:", seed=3),
                Case("chat-stream/x", "broken", "chat-stream", features=("tools",),
                     message="it `fails`", codes=("RUN-001",), exchanges=1),
                Check("STREAM-014", "A delta", 0, 0, proved=True),
                Check("RUN-001", "A check of a run", None, 1, proved=False),
                Footer({}, 1),
            ]
        )
    )  # fmt: skip
    rows = re.findall(r'<tr data-show="([^"]+)"', text)

    assert ["idle", "failed judged"] == rows
    assert "it <code>fails</code>" in text
    assert "2 checks, 1 shown able to fail" in text
    assert "1 of 2 had something to judge" in text
    assert "not shown" in text


@pytest.mark.parametrize("level", list(Level))
def test_levels_are_told_in_words(breaches, level):
    """No level is told by colour alone."""
    text, _, _ = breaches
    word = "note" if level is Level.INFO else level.value

    assert f'<span class="level {level.value}">{word}</span>' in text
