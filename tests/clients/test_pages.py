"""The page about adapters tells the truth: its example works, and it names all that there is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from conformance.clients.channels import CHANNELS
from conformance.clients.checkup import check_adapter
from conformance.clients.environment import Launch
from conformance.clients.marks import Mark
from conformance.clients.protocol import schema
from conformance.clients.registry import client_from

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "client-adapters.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="tests run without the project's files")


def block(language):
    """The first block of code in this language."""
    return re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]


def test_the_example_can_be_trusted(tmp_path):
    """The adapter on the page passes every check, in the length that the page promises."""
    file = tmp_path / "adapter.py"
    file.write_text(block("python"), encoding="utf-8")
    tested = list(check_adapter(Launch((sys.executable, str(file)))))

    assert {True} == {one.passed for one in tested}
    assert len(block("python").splitlines()) <= 45


def test_the_page_names_all_lines_members_and_marks():
    """Nothing of the protocol is left out of the page."""
    text = PAGE.read_text(encoding="utf-8")
    described = schema()["$defs"]
    members = {name for part in described.values() for name in part["properties"]} - {"type"}

    assert {
        f"`{kind}`" for kind in described if kind != "call" and f"`{kind}`" not in text
    } == set()
    assert {n for n in members if f"`{n}`" not in text and f'"{n}"' not in text} == set()
    assert {mark.value for mark in Mark if mark.value not in text} == set()
    assert set(CHANNELS) <= set(described) | {"tool_calls", "citations"}


def test_the_description_on_the_page_can_be_read(tmp_path):
    """The example of a description is one."""
    folder = tmp_path / "cohere7"
    folder.mkdir()
    (folder / "client.toml").write_text(block("toml"), encoding="utf-8")

    assert ("cohere7:sync", "cohere7:async") == client_from(folder).names


def test_every_client_has_its_environment_in_tox():
    """`tox -e client-NAME` exists for each client, and for no other."""
    listed = re.search(r"\[testenv:client-\{([^}]*)\}\]", (ROOT / "tox.ini").read_text())[1]
    folders = {file.parent.name for file in (ROOT / "clients").glob("*/client.toml")}

    assert sorted(folders) == listed.split(",")
