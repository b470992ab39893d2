"""The examples of README.md and docs/pytest.md work as they stand."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/pytest.md")

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists(), reason="tests run without the project's files"
)


def example(page):
    """The first Python example of a page."""
    found = re.search(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("page", PAGES)
def test_the_example_has_ten_lines(page):
    """Ten lines show a test of an application, and both pages show the same."""
    lines = [line for line in example(page).splitlines() if line.strip()]

    assert 8 <= len(lines) <= 10
    assert example(PAGES[0]) == example(page)


@pytest.mark.skipif(
    importlib.util.find_spec("cohere") is None, reason="the official SDK is not installed"
)
def test_the_example_passes_with_the_official_sdk(pytester, monkeypatch):
    """The example passes, and fails with the headline when its client sends what it must not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    options = ("-p", "conformance.pytest_plugin")
    pytester.makepyfile(example(PAGES[0]))
    good = pytester.runpytest_subprocess(*options)
    pytester.makepyfile(example(PAGES[0]).replace("messages=messages", "messages=messages, p=7"))
    bad = pytester.runpytest_subprocess(*options)

    good.assert_outcomes(passed=1)
    bad.assert_outcomes(failed=1)
    assert "CHAT-007 out-of-range: `/p` is `7`" in bad.stdout.str()


def test_the_page_names_every_fixture_option_and_mark():
    """Nothing that the plugin offers is missing on its page."""
    page = (ROOT / "docs/pytest.md").read_text(encoding="utf-8")
    plugin = (ROOT / "conformance/pytest_plugin.py").read_text(encoding="utf-8")
    options = re.findall(r'add\(\s*"(--cohere-[\w-]+)"', plugin)
    fixtures = re.findall(r"^def (cohere_\w+)\(", plugin, re.MULTILINE)
    marks = re.findall(r'"(cohere_\w+)\(', plugin)

    assert 8 == len(options)
    assert 4 == len(fixtures)
    assert 3 == len(marks)
    assert [] == [name for name in (*options, *fixtures) if f"`{name}" not in page]
    assert [] == [name for name in marks if f"pytest.mark.{name}(" not in page]
