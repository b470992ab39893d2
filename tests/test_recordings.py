"""The recordings that ship with the project keep the promises made about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.cassette import find, provenance, read
from conformance.check import check
from conformance.data import data_path
from conformance.verdict import Level
from tests.authored.files import files

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = data_path("recordings")
PATHS = find([FOLDER])
BUDGET = 300_000  # bytes, over all recordings
LARGEST = 12_000  # bytes, of one file


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", PATHS, ids=_name)
def test_each_is_judged_and_breaks_nothing(path: Path) -> None:
    """Every exchange is in scope, and nothing in it is an error or a warning."""
    verdicts = [check(exchange) for exchange in read(path)]
    found = [
        violation.headline
        for verdict in verdicts
        for violation in verdict.violations
        if violation.level is not Level.INFO
    ]

    assert verdicts
    assert all(verdict.judged for verdict in verdicts)
    assert found == []


def test_their_size_stays_in_the_budget() -> None:
    """Recordings travel with every installation, so the folder stays small, and each file too."""
    sizes = {_name(path): path.stat().st_size for path in PATHS}

    assert sum(sizes.values()) < BUDGET
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_each_says_where_it_comes_from() -> None:
    """Every recording names its provenance, and those that we wrote say so."""
    found = {_name(path): provenance(path) for path in PATHS}

    assert [name for name, origin in found.items() if origin is None] == []
    assert {name for name, origin in found.items() if origin and origin.kind == "authored"} >= set(
        files()
    )


def test_the_authored_files_are_fresh(tmp_path: Path) -> None:
    """`python -m tests.authored` would write what is checked in, byte for byte."""
    from conformance.cassette.own import Provenance
    from conformance.cassette.writer import write

    stale = []
    for name, exchanges in files().items():
        write(tmp_path / name, exchanges, Provenance("authored", licence="MIT"))
        if (tmp_path / name).read_bytes() != (FOLDER / name).read_bytes():
            stale.append(name)

    assert stale == []


def test_reading_gives_back_what_was_written() -> None:
    """A file read back holds the exchanges it was written from."""
    for name, exchanges in files().items():
        back = read(FOLDER / name)

        assert [one.request for one in exchanges] == [one.request for one in back]
        assert [one.response for one in exchanges] == [one.response for one in back]


# One event of a recorded stream: its name above one line of compact JSON.
_EVENT = rb"event: (?P<name>[a-z-]+)\ndata: (?P<data>\{[^\r\n]*\})\n\n"
_STREAM = re.compile(rb"(?:event: [a-z-]+\ndata: \{[^\r\n]*\}\n\n)+data: \[DONE\]\n\n")


def test_streams_have_the_form_of_the_live_api() -> None:
    """The bytes of an authored stream are framed as those of every recorded one."""
    streams = [
        exchange.response.body
        for path in PATHS
        for exchange in read(path)
        if exchange.response and exchange.response.media_type == "text/event-stream"
    ]

    assert streams
    assert [body[:60] for body in streams if not _STREAM.fullmatch(body)] == []
    for body in streams:
        for event in re.finditer(_EVENT, body):
            assert b'"type":"' + event["name"] + b'"' in event["data"]
