"""A collection of real recordings, where it is at hand, is read whole and keeps its counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cassette import dumps, find, read

if TYPE_CHECKING:
    from conformance.wire import Exchange

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="needs `../shared/recordings`, which is not here"
)


def exchanges() -> list[Exchange]:
    """Every exchange of the collection."""
    return [one for path in find([RECORDINGS]) for one in read(path)]


def test_counts() -> None:
    """The collection holds as many exchanges of each kind as were counted by other means."""
    found = exchanges()

    kinds = Counter(
        (one.request.path, one.response.status, one.response.media_type)
        for one in found
        if one.request is not None and one.response is not None
    )
    assert 137 == len(find([RECORDINGS]))
    assert {
        ("/v1/chat", 200, "application/json"): 12,
        ("/v1/chat", 200, "application/stream+json"): 5,
        ("/v1/models", 200, "application/json"): 9,
        ("/v2/chat", 200, "application/json"): 119,
        ("/v2/chat", 200, "text/event-stream"): 79,
        ("/v2/chat", 400, "application/json"): 18,
        ("/v2/chat", 404, "application/json"): 1,
        ("/v2/chat", 422, "application/json"): 30,
        ("/v2/rerank", 200, "application/json"): 8,
    } == kinds


def test_every_body_is_decoded_and_placed() -> None:
    """No body is left compressed, and each exchange knows its line and when it was recorded."""
    for one in exchanges():
        assert one.response is not None
        assert one.response.body.lstrip()[:1] in {b"e", b"{", b"d"}
        assert one.origin.line is not None
        assert one.origin.recorded_at is not None


def test_real_exchanges_survive_our_own_form(tmp_path: Path) -> None:
    """Written in our own form and read again, a real exchange is the same."""
    path = tmp_path / "a.yaml"
    for name in ("test_stream.yaml", "test_documents.yaml"):
        given = read(RECORDINGS / "langchain-cohere" / name)
        path.write_text(dumps(given, "imported"), encoding="utf-8")

        assert [(one.request, one.response) for one in given] == [
            (one.request, one.response) for one in read(path)
        ]
