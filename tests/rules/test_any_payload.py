"""Rules about the whole message take any JSON in any place."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from conformance.check import check
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from

FAMILIES = ("TOOL", "CITE", "CHAT")
EXCHANGES = [
    exchange_from(transcript)
    for rule in all_rules()
    if rule.family in FAMILIES and rule.party.value == "server"
    for transcript in (rule.conforms, rule.breaks)
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["0", "doc:0", "PLAN", "tool", "document", "TOOL_CALL", "ERROR", "\ud83d"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value, path=()):
    """The path of every value inside a JSON value."""
    yield path
    pairs = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def replaced(value, path, new):
    """A JSON value with another one at a path."""
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = replaced(value[path[0]], path[1:], new)
    return made


@st.composite
def altered(draw):
    """An exchange of a rule's transcript with other JSON in one place of request or stream."""
    exchange = draw(st.sampled_from(EXCHANGES))
    if draw(st.booleans()):
        body = json.loads(exchange.request.body)
        path = draw(st.sampled_from(list(places(body))))
        sent = json.dumps(replaced(body, path, draw(VALUES))).encode()
        return replace(exchange, request=replace(exchange.request, body=sent))
    lines = exchange.response.body.decode("utf-8", "surrogatepass").split("\n")
    number = draw(
        st.sampled_from([n for n, each in enumerate(lines) if each.startswith("data: {")])
    )
    data = json.loads(lines[number][6:])
    path = draw(st.sampled_from(list(places(data))))
    lines[number] = "data: " + json.dumps(replaced(data, path, draw(VALUES)))
    body = "\n".join(lines).encode("utf-8", "surrogatepass")
    return replace(exchange, response=replace(exchange.response, body=body))


@given(altered())
def test_any_json_is_judged(exchange):
    """Whatever stands in a request or an event, a verdict comes out, each fault in one line."""
    for violation in check(exchange).violations:
        if violation.code.startswith(("TOOL", "CITE", "CHAT-1")):
            assert "\n" not in violation.headline
            assert not violation.headline.endswith(".")
            assert violation.headline.encode()
