"""Our own recording gives back what was put in, and any reader of cassettes can use it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.cassette import Provenance, dumps, provenance, read, write
from conformance.errors import CassetteError
from conformance.wire import Chunk, Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

STREAM = b'event: message-start\ndata: {"id":"x","type":"message-start"}\n\ndata: [DONE]\n\n'
PLAIN = Exchange(
    Request(
        "POST",
        "https://api.cohere.com/v2/chat",
        (("content-type", "application/json"),),
        b'{"stream":true}',
    ),
    Response(
        200,
        (("content-type", "text/event-stream"), ("date", "Thu, 05 Mar 2026 10:00:00 GMT")),
        STREAM,
        (Chunk(0, 20, 0.5), Chunk(20, len(STREAM), 0.75)),
    ),
    Origin("<memory>", recorded_at="Thu, 05 Mar 2026 10:00:00 GMT"),
    expect=(200,),
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
# Bodies that a text form is likely to spoil: line ends, marks, blanks at every edge.
awkward = st.text("a \n\r\t{\"#-:'%&*!|>\x00\x7f\x85\u2028\ufeff\U0001f600", max_size=24)
bodies = st.binary(max_size=60) | (texts | awkward).map(str.encode)
names = st.sampled_from(["content-encoding", "Content-Type", "a", "A", "date", "null"]) | texts
headers = st.lists(st.tuples(names, texts | awkward), max_size=4).map(tuple)
requests = st.builds(Request, texts, texts, headers, bodies)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files of all examples."""
    return tmp_path_factory.mktemp("recordings")


