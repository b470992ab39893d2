"""Whatever a file holds, reading it gives exchanges or one error that names the file."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.cassette import SUFFIXES, documents, dumps, read
from conformance.errors import CassetteError
from conformance.wire import Chunk, Exchange, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

OWN = dumps(
    [
        Exchange(
            Request("POST", "https://h/v2/chat", (("accept", "*/*"), ("b", "c"), ("accept", "d"))),
            Response(200, (("content-encoding", "gzip"),), b"\xff\0", (Chunk(0, 2, 0.5),)),
            endpoint="chat-stream",
            expect=(200,),
        )
    ],
    "recorded",
)
MESSAGE = {"method": "POST", "headers": {"a": ["b"]}, "body": {"string": "x"}}
FORMS: list[tuple[str, Any]] = [
    ("a.yaml", yaml.safe_load(OWN)),
    (
        "a.json",
        {
            "interactions": [
                {
                    "request": {**MESSAGE, "uri": "https://h/v2/chat"},
                    "response": {
                        **MESSAGE,
                        "status": {"code": 200},
                        "headers": {"content-encoding": ["gzip"]},
                    },
                    "recorded_at": "now",
                }
            ]
        },
    ),
    (
        "a.json",
        {
            "http_interactions": [
                {
                    "request": {**MESSAGE, "uri": "https://h/v2/chat"},
                    "response": {
                        "status": {"code": 200},
                        "headers": {"content-encoding": ["gzip"]},
                        "body": {"encoding": "ISO-8859-1", "string": "é"},
                    },
                    "recorded_at": "now",
                }
            ]
        },
    ),
    (
        "a.json",
        {
            "entries": [
                {
                    "recordedAt": "now",
                    "request": {"method": "POST", "url": "/", "body": {"kind": "json", "value": 1}},
                    "response": {"status": 200, "body": {"kind": "sse", "chunks": ["data: a"]}},
                }
            ]
        },
    ),
    (
        "a.har",
        {
            "log": {
                "entries": [
                    {
                        "startedDateTime": "now",
                        "request": {
                            "method": "POST",
                            "url": "/",
                            "headers": [{"name": "a", "value": "b"}],
                            "postData": {"text": "x"},
                        },
                        "response": {
                            "status": 200,
                            "headers": [],
                            "content": {"size": 1, "text": "eA==", "encoding": "base64"},
                        },
                    }
                ]
            }
        },
    ),
    (
        "a.yaml",
        {
            "when": {
                "path": "/v2/chat",
                "method": "POST",
                "host": "h",
                "port": 1,
                "query_param": [{"name": "a", "value": "b"}],
                "header": [{"name": "a", "value": "b"}],
                "body": "x",
            },
            "then": {"status": 200, "header": [], "json_body": {"a": [1]}},
        },
    ),
    (
        "a.jsonl",
        {
            "endpoint": "rerank",
            "expect": [400],
            "observed": True,
            "request": {"method": "POST", "url": "/", "headers": [["a", "b"]], "body": "x"},
            "response": {
                "status": 200,
                "headers": {"a": "b"},
                "body_base64": "eA==",
                "chunks": [[0, 1, 0.5]],
                "complete": True,
            },
        },
    ),
    (
        "a.json",
        {
            "interactions": [
                {
                    "request": {
                        "method": "POST",
                        "url": "https://h/v2/chat",
                        "body_type": "json",
                        "body_json": {"a": 1},
                    },
                    "response": {"status_code": 200, "headers": {}, "content": "x"},
                }
            ]
        },
    ),
    (
        "a.json",
        [
            {
                "request": {
                    "method": ":post",
                    "protocol": "https",
                    "host": "h",
                    "port": 1,
                    "path": "/v2/chat",
                    "body": {"state": ["x", 0]},
                },
                "response": {"status": "200 OK", "code": 200, "body": ["x"]},
            }
        ],
    ),
    (
        "a.har",
        {
            "log": {
                "entries": [
                    {
                        "request": {"method": "POST", "url": "/v2/rerank", "bodySize": -1},
                        "response": {
                            "status": 200,
                            "bodySize": 9,
                            "headers": [{"name": "content-length", "value": "9"}],
                            "content": {"size": 9, "text": '["eA=="]', "encoding": "base64"},
                        },
                    }
                ]
            }
        },
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files of all examples."""
    return tmp_path_factory.mktemp("broken")


