"""`generate`: what it writes where, and what it refuses."""

from __future__ import annotations

import json

import pytest

from conformance.cli import main
from conformance.version import __version__


def run(capfdbinary, *arguments):
    """(exit code, standard output, standard error) of a command."""
    with pytest.raises(SystemExit) as ended:
        main(["generate", *arguments])
    told = capfdbinary.readouterr()
    return ended.value.code, told.out, told.err.decode()


def test_json_lines(capfdbinary):
    """The first line says what the corpus is, each other is an example with its label."""
    code, out, _ = run(capfdbinary, "chat-requests", "--count", "3", "--seed", "9", "--broken")
    head, *records = [json.loads(line) for line in out.decode().splitlines()]

    assert 0 == code
    assert out.isascii()
    assert head == {
        "corpus": "chat-requests", "format": 1, "version": __version__, "count": 3, "seed": 9,
        "broken": True, "code": None,
    }  # fmt: skip
    assert ["chat-requests/9/1", "chat-requests/9/2", "chat-requests/9/3"] == [
        record["id"] for record in records
    ]
    assert all(record["fault"]["kind"] for record in records)


def test_the_same_bytes_again(capfdbinary, tmp_path):
    """Two runs with one seed write the same bytes, to a file as to standard output."""
    file = tmp_path / "corpus.jsonl"
    _, out, _ = run(capfdbinary, "streams", "--count", "4", "--seed", "2")
    run(capfdbinary, "streams", "--count", "4", "--seed", "2", "--output", str(file))

    assert out == file.read_bytes()


def test_bodies_in_a_folder(capfdbinary, tmp_path):
    """With sse each body is a file of its own, and the labels stand beside them."""
    folder = tmp_path / "bodies"
    code, out, _ = run(
        capfdbinary,
        "framings",
        "--count",
        "3",
        "--code",
        "sse-009",
        "--format",
        "sse",
        "-o",
        str(folder),
    )
    _, *labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]

    assert (0, b"") == (code, out)
    assert ["000001.sse", "000002.sse", "000003.sse"] == [label["file"] for label in labels]
    assert {"SSE-009"} == {label["fault"]["code"] for label in labels}
    bodies = [(folder / label["file"]).read_bytes() for label in labels]
    assert all(not body.endswith(b"\n\n") for body in bodies)
    assert [len(body) for body in bodies] == [sum(label["chunks"]) for label in labels]


def test_one_body_to_standard_output(capfdbinary):
    """A single body goes to standard output as it travels."""
    code, out, _ = run(capfdbinary, "streams", "--count", "1", "--format", "sse")

    assert 0 == code
    assert out.startswith(b"event: ")


def test_a_given_request(capfdbinary, tmp_path):
    """A request in a file is answered."""
    file = tmp_path / "request.json"
    file.write_text('{"model": "m", "query": "q", "documents": ["a", "b"]}')
    code, out, _ = run(capfdbinary, "rerank-responses", "--count", "1", "--request", str(file))

    assert 0 == code
    assert ["a", "b"] == json.loads(out.decode().splitlines()[1])["request"]["documents"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["streams", "--code", "STREAM-999"], "no rule `STREAM-999`"),
        (["streams", "--code", "CHAT-001"], "no fault of streams has the code `CHAT-001`"),
        (["streams", "--format", "sse"], "several bodies"),
        (["chat-requests", "--format", "sse"], "no event streams"),
        (["chat-requests", "--request", "x.json"], "answer no request"),
        (["streams", "--request", "absent.json"], "cannot be read"),
        (["streams", "--output", "absent/corpus.jsonl"], "cannot be written"),
        (["streams", "--count", "0"], "0"),
        (["poems"], "poems"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(capfdbinary, tmp_path, monkeypatch, arguments, says):
    """Wrong input gives exit code 2, one message that says what is wrong, and no output."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capfdbinary, *arguments)

    assert (2, b"") == (code, out)
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_request_that_is_none(capfdbinary, tmp_path, text):
    """A file without a JSON object is refused, with its name."""
    file = tmp_path / "request.json"
    file.write_bytes(text.encode("latin-1"))
    code, _, err = run(capfdbinary, "streams", "--request", str(file))

    assert 2 == code
    assert "request.json" in err
