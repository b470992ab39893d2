"""What is refused, with which status and which body; and nothing that comes in breaks the server."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import strategies

KEY = ("authorization", "Bearer key")
GOOD = {
    "model": "command-a-03-2025",
    "stream": True,
    "messages": [{"role": "user", "content": "Hello"}],
}
RANK = {"model": "rerank-v3.5", "query": "q", "documents": ["a"]}
FUZZ = settings(
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def is_refusal(asked):
    """The answer has a 4xx status and a JSON body with a message and an id."""
    said = asked.json
    return (
        400 <= asked.reply.status < 500
        and "application/json" == asked.reply.header("content-type")
        and isinstance(said["message"], str)
        and {"id", "message"} == said.keys()
    )


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"temperature": 2}, 400, "temperature"),
        ({"stream": False}, 400, "stream"),
        ({"messages": []}, 400, "messages"),
        ({"messages": "Hello"}, 400, "messages"),
        ({"model": 7}, 400, "model"),
        ({"model": "command-does-not-exist"}, 404, "command-does-not-exist"),
        ({"model": "rerank-v3.5"}, 404, "rerank-v3.5"),
        ({"colour": "red"}, 422, "'colour'"),
        ({"a/b~c": 1}, 422, "'a/b~c'"),
        ({"messages": [{"role": "user", "content": "Hi", "mood": 1}]}, 422, "'mood'"),
        (
            {"messages": [{"content": {"type": "text", "text": "Hi", "mood": 1}, "role": "user"}]},
            422,
            "'mood'",
        ),
        ({"tool_choice": "REQUIRED"}, 400, "tool_choice"),
        ({"stop_sequences": ["a"] * 6}, 400, "stop_sequences"),
        ({"documents": ["x"], "response_format": {"type": "json_object"}}, 400, "response_format"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_faulty_chat_requests(ask, change, status, says):
    """A faulty request is refused with its status, and the message names what is wrong."""
    asked = ask({**GOOD, **change})

    assert status == asked.reply.status
    assert says in asked.json["message"]
    assert is_refusal(asked)


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"top_n": 0}, 400, "top_n"),
        ({"documents": []}, 400, "documents"),
        ({"documents": [{"text": "a"}]}, 400, "documents"),
        ({"query": " "}, 400, "query"),
        ({"top_k": 1}, 422, "'top_k'"),
        ({"model": "command-r"}, 404, "command-r"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_faulty_rerank_requests(ask, change, status, says):
    """The same for rankings."""
    asked = ask({**RANK, **change}, path="/v2/rerank")

    assert status == asked.reply.status
    assert says in asked.json["message"]
    assert is_refusal(asked)


@pytest.mark.parametrize("field", ["model", "messages", "stream"])
def test_missing_fields(ask, field):
    """A required field that is missing is named."""
    asked = ask({name: value for name, value in GOOD.items() if name != field})

    assert 400 == asked.reply.status
    assert field in asked.json["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":NaN}', b"[" * 100_000, b"1" * 5000]
)
def test_bodies_that_are_no_object(ask, body):
    """What is no JSON object is refused."""
    assert is_refusal(ask(body))
    assert is_refusal(ask(body, path="/v2/rerank"))


@pytest.mark.parametrize(
    ("header", "status"),
    [(None, 401), ("", 401), ("Bearer", 401), ("Bearer ", 401), ("key", 401), ("Basic a2V5", 401),
     ("Bearer other", 401), ("Bearer key", 200), ("bearer key", 200)],
)  # fmt: skip
def test_keys(ask, header, status):
    """A key is demanded, as a bearer token; the scheme may be written in any case."""
    headers = (("authorization", header),) if header is not None else ()
    asked = ask(GOOD, headers=headers, key="key")

    assert status == asked.reply.status


def test_any_key_is_taken_unless_one_is_named(ask):
    """Without a key of its own the mock takes any."""
    assert 200 == ask(GOOD, headers=(("authorization", "Bearer whatever"),)).reply.status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(ask, method):
    """Other methods are not allowed, and the answer says which is."""
    asked = ask(GOOD, method=method)

    assert 405 == asked.reply.status
    assert "POST" == asked.reply.header("allow")
    assert is_refusal(asked)


@pytest.mark.parametrize("path", ["/", "/v1/chat", "/v2/embed", "/v2/chat/x", "/%00", "/v2"])
def test_other_paths(ask, path):
    """What is not served is not found."""
    asked = ask(GOOD, path=path)

    assert 404 == asked.reply.status
    assert is_refusal(asked)


def test_any_model(ask):
    """A mock may serve models of any name; a fine-tuned one is called by an id."""
    tuned = {**GOOD, "model": "6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f-ft"}

    assert 200 == ask({**GOOD, "model": "mine"}, any_model=True).reply.status
    assert 200 == ask(tuned).reply.status


def test_refusals_are_judged_clean(ask):
    """Of a refusal in the live form nothing is to be said."""
    for change in ({"temperature": 2}, {"colour": 1}, {"model": 7}):
        asked = ask({**GOOD, **change})
        assert set() == asked.codes()
        assert is_refusal(asked)


@FUZZ
@given(body=st.binary(max_size=200), path=st.sampled_from(["/v2/chat", "/v2/rerank"]))
def test_bytes_never_break_it(ask, body, path):
    """Any bytes are answered, with a refusal."""
    assert is_refusal(ask(body, path=path))


@FUZZ
@given(body=JSON, path=st.sampled_from(["/v2/chat", "/v2/rerank"]))
def test_json_never_breaks_it(ask, body, path):
    """Any JSON is answered below 500."""
    assert ask(body, path=path, any_model=True).reply.status < 500


@FUZZ
@given(data=st.data(), profile=st.sampled_from(["live", "rich", "minimal"]))
def test_damaged_requests_never_break_it(ask, data, profile):
    """A valid request with any value in place of one of its own is answered below 500."""
    body = dict(data.draw(strategies.chat_requests()))
    place: object = body
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner:
            break
        place = inner
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    if keys:
        place[data.draw(st.sampled_from(keys))] = data.draw(JSON)

    assert ask(body, profile=profile).reply.status < 500


@FUZZ
@given(headers=st.lists(st.tuples(st.sampled_from(["authorization", "accept", "content-type", "x-conformance-fault"]), st.text(st.characters(max_codepoint=255)))))  # fmt: skip
def test_headers_never_break_it(ask, headers):
    """Any header values are answered below 500."""
    assert ask(GOOD, headers=(*headers, KEY)).reply.status < 500