@st.composite
def responses(draw: st.DrawFn) -> Response:
    """A response in any number of chunks, some of them timed."""
    body = draw(bodies)
    inner = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    edges = [0, *inner, len(body)]
    times = st.none() | st.floats(0, 1e9)
    chunks = (
        tuple(Chunk(start, end, draw(times)) for start, end in pairwise(edges)) if inner else ()
    )
    return Response(
        draw(st.integers(100, 999)),
        draw(headers),
        body,
        chunks,
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Any exchange that has a request or a response."""
    response = draw(st.none() | responses())
    request = draw(requests if response is None else st.none() | requests)
    date = None if response is None else response.header("date")
    recorded = draw(st.just(date) if date is not None else st.none() | texts)
    return Exchange(
        request,
        response,
        Origin("<memory>", recorded_at=recorded),
        observed=draw(st.booleans()),
        endpoint=draw(st.sampled_from([None, "chat-stream", "rerank"])),
        framing=draw(st.booleans()),
        expect=tuple(draw(st.lists(st.integers(100, 599), max_size=2))),
    )


def without_place(exchange: Exchange) -> Exchange:
    """The exchange as it is before it has a place in a file."""
    return replace(exchange, origin=Origin("<memory>", recorded_at=exchange.origin.recorded_at))


@given(st.lists(exchanges(), min_size=1, max_size=3), st.sampled_from(["a.yaml", "a.jsonl"]))
def test_round_trip(folder: Path, given_exchanges: list[Exchange], name: str) -> None:
    """What is read is what was written, and writing it again makes the same file."""
    path = folder / name
    write(path, given_exchanges, Provenance("recorded", "MIT", "somewhere", "a tool"))
    first = path.read_bytes()

    found = read(path)
    write(path, found, provenance(path) or "recorded")

    assert given_exchanges == [without_place(one) for one in found]
    assert first == path.read_bytes()


@given(exchanges(), st.sampled_from(["CSafeLoader", "SafeLoader"]))
def test_any_yaml_reader_sees_the_bytes(exchange: Exchange, loader: str) -> None:
    """A general YAML reader finds the body where cassettes have it, as text or as binary."""
    text = dumps([exchange], "recorded")

    (item,) = yaml.load(text, Loader=getattr(yaml, loader))["interactions"]

    body = item["response"]["body"]["string"]
    expected = b"" if exchange.response is None else exchange.response.body
    assert expected == (body.encode() if isinstance(body, str) else body)


@given(st.lists(exchanges(), max_size=2))
def test_json_recordings_of_a_run_stay_of_a_run(folder: Path, found: list[Exchange]) -> None:
    """JSON Lines keep that an exchange is of a run of ours, so that a capsule is judged alike."""
    path = folder / "run.jsonl"
    live = [replace(one, live=True) for one in [*found, PLAIN]]

    write(path, live)

    assert live == [without_place(one) for one in read(path)]


def test_vcrpy_replays_it(tmp_path: Path) -> None:
    """Through vcrpy, an HTTP client gets the recorded bytes, text or not, coded or not."""
    import httpx

    vcr = pytest.importorskip("vcr")
    asked = Request("POST", "https://api.cohere.com/v2/rerank", (), b"{}")
    binary = Exchange(asked, Response(200, (("content-encoding", "gzip"),), b"\xff\x00\r\n"))
    path = tmp_path / "a.yaml"
    write(path, [PLAIN, binary], "authored")
    before = path.read_bytes()

    with vcr.use_cassette(str(path), record_mode="none") as cassette:
        stream = httpx.post("https://api.cohere.com/v2/chat", content=b'{"stream":true}')
        other = httpx.post("https://api.cohere.com/v2/rerank", content=b"{}")

    assert cassette.all_played
    assert (200, "text/event-stream", STREAM) == (
        stream.status_code,
        stream.headers["content-type"],
        stream.content,
    )
    assert b"\xff\x00\r\n" == other.content
    assert before == path.read_bytes()
    assert binary.response == read(path)[1].response


def test_a_recording_reads_well() -> None:
    """A stream stands in its recording line by line, as it would on a terminal."""
    text = dumps([replace(PLAIN, expect=())], Provenance("authored", "MIT"))

    assert (
        """\
version: 1
conformance:
  format: 1
  provenance: authored
  licence: MIT
interactions:
- request:
    method: POST
    uri: https://api.cohere.com/v2/chat
    headers:
      content-type:
      - application/json
    body: |-
      {"stream":true}
  response:
    status:
      code: 200
      message: OK
    headers:
      content-type:
      - text/event-stream
      date:
      - "Thu, 05 Mar 2026 10:00:00 GMT"
    body:
      string: |+
        event: message-start
        data: {"id":"x","type":"message-start"}

        data: [DONE]

  conformance:
    sha256:
      request: cf8db77a15bbcc48ba1b0836d18c5875053b7f036993b5ef66d2f1ec8150dd3a
      response: "74f903b6ad4b90264c07413f7398448f57668513ef060674995eab1b9523d301"
    chunks:
    - [0, 20, 0.5]
    - [20, 76, 0.75]
"""
        == text
    )


def test_changed_body_is_noticed(tmp_path: Path) -> None:
    """A body that was edited by hand does not pass for what was recorded."""
    path = tmp_path / "a.yaml"
    path.write_text(dumps([PLAIN], "recorded").replace('"id":"x"', '"id":"y"'))

    with pytest.raises(CassetteError, match="does not have the sha256") as caught:
        read(path)

    assert "`interactions[0].response.body`" in caught.value.what


def test_provenance(tmp_path: Path) -> None:
    """A recording knows where it comes from; files in other forms say nothing of it."""
    own, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    write(own, [PLAIN], Provenance("imported", "Apache-2.0", "https://example.org", "a tool"))
    other.write_text("interactions: []")

    expected = Provenance("imported", "Apache-2.0", "https://example.org", "a tool")
    assert (expected, None) == (provenance(own), provenance(other))
    assert None is provenance(tmp_path / "c.sse")


def test_kind_alone_names_the_tool(tmp_path: Path) -> None:
    """Written with only a kind, a recording names the version that wrote it."""
    from conformance.version import __version__

    path = tmp_path / "a.yaml"
    write(path, [PLAIN], "recorded")

    assert Provenance("recorded", tool=f"cohere-conformance {__version__}") == provenance(path)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("format: 1", "format: 2", "is `2`, and this version reads 1"),
        ("provenance: recorded", "provenance: found", "is `found`, not one of authored"),
        ("    chunks:", "    edges:", None),
        ("    - [0, 20, 0.5]", "    - [0, 99, 0.5]", "does not fit a body of 76 bytes"),
        ("    sha256:", "    sums:", "has no `sha256`"),
        ("  conformance:\n    expect", "  other:\n    expect", "has no `conformance`"),
    ],
)
def test_edited_recording(tmp_path: Path, old: str, new: str, what: str | None) -> None:
    """What the recording says of itself is checked; keys that are unknown are passed over."""
    path = tmp_path / "a.yaml"
    text = dumps([PLAIN], "recorded")
    assert 1 == text.count(old)
    path.write_text(text.replace(old, new))

    if what is None:
        assert 1 == len(read(path))
        return
    with pytest.raises(CassetteError, match=what):
        read(path)


@pytest.mark.parametrize("name", ["a.yaml", "a.jsonl"])
@pytest.mark.parametrize(
    ("exchange", "what"),
    [
        (Exchange(None, None), "neither a request nor a response"),
        (Exchange(None, Response(99)), "status `99`"),
        (Exchange(None, Response(200, (), b"ab", (Chunk(0, 3),))), "chunk from 0 to 3"),
        (
            Exchange(None, Response(200, (), b"", (Chunk(0, 0, float("nan")),))),
            "not json compliant",
        ),
        (Exchange(Request("GET", "/\ud800"), None), "half of a surrogate pair"),
    ],
)
def test_what_no_recording_can_hold(
    tmp_path: Path, name: str, exchange: Exchange, what: str
) -> None:
    """An exchange that could not be read again is refused, and no file is made."""
    with pytest.raises(CassetteError, match=what):
        write(tmp_path / name, [exchange])

    assert [] == list(tmp_path.iterdir())


def test_unknown_provenance(tmp_path: Path) -> None:
    """Only three words say where a recording comes from."""
    with pytest.raises(CassetteError, match="provenance `found` is not one of"):
        write(tmp_path / "a.yaml", [PLAIN], "found")


def test_unwritable_folder(tmp_path: Path) -> None:
    """A folder that cannot be made is an error with its name."""
    (tmp_path / "file").touch()

    with pytest.raises(CassetteError, match="cannot be written") as caught:
        write(tmp_path / "file" / "a.yaml", [PLAIN])

    assert str(tmp_path / "file" / "a.yaml") == caught.value.where
