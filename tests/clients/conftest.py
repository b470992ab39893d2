"""Adapters for the tests to start: a right one, and what it becomes with a piece replaced."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.environment import Launch

HONEST = Path(__file__).with_name("honest.py")


@pytest.fixture
def fake(tmp_path):
    """How to start the right adapter with more code in it, or with pieces replaced."""

    def write(more="", replaced=()):
        text = HONEST.read_text(encoding="utf-8")
        for old, new in [("# more", more), *replaced]:
            assert old in text

            text = text.replace(old, new)
        file = tmp_path / "adapter.py"
        file.write_text(text, encoding="utf-8")
        return Launch((sys.executable, str(file)), title="fake")

    return write
