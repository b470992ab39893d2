"""A redacted exchange shows no key in any form, and is otherwise the same."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cassette import (
    REDACTED,
    as_lines,
    dumps,
    mask_credentials,
    redact,
    redact_text,
)
from conformance.wire import Chunk, Exchange, Request, Response

KEY = "co-Fake/Key+0123456789=é"
# A start of its own keeps a short key from turning up by chance, in a sum or in a word.
keys = st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=4).map(
    "Zq9-{}".format
)
around = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


def exchange_with(key: str, before: str = "", after: str = "") -> Exchange:
    """An exchange that leaks the key at every place."""
    held = f"{before}{key}{after}"
    packed = base64.b64encode(held.encode()).decode()
    body = json.dumps([held, packed, quote(held, safe="")]).encode() + held.encode()
    headers = (
        ("Authorization", f"Bearer {key}"),
        ("X-Api-Key", key),
        ("user-agent", f"tool/{held}"),
        ("Cookie", "session=1"),
    )
    request = Request(
        "POST", f"https://u:{quote(key, safe='')}@h/v2/chat?k={quote(key)}", headers, body
    )
    chunks = (Chunk(0, 3, 0.1), Chunk(3, len(body), 0.2))
    return Exchange(request, Response(200, (("x-debug-trace-id", held),), body, chunks))


def core(key: str, before: str) -> str:
    """The base64 characters that depend on the key alone when `before` stands in front of it."""
    whole = base64.b64encode(f"{before}{key}".encode()).decode()
    start = len(before.encode())
    return whole[start * 8 // 6 + 1 : (start + len(key.encode())) * 8 // 6]


@given(keys.filter(lambda key: key == key.strip()), around, around)
def test_key_is_gone(key: str, before: str, after: str) -> None:
    """Neither the key nor an encoding of it is left in any form in which the exchange is shown."""
    shown = redact(exchange_with(key, before, after), [key])

    assert shown.request is not None
    assert shown.response is not None
    texts = [dumps([shown]), as_lines([shown]), repr(shown)]
    texts += [message.body.decode(errors="replace") for message in (shown.request, shown.response)]
    for form in (key, json.dumps(key)[1:-1], quote(key, safe=""), core(key, before)):
        assert [] == [text for text in texts if form in text]


def test_credentials_of_the_request_are_keys() -> None:
    """What a request sends to authorize itself is removed everywhere without being named."""
    request = Request("POST", "/v2/chat", (("authorization", f"bearer  {KEY}"),))
    echo = json.dumps({"message": f"invalid key {KEY}"}, ensure_ascii=False).encode()

    shown = redact(Exchange(request, Response(401, (), echo)))

    assert shown.response is not None
    assert KEY.encode() not in shown.response.body
    assert len(echo) == len(shown.response.body)


def test_offsets_in_the_response_stay() -> None:
    """A key in a response is replaced by as many bytes, so that chunk edges still fit."""
    exchange = exchange_with(KEY)
    shown = redact(exchange, [KEY])

    assert exchange.response is not None
    assert shown.response is not None
    assert len(exchange.response.body) == len(shown.response.body)
    assert exchange.response.chunks == shown.response.chunks


def test_headers_by_allow_list() -> None:
    """Names stay; values stay only under names that are known to be harmless."""
    headers = (
        ("Content-Type", "application/json"),
        ("X-Fern-Language", "Python"),
        ("num_tokens", "3"),
        ("Set-Cookie", "a=b"),
        ("x-new-header", "who knows"),
    )
    shown = redact(Exchange(None, Response(200, headers)))

    assert shown.response is not None
    assert (
        ("Content-Type", "application/json"),
        ("X-Fern-Language", "Python"),
        ("num_tokens", "3"),
        ("Set-Cookie", REDACTED),
        ("x-new-header", REDACTED),
    ) == shown.response.headers


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/v2/chat", "https://h/v2/chat"),
        (
            "https://u:p@h:8/v2/chat?a=1&b=2&c#frag",
            "https://h:8/v2/chat?a=REDACTED&b=REDACTED&c=REDACTED",
        ),
        ("https://u@[bad/v2/chat?a=1", "https://[bad/v2/chat"),
        ("/v2/chat?", "/v2/chat"),
    ],
)
def test_address(url: str, expected: str) -> None:
    """An address loses its user, its fragment and the values of its query."""
    shown = redact(Exchange(Request("POST", url), None))

    assert shown.request is not None
    assert expected == shown.request.url


def test_nothing_to_hide() -> None:
    """An exchange without anything secret stays as it is, and redacting twice changes nothing."""
    plain = Exchange(
        Request("POST", "https://h/v2/chat", (("accept", "*/*"),), b'{"a": "REDACTED"}'),
        Response(200, (("content-type", "application/json"),), b"{}"),
    )
    once = redact(exchange_with(KEY), [KEY])

    assert plain == redact(plain, ["", "abc", KEY, "four"])
    assert once == redact(once, [KEY])


def test_redact_text() -> None:
    """A log line loses the key, as it is and in base64 within a longer value."""
    hidden = base64.b64encode(f"user:{KEY}:more".encode()).decode()

    shown = redact_text(f"sent {KEY} and {hidden}", [KEY])

    assert f"sent {REDACTED} and " == shown[:18]
    assert KEY not in base64.b64decode(shown[18:].replace(REDACTED, "") + "==").decode(
        errors="replace"
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Bearer co-key", "Bearer REDACTED"),
        ("Bearer Bearer co-key", "Bearer REDACTED REDACTED"),
        ('Bearer "co-key"', 'Bearer "REDACTED"'),
        ("Bearer $KEY", "Bearer $REDACTED"),
        ("Bearer {co-key},", "Bearer {REDACTED},"),
        ("Bearer\tco-key\x0b", "Bearer REDACTED\x0b"),
        ("co-key", "REDACTED"),
        ("Bearer ''", "Bearer REDACTED"),
        ("", ""),
    ],
)
def test_the_form_of_a_header_stays(given: str, shown: str) -> None:
    """Of credentials the scheme, the words and what stands around them are left to be judged."""
    assert (("Authorization", shown),) == mask_credentials((("Authorization", given),))
