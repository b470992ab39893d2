"""The calls that the reference page shows in Swift, which does not run here, judged as recordings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance.check import check
from conformance.wire import Exchange, Request

PAGE = Path(__file__).parents[3] / "shared" / "specs" / "chat-streaming-and-rerank.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the reference page is not at hand")

SAMPLE = re.compile(r"^```swift(?P<title>[^\n]*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
BODY = re.compile(r"let parameters = (?P<value>\[.*?\]) as \[String : Any\]", re.DOTALL)
URL = re.compile(r'NSURL\(string: "(?P<url>[^"]+)"\)')
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]]', re.DOTALL)


def json_of(literal):
    """A Swift literal as JSON: a bracket that begins with a key and a colon is a dictionary."""
    made, ends, position = [], [], 0
    for token in TOKEN.finditer(literal):
        made.append(literal[position : token.start()])
        position = token.end()
        if token[0] == "[":
            pairs = re.match(r'\s*(?:"(?:[^"\\]|\\.)*"\s*:|:\s*\])', literal[position:], re.DOTALL)
            ends.append("}" if pairs else "]")
            made.append("{" if pairs else "[")
        else:
            made.append(ends.pop() if token[0] == "]" else token[0])
    return json.loads("".join(made), strict=False)


def samples():
    """(title, URL, body) of each sample."""
    page = PAGE.read_text(encoding="utf-8")
    for sample in SAMPLE.finditer(page):
        code = sample["code"]
        yield sample["title"].strip(), URL.search(code)["url"], json_of(BODY.search(code)["value"])


def test_each_documented_call_is_right():
    """Plain, documents, tools, images and rerank: nothing is found in any of them."""
    found, titles = {}, []
    for title, url, body in samples():
        request = Request(
            "POST", url, (("content-type", "application/json"),), json.dumps(body).encode()
        )
        verdict = check(Exchange(request, None))
        titles.append(title)
        found[title] = [violation.headline for violation in verdict.violations]

        assert verdict.judged

    assert ["Default", "Documents", "Tools", "Images", ""] == titles
    assert {title: [] for title in titles} == found