def ways(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside a value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [way, *(found for key, one in inner for found in ways(one, (*way, key)))]


def with_value(whole: Any, way: tuple[Any, ...], new: Any) -> Any:
    """A copy with one value exchanged."""
    if not way:
        return new
    out = copy.deepcopy(whole)
    holder = out
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = new
    return out


def read_or_refuse(path: Path, data: bytes) -> None:
    """Reading gives exchanges or the one error, with what, where and a hint; anything else escapes."""
    path.write_bytes(data)
    error: CassetteError | None = None
    try:
        found = read(path)
    except CassetteError as caught:
        error, found = caught, []
    assert all(isinstance(one, Exchange) for one in found)
    if error is not None:
        assert error.what
        assert str(error.where).startswith(str(path))
        assert error.hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
suffixes = st.sampled_from(["", *sorted(SUFFIXES)])
hints = ["interactions:\n- ", "{", "[", "&a ", "*a", "!!binary ", "? ", "<<: ", "---\n", "|", "'"]
scraps = st.lists(st.sampled_from(hints) | st.text(max_size=6), max_size=12).map("".join)


@given(suffixes, st.binary(max_size=200) | scraps.map(lambda text: text.encode(errors="replace")))
def test_arbitrary_files(folder: Path, suffix: str, data: bytes) -> None:
    """No file, whatever its bytes and its suffix, raises anything but the one error."""
    read_or_refuse(folder / f"any{suffix}", data)


@given(st.sampled_from(FORMS), st.data())
def test_wrong_values(folder: Path, form: tuple[str, Any], data: st.DataObject) -> None:
    """A value of the wrong type at any place of any form is the one error, or does not matter."""
    name, whole = form
    way = data.draw(st.sampled_from(ways(whole)))
    new = data.draw(json_values)
    changed = with_value(whole, way, new)
    text = yaml.safe_dump(changed) if name.endswith(".yaml") else json.dumps(changed)

    read_or_refuse(folder / name, text.encode())


@given(st.sampled_from(["b.yaml", "b.txt", "b.json"]), st.data())
def test_damaged_recording(folder: Path, name: str, data: st.DataObject) -> None:
    """A recording with some bytes exchanged or cut off is read, or is the one error."""
    raw = OWN.encode() if not name.endswith("json") else json.dumps(FORMS[1][1]).encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 30)))
    put = data.draw(st.binary(max_size=4) | st.sampled_from([hint.encode() for hint in hints]))
    tail = raw[end:] if data.draw(st.booleans()) else b""

    read_or_refuse(folder / name, raw[:start] + put + tail)


def test_every_form_is_sound(folder: Path) -> None:
    """The forms that the other tests break are read when nothing is broken."""
    for name, whole in FORMS:
        path = folder / f"sound-{name}"
        path.write_text(yaml.safe_dump(whole) if name.endswith(".yaml") else json.dumps(whole))

        assert 1 == len(read(path))


@pytest.mark.parametrize(
    ("name", "data", "what", "line"),
    [
        ("a.yaml", b"", "is empty", None),
        ("a.sse", b" \n", "is empty", None),
        ("a.yaml", b"interactions: []\n\n  x: [", "is not YAML", 3),
        ("a.yaml", b"a: 1\n\xff", "is not a text file: byte 5 is not UTF-8", 2),
        ("a.txt", b"\xff\xfe\x00", "is not a text file: byte 2 is not UTF-16", 1),
        ("a.yaml", b"interactions: []\n---\nother: 1\n", "holds no recording in a known form", 3),
        ("a.yaml", b"- sha256: x\n", "is a manifest, not a recording", 1),
        ("a.json", b'{"interactions": [],\n x', "is not JSON", 2),
        ("a.json", b'{"interactions": []} x', "is not JSON: extra data at column 22", 1),
        ("a.txt", b'{"interactions": ', "is not JSON", 1),
        ("a.yaml", b"interactions:\n- request: {method: !!binary '!'}\n", "not base64", 2),
        ("a.json", b"[]", "holds no recording in a known form", None),
        ("a.json", b"7", "holds no recording in a known form", None),
        ("a.yaml", b"interactions:\n- *x\n", "is not YAML|has no anchor", 2),
        ("a.yaml", b"interactions:\n- !!binary '!'\n", "a binary value is not base64", 2),
        ("a.yaml", b"interactions:\n? [a]\n: b\n", "a key is not plain text", None),
        ("a.yaml", b"interactions: 7\n", "`interactions` is a number, not a list", 1),
        ("a.yaml", b"interactions:\n- request: {}\n", r"`interactions\[0\].request` has no", 2),
    ],
)
def test_message(tmp_path: Path, name: str, data: bytes, what: str, line: int | None) -> None:
    """The error says what is wrong and in which line."""
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(CassetteError, match=what) as caught:
        read(path)

    if line is not None:
        assert f"{path}:{line}" == caught.value.where


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there, and a folder, are errors that say so."""
    with pytest.raises(CassetteError, match="cannot be read: no such file or directory"):
        read(tmp_path / "none.yaml")
    with pytest.raises(CassetteError, match="cannot be read: is a directory"):
        read(tmp_path)
    with pytest.raises(CassetteError, match="cannot be read"):
        read("a\0.yaml")


def test_file_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is refused before it is parsed."""
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    path = tmp_path / "a.yaml"
    path.write_bytes(b"x" * 11)

    with pytest.raises(CassetteError, match="is larger than"):
        read(path)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused(tmp_path: Path, opening: str) -> None:
    """Nesting that would exhaust the stack is refused, and at once."""
    path = tmp_path / "a.yaml"
    path.write_text(opening * 50_000)
    start = time.process_time()

    with pytest.raises(CassetteError, match=r"is nested too deeply|a key is not plain text"):
        read(path)

    assert time.process_time() - start < 5


