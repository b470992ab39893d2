"""The examples of docs/strategies.md work as they stand."""

from __future__ import annotations

import json
import re
import shlex
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given, settings

from conformance import strategies
from conformance.check import check
from conformance.cli import main
from conformance.sse import Decoder
from conformance.strategies import Stream, broken_chat_requests
from conformance.verdict import Level
from conformance.wire import Exchange

PAGE = Path(__file__).parents[2] / "docs" / "strategies.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="tests run without the project's files")


def blocks(language):
    """The code of a language on the page, block by block."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def events_of(chunks):
    """The events of a body that comes in pieces."""
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    decoder.close()
    return [json.loads(frame.data) for frame in frames if frame.data not in ("", "[DONE]")]


def status_of(request):
    """What a server answers that follows all rules."""
    if isinstance(request, dict):
        return 200
    verdict = check(Exchange(request, None, observed=True, endpoint="chat-stream"))
    errors = [v.code for v in verdict.violations if v.level is Level.ERROR]
    known = {"HTTP-012": 401, "HTTP-013": 401, "HTTP-014": 400, "HTTP-015": 405}
    return known.get(errors[0], 422) if errors else 200


def codes_of(body, request):
    """The rules that a stream breaks."""
    return {v.code for v in check(Stream((), request).exchange(body)).violations}


@pytest.fixture
def users(monkeypatch):
    """The modules of a user whom the page stands for."""
    for name, function in (
        ("my_client", events_of), ("my_server", status_of), ("my_checker", codes_of),
    ):  # fmt: skip
        module = types.ModuleType(name)
        setattr(module, function.__name__, function)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_an_example_passes(users, number):
    """Every test of a block passes, in the order in which they stand."""
    space = {}
    exec(compile(blocks("python")[number], str(PAGE), "exec"), space)
    tests = [value for name, value in space.items() if name.startswith("test_")]

    assert tests
    for test in tests:
        test()


def test_the_commands_write_what_they_say(tmp_path, monkeypatch):
    """Every command of the page ends well and writes its file or folder."""
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^cohere-conformance (generate .*)$", page, re.MULTILINE)
    commands = [shlex.split(line) for line in lines]
    assert commands
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([*command, "--count", "3"])
        assert 0 == ended.value.code

    written = {path.name for path in tmp_path.iterdir()}
    assert {command[command.index("-o") + 1] for command in commands} == written


def test_every_strategy_is_on_the_page():
    """The page names every public strategy, every filter, and every field of a label."""
    page = PAGE.read_text(encoding="utf-8")
    names = {name for name in strategies.__all__ if name.islower() and name != "corpus"}
    filters = strategies.chat_requests.__kwdefaults__ | strategies.rerank_requests.__kwdefaults__

    assert set() == {name for name in names if f"`{name}(" not in page}
    assert set() == {name for name in filters if f"`{name}" not in page}
    assert set() == {name for name in strategies.Fault._fields if f"| `{name}` |" not in page}
    assert set() == {name for name in strategies.THINGS if f"`{name}`" not in page}


def test_labels_name_what_a_server_should_answer():
    """A server that follows all rules passes the example of the page, and one that does not fails."""

    @settings(max_examples=50, database=None)
    @given(broken_chat_requests(code="CHAT-007"))
    def holds(example):
        assert status_of(example.request) in example.fault.expected
        assert 200 not in example.fault.expected

    holds()
