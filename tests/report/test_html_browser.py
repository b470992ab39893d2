"""The page in a browser: filters, opening, keyboard, no complaint, nothing of a recording runs."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.report.browser import Browser, find_browser
from tests.report.made import alike, every_breach, hostile_exchanges, very_many, written

# Of each kind of rule, level and place some.
CODES = {
    "CHAT-003", "CHAT-007", "CHAT-013", "CITE-006", "EVENT-009", "EVENT-010", "EVENT-013",
    "HTTP-011", "HTTP-013", "RERANK-003", "RERANK-106", "SSE-001", "SSE-003", "STREAM-001",
    "STREAM-014", "STREAM-024", "TOOL-002", "TOOL-003",
}  # fmt: skip
TAB, ENTER, SPACE = ("Tab", 9), ("Enter", 13), (" ", 32)

# Contrast as WCAG 2.2 counts it, of each text with what lies behind it.
CONTRAST = """
(() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || !node.getClientRects().length || node.matches(":disabled, .skip, .hidden")) continue;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = node.tagName + "." + node.className;
    if (!(name in found) || found[name] > ratio) found[name] = ratio;
  }
  return Object.entries(found).filter(([, ratio]) => ratio < 4.5);
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; where there is none these tests are skipped, visibly."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed")
    made = Browser(program, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Addresses of pages: breaches of some rules, hostile recordings, ten thousand exchanges."""
    folder = tmp_path_factory.mktemp("pages")
    every_breach(folder / "breaches", CODES)
    written(folder / "hostile", hostile_exchanges(), finish=1)
    very_many(folder / "many", 10_000)
    alike(folder / "alike", 30)
    names = ("breaches", "hostile", "many", "alike")
    return {name: (folder / name / "report.html").as_uri() for name in names}


@pytest.fixture
def page(browser, pages):
    """The page with breaches of some rules, freshly opened."""
    browser.look(width=1200, height=900)
    browser.open(pages["breaches"])
    return browser


def typed(browser, name, text):
    """Put text into a field, as typing does."""
    browser.run(
        f"(e => {{ e.value = {text!r}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        f"(document.getElementById('{name}'))"
    )


def visible(browser, selector):
    """How many elements are shown."""
    return browser.run(
        f"[...document.querySelectorAll('{selector}')].filter(e => e.checkVisibility()).length"
    )


@pytest.mark.parametrize("name", ["breaches", "hostile", "many", "alike"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_a_page_opens_without_complaint_in_any_form(browser, pages, name, dark, width):
    """No error, no request, nothing beyond the edge, and nothing of a recording has run."""
    browser.look(width=width, height=900, dark=dark)
    browser.open(pages[name])

    assert [] == browser.complaints()
    assert [pages[name]] == browser.requests()
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("typeof window.broken === 'undefined'")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_can_be_read(browser, pages, dark):
    """Every text has a contrast of at least 4.5 to 1 with its ground, in both colour schemes."""
    browser.look(width=1280, height=900, dark=dark)
    browser.open(pages["breaches"])
    browser.run("document.getElementById('open-all').click()")

    assert [] == browser.run(CONTRAST)


def test_findings_are_filtered_by_words_and_level(page):
    """Words narrow to rules and places, levels to their rules; the count says what is listed."""
    page.run("document.querySelector('input[value=info]').click()")
    all_rules = visible(page, "article.rule")
    typed(page, "find-text", "orphan-delta")

    assert 1 == visible(page, "article.rule")
    assert "1 rule, 1 place listed" == page.run("document.getElementById('find-count').textContent")

    typed(page, "find-text", "")
    page.run("document.querySelector('input[value=error]').click()")

    assert 0 == visible(page, "article.rule.error")
    assert 0 < visible(page, "article.rule") < all_rules


def test_all_findings_open_and_close(page):
    """One button opens every finding, another closes them."""
    total = page.run("document.querySelectorAll('details.finding').length")

    assert 1 == page.run("document.querySelectorAll('details.finding[open]').length")
    page.run("document.getElementById('open-all').click()")
    assert total == page.run("document.querySelectorAll('details.finding[open]').length")
    page.run("document.getElementById('close-all').click()")
    assert 0 == page.run("document.querySelectorAll('details.finding[open]').length")


def test_findings_that_are_alike_stay_behind_their_first(browser, pages):
    """One of each cause is in sight; a filter, a link and the button show the others."""
    browser.look(width=1200, height=900)
    browser.open(pages["alike"])
    places, more = "#STREAM-014-error .finding", "#STREAM-014-error .alike"

    assert (2, 31) == (
        visible(browser, places),
        browser.run(f"document.querySelectorAll('{places}').length"),
    )
    assert "29 more like it" == browser.run(
        f"document.querySelector('{more} > summary').textContent"
    )

    typed(browser, "find-text", "exchange 17")
    assert (1, 1) == (visible(browser, places), visible(browser, more))
    typed(browser, "find-text", "other.sse")
    assert (1, 0) == (visible(browser, places), visible(browser, more))

    browser.open(pages["alike"])
    browser.run("location.hash = '#STREAM-014-error-9'")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.getElementById('STREAM-014-error-9').checkVisibility()")
    browser.run("document.getElementById('close-all').click()")
    assert 2 == visible(browser, places)
    browser.run("document.getElementById('open-all').click()")
    assert 31 == visible(browser, places)


def test_an_open_finding_shows_request_events_and_marked_bytes(page):
    """The request, the timeline with the event at fault, and the marks are all in sight."""
    page.run("location.hash = '#EVENT-009-error-1'")
    inside = "#EVENT-009-error-1"

    assert page.run(f"document.querySelector('{inside}').open")
    assert 1 <= visible(page, f"{inside} tr.fault")
    assert 1 <= visible(page, f"{inside} tr.fault mark")
    assert "POST" in page.run(f"document.querySelector('{inside} pre').textContent")


def test_a_link_leads_to_what_a_filter_hides(page):
    """A link from the list of rules shows its finding, even if the filter had hidden it."""
    typed(page, "find-text", "nothing has these words")
    assert 0 == visible(page, "article.rule")
    page.run("document.querySelector('#rules a[href=\"#STREAM-014-error\"]').click()")
    page.run("new Promise(done => setTimeout(done, 100))")

    assert page.run("document.getElementById('STREAM-014-error').checkVisibility()")


def test_rules_are_filtered(page):
    """The list of rules narrows to those that were broken, judged, or never judged."""
    total = visible(page, "#rule-table tbody tr")
    typed(page, "rule-text", "citation")
    some = visible(page, "#rule-table tbody tr")
    typed(page, "rule-text", "")
    page.run(
        "(e => { e.value = 'idle'; e.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.getElementById('rule-show'))"
    )

    assert 199 <= total
    assert 10 < some < total
    assert 0 < visible(page, "#rule-table tbody tr") < total


def test_ten_thousand_exchanges_are_leafed_through(browser, pages):
    """A hundred are shown at a time; leafing and filtering reach the rest, without delay."""
    browser.look(width=1200, height=900)
    browser.open(pages["many"])
    count = "document.getElementById('list-count').textContent"

    assert "10,000 exchanges" == browser.run(count)
    assert 100 == visible(browser, "#list tbody tr")
    browser.run("document.getElementById('list-on').click()")
    assert "page 2 of 100" == browser.run("document.getElementById('list-page').textContent")
    typed(browser, "list-text", "case-9999")
    assert "1 exchange" == browser.run(count)
    assert browser.run("document.getElementById('list-on').disabled")
    typed(browser, "list-text", "")
    browser.run(
        "(e => { e.value = 'broken'; e.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.getElementById('list-result'))"
    )
    assert "100 exchanges" == browser.run(count)
    assert 2000 > browser.run(
        "(() => { const t = performance.timing; return t.loadEventEnd - t.responseEnd; })()"
    )


def test_the_keyboard_reaches_everything(page):
    """Tab leads over the skip link and the parts to the filter; Enter and space open findings."""
    page.press(*TAB)
    assert "Skip to the results" == page.run("document.activeElement.textContent")
    assert page.run("document.activeElement.getBoundingClientRect().left >= 0")
    page.press(*ENTER)
    assert "main" == page.run("document.activeElement.id")
    page.press(*TAB)
    assert "find-text" == page.run("document.activeElement.id")
    page.run("document.querySelector('#CHAT-003-error summary').focus()")
    assert "none" != page.run("getComputedStyle(document.activeElement).outlineStyle")
    closed = page.run("document.activeElement.parentElement.open")
    page.press(*ENTER)
    assert closed is not page.run("document.activeElement.parentElement.open")
    page.press(*SPACE)
    assert closed is page.run("document.activeElement.parentElement.open")


def test_a_screen_reader_is_told_everything(page):
    """Controls, regions and tables have names; headings go down step by step."""
    page.run("document.getElementById('open-all').click()")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    wanted = {"button", "searchbox", "checkbox", "combobox", "region", "meter", "link"}
    nameless = [
        node["role"]["value"]
        for node in nodes
        if node.get("role", {}).get("value") in wanted
        and not node.get("ignored")
        and not node.get("name", {}).get("value")
    ]
    levels = page.run(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(e => Number(e.tagName[1]))"
    )
    roles = {node.get("role", {}).get("value") for node in nodes}

    assert [] == nameless
    assert {"main", "navigation", "banner", "heading", "table", "columnheader"} <= roles
    assert 1 == levels.count(1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert 0 == page.run(
        "[...document.querySelectorAll('thead th')].filter(e => e.scope !== 'col').length"
    )


def test_without_scripts_the_findings_are_there(browser, pages):
    """A browser that runs no scripts shows findings, rules and coverage, and says what it lacks."""
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.look(width=1200, height=900)
        browser.open(pages["breaches"])
        document = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
        html = browser.call("DOM.getOuterHTML", nodeId=document)["outerHTML"]
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)

    assert "This list needs scripts" in html
    assert '<form class="filter" id="find" hidden' in html
    assert "orphan-delta" in html
