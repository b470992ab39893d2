from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

import conformance
from conformance.check import check
from conformance.errors import UsageError
from conformance.plugin.assertion import raised_for
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from
from conformance.verdict import Level
from conformance.wire import Exchange, Request

GOOD = 'message-start\nmessage-end ERROR + {"delta": {"error": "x"}}'


def test_a_conformant_exchange_passes():
    """Nothing is raised where no rule is broken."""
    conformance.assert_conformant(exchange_from(GOOD))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_each_rule_raises_an_exception_of_its_own(rule):
    """The exception is named for the rule, and its text begins with the headline alone."""
    exchange = exchange_from(rule.breaks)
    found = [v for v in check(exchange).violations if v.code == rule.code]
    error = raised_for(found)
    first, second, *_ = str(error).splitlines()

    assert rule.code.replace("-", "_") == type(error).__name__
    assert isinstance(error, AssertionError)
    assert found[0].headline == first
    assert second.lstrip().startswith("--> ")
    assert f"explain {rule.code}" in str(error)


def test_the_worst_is_told_in_full_and_the_rest_in_a_line_each():
    """Of several breaches the first error is told; a dozen more have a line, the rest a number."""
    [violation] = [v for v in check(exchange_from(
        'message-start\ncontent-delta 0 "a"\ncontent-end 0\nmessage-end COMPLETE'
    )).violations if v.code == "STREAM-014"]  # fmt: skip
    mild = replace(violation, level=Level.WARNING, code="STREAM-024", name="mild")
    error = raised_for([mild, *[violation] * 15])
    text = str(error)

    assert "STREAM_014" == type(error).__name__
    assert "\nand 15 more:\n" in text
    assert 13 == text.count("STREAM-014 orphan-delta: ")
    assert text.endswith("  and 3 others")


@pytest.mark.parametrize(
    ("choices", "raised"),
    [
        ({}, "CHAT_007"),
        ({"party": "client"}, "CHAT_007"),
        ({"party": "server"}, None),
        ({"select": ["STREAM"]}, None),
        ({"ignore": ["out-of-range"]}, None),
        ({"ignore": ["CHAT-007"], "strict": True}, "HTTP_009"),
    ],
)
def test_what_counts_can_be_chosen(choices, raised):
    """Party, rules and strictness decide what raises."""
    exchange = exchange_from(f'> {{"temperature": 7}}\n{GOOD}')

    if raised is None:
        conformance.assert_conformant(exchange, **choices)
        return
    with pytest.raises(conformance.ConformanceViolation) as error:
        conformance.assert_conformant(exchange, **choices)
    assert raised == type(error.value).__name__


def test_undocumented_members_count_when_closed():
    """With `closed` a member that the description does not name raises."""
    exchange = exchange_from('message-start + {"colour": "red"}\nmessage-end ERROR')
    conformance.assert_conformant(exchange)

    with pytest.raises(conformance.ConformanceViolation, match="EVENT-012"):
        conformance.assert_conformant(exchange, closed=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "`int` is no exchange"),
        (Exchange(Request("GET", "https://api.cohere.com/v1/models"), None), "judged: v1 API"),
    ],
)
def test_what_cannot_be_judged_is_no_success(given, said):
    """Something else than an exchange, or one out of scope, raises and never passes."""
    with pytest.raises(UsageError, match=said):
        conformance.assert_conformant(given)


def test_a_misspelt_rule_is_a_usage_error():
    """`select` and `ignore` name the nearest rule."""
    with pytest.raises(UsageError, match="did you mean `STREAM-014`"):
        conformance.assert_conformant(exchange_from(GOOD), ignore=["STREM-014"])


def sent(handler, **more):
    """The response of a client of httpx to a request for a stream."""
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        headers = {"Authorization": "Bearer co-secret-key"}
        return client.post("https://api.cohere.com/v2/chat", json={**body, **more}, headers=headers)


def test_a_response_of_httpx_is_an_exchange():
    """Request, status, headers and body are those of the response; its key is masked."""
    stream = exchange_from(GOOD).response
    response = sent(lambda _: httpx.Response(
        200, headers=[*stream.headers, ("x-a", "1"), ("x-a", "2")], content=stream.body
    ))  # fmt: skip
    exchange = conformance.exchange_of(response)

    assert stream.body == exchange.response.body
    assert ("POST", "/v2/chat") == (exchange.request.method, exchange.request.path)
    assert "Bearer REDACTED" == exchange.request.header("authorization")
    assert "1, 2" == exchange.response.header("x-a")
    conformance.assert_conformant(response)


def test_a_faulty_request_in_a_response_of_httpx_is_found():
    """The client is judged too, where the response has its request."""
    stream = exchange_from(GOOD).response
    response = sent(
        lambda _: httpx.Response(200, headers=dict(stream.headers), content=stream.body),
        temperature=7,
    )

    with pytest.raises(conformance.ConformanceViolation, match="CHAT-007"):
        conformance.assert_conformant(response)


class Prepared:
    """A request as the library requests keeps it."""

    method = "POST"
    url = "https://api.cohere.com/v2/rerank"
    headers = {"Content-Type": "application/json"}  # noqa: RUF012
    body = '{"model":"rerank-v3.5","query":"é","documents":["a"]}'


class Answered:
    """A response as the library requests has it."""

    status_code = 200
    headers = {"Content-Type": "application/json"}  # noqa: RUF012
    content = b'{"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","results":[]}'
    request = Prepared()


def test_a_response_of_requests_is_an_exchange():
    """The same names do for requests, whose bodies may be text."""
    exchange = conformance.exchange_of(Answered())

    assert Prepared.body.encode() == exchange.request.body
    with pytest.raises(conformance.ConformanceViolation, match="RERANK-108"):
        conformance.assert_conformant(Answered())


def test_a_stream_that_is_gone_is_a_usage_error():
    """A response whose body was not kept cannot be judged, and says so."""
    response = httpx.Response(200, stream=httpx.ByteStream(b"x"))
    list(response.iter_raw())
    response._content = None
    del response._content

    with pytest.raises(UsageError, match="body of the response cannot be read"):
        conformance.assert_conformant(response)


def test_a_response_without_its_request_is_out_of_scope():
    """Nothing says what such a response answers."""
    answered = Answered()
    answered.request = None

    with pytest.raises(UsageError, match="no request"):
        conformance.assert_conformant(answered)