def test_alias_bomb_costs_nothing(tmp_path: Path) -> None:
    """Aliases that unfold to billions of values are read at once, and refused where they would unfold."""
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    bomb = "a0: &a0 [x, x]\n" + "\n".join(rows)
    path = tmp_path / "a.yaml"
    start = time.process_time()

    path.write_text(f"{bomb}\ninteractions: []\n")
    assert [] == read(path)
    path.write_text(f"{bomb}\nrequest: {{method: *a29, url: /}}\n")
    with pytest.raises(CassetteError, match=r"`request\.method` is a list, not text"):
        read(path)

    assert time.process_time() - start < 5


def test_unfolding_body_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parsed body that unfolds beyond the limit, or contains itself, is refused."""
    from conformance.cassette import node

    monkeypatch.setattr(node, "MAX_BYTES", 10_000)
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    path = tmp_path / "a.yaml"

    for head, what in [
        ("a0: &a0 [x, x]\n" + "\n".join(rows), "unfolds into too large a body"),
        ("a29: &a29 [*a29]", "cannot be written as JSON"),
    ]:
        path.write_text(f"{head}\nrequest: {{method: POST, url: /, body: *a29}}\n")
        with pytest.raises(CassetteError, match=what):
            read(path)


def test_shared_anchor_is_read(tmp_path: Path) -> None:
    """Recorders share equal parts by aliases; each interaction gets its copy."""
    path = tmp_path / "a.yaml"
    path.write_text(
        """\
interactions:
- request: {method: POST, uri: /a, headers: &h {x: [y]}, body: null}
  response: &r {status: {code: 200}, headers: *h, body: {string: z}}
- request: {method: POST, uri: /b, headers: *h, body: null}
  response: *r
"""
    )

    found = read(path)

    assert ["/a", "/b"] == [one.request.url for one in found if one.request is not None]
    assert [(("x", "y"),)] * 2 == [
        one.response.headers for one in found if one.response is not None
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("off", b'"off"'),
        ("no", b'"no"'),
        ("12:30", b'"12:30"'),
        ("2026-03-05", b'"2026-03-05"'),
        ("0x1f", b'"0x1f"'),
        ("010", b'"010"'),
        ("true", b"true"),
        ("~", b"null"),
        ("-7", b"-7"),
        ("1.50", b"1.5"),
        ("1e-05", b"1e-05"),
        ("'7'", b'"7"'),
        ("!!int 7", b"7"),
        ("!!str 7", b'"7"'),
        ("!!python/unicode 'a'", b'"a"'),
        ("{null: 1, 200: 2, true: 3}", b'{"null":1,"200":2,"true":3}'),
    ],
)
def test_yaml_words(tmp_path: Path, written: str, expected: bytes) -> None:
    """Plain words mean what they mean in JSON, and nothing else: `off` is no boolean."""
    path = tmp_path / "a.yaml"
    path.write_text(f"request: {{method: POST, url: /, body: [{written}]}}\n")

    (exchange,) = read(path)

    assert exchange.request is not None
    assert b"[" + expected + b"]" == exchange.request.body
