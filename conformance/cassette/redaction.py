"""An exchange into one that may be shown: without keys, cookies and query values.

Headers are kept by a list of names that are known to be harmless; the value of any other becomes
`REDACTED`, of credentials all but the scheme. A key is looked for in every form in which it could have been sent on: as it is,
percent-encoded, escaped as in JSON, and in base64 at each of the three places where it can stand in
a longer text.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.wire import Exchange, Headers, Request, Response

__all__ = [
    "REDACTED",
    "credentials_in",
    "mask_credentials",
    "redact",
    "redact_text",
    "without_keys",
]

REDACTED = "REDACTED"

_KEPT = frozenset(
    {
        "accept",
        "accept-encoding",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "retry-after",
        "transfer-encoding",
        "user-agent",
        "x-api-warning",
        "x-client-name",
        "x-debug-trace-id",
        "x-endpoint-monthly-call-limit",
    }
)
_KEPT_PREFIXES = ("num-", "num_", "x-fern-", "x-trial-")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key"})
_MASKED = _CREDENTIALS | {"cookie"}
_SCHEMES = frozenset({"basic", "bearer", "digest", "token"})
_AROUND = "\"'<>{}[]()$,;"
_CONTROLS = "".join(map(chr, (*range(0x20), 0x7F)))
_SCHEME = re.compile(r"(?:bearer|basic|token)\s+", re.IGNORECASE)
# Shorter texts are words, not keys: to remove them would spoil bodies and protect nothing.
_SHORTEST = 4


def redact(exchange: Exchange, secrets: Iterable[str] = ()) -> Exchange:
    """The exchange without what must not be shown.

    `secrets` are keys to remove wherever they stand; what the request sends as credentials is
    added to them. In the response's body a key is replaced by as many bytes, so that chunk
    edges and offsets still hold. Texts of fewer than four characters are not taken for keys.
    """
    request, response = exchange.request, exchange.response
    known = _forms([*secrets, *(credentials_in(request) if request is not None else ())])
    if request is not None:
        request = _request(request, known)
    if response is not None:
        response = _response(response, known)
    return replace(exchange, request=request, response=response)


def without_keys(exchange: Exchange, secrets: Iterable[str]) -> Exchange:
    """The exchange without these keys, in all their forms, and otherwise as it was.

    As against `redact` it leaves headers and query alone, so that the rules see what was sent.
    """
    known = _forms(secrets)
    request, response = exchange.request, exchange.response
    if request is not None:
        request = replace(
            request,
            url=_text(request.url, known),
            headers=_pairs(request.headers, known),
            body=_body(request.body, known, same_length=False),
        )
    if response is not None:
        response = replace(
            response,
            headers=_pairs(response.headers, known),
            body=_body(response.body, known, same_length=True),
        )
    return replace(exchange, request=request, response=response)


def mask_credentials(headers: Headers) -> Headers:
    """The headers without what gives access.

    A scheme, the number of words, and quotes or brackets around a word stay, so that the form of the
    header can still be judged.
    """
    return tuple(
        (name, _mask(value) if name.lower() in _MASKED else value) for name, value in headers
    )


def _mask(value: str) -> str:
    first, *rest = [word for word in re.split("[ \t]+", value) if word] or [""]
    scheme = first.lower() in _SCHEMES
    return " ".join([first if scheme else _covered(first), *map(_covered, rest)]) if first else ""


def _covered(word: str) -> str:
    """A word without what it says; what no key begins or ends with is left as it stands around it."""
    inner = word.strip(_AROUND + _CONTROLS)
    return word.replace(inner, REDACTED, 1) if inner else REDACTED


def _pairs(headers: Headers, forms: list[str]) -> Headers:
    return tuple((_text(name, forms), _text(value, forms)) for name, value in headers)


def redact_text(text: str, secrets: Iterable[str]) -> str:
    """Any text (a log line, an error message) without the keys in all their forms."""
    return _text(text, _forms(secrets))


def _request(request: Request, forms: list[str]) -> Request:
    return replace(
        request,
        method=_text(request.method, forms),
        url=_url(request.url, forms),
        headers=_headers(request.headers, forms),
        body=_body(request.body, forms, same_length=False),
    )


def _response(response: Response, forms: list[str]) -> Response:
    return replace(
        response,
        headers=_headers(response.headers, forms),
        body=_body(response.body, forms, same_length=True),
    )


def credentials_in(request: Request) -> list[str]:
    """What a request sends to authorize itself, without the scheme; nothing that was replaced."""
    values = [value for name, value in request.headers if name.lower() in _CREDENTIALS]
    bare = [_SCHEME.sub("", value.strip(), count=1) for value in values]
    return [value for value in bare if value != REDACTED]


def _headers(headers: Headers, forms: list[str]) -> Headers:
    return tuple(
        (_text(name, forms), _text(value, forms) if _is_kept(name) else REDACTED)
        if name.lower() not in _CREDENTIALS
        else (name, _mask(value))
        for name, value in headers
    )


def _is_kept(name: str) -> bool:
    lower = name.lower()
    return lower in _KEPT or lower.startswith(_KEPT_PREFIXES)


def _url(url: str, forms: list[str]) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        # an address that cannot be taken apart keeps what comes before its query and its user
        return _text(re.split(r"[?#]", re.sub(r"//[^/?#]*@", "//", url), maxsplit=1)[0], forms)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(
        f"{pair.partition('=')[0]}={REDACTED}" for pair in parts.query.split("&") if pair
    )
    return _text(urlunsplit((parts.scheme, host, parts.path, query, "")), forms)


def _text(text: str, forms: list[str]) -> str:
    for form in forms:
        text = text.replace(form, REDACTED)
    return text


def _body(body: bytes, forms: list[str], *, same_length: bool) -> bytes:
    for form in forms:
        wanted = form.encode(errors="surrogatepass")
        if wanted in body:
            size = len(wanted) if same_length else len(REDACTED)
            body = body.replace(wanted, REDACTED.encode().ljust(size, b"*")[:size])
    return body


def _forms(secrets: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for given in secrets:
        secret = given.strip()
        if len(secret) < _SHORTEST:
            continue
        escaped = (json.dumps(secret, ensure_ascii=flag)[1:-1] for flag in (True, False))
        percent = quote(secret, safe="", errors="surrogatepass")
        lower = re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), percent)
        found.update({secret, percent, lower, quote_plus(secret, errors="surrogatepass"), *escaped})
        found.update(_base64(secret.encode(errors="surrogatepass")))
    # the longest first, or a part would be taken out of the whole
    return sorted(found, key=lambda form: (-len(form), form))


def _base64(secret: bytes) -> set[str]:
    out: set[str] = set()
    for before in range(3):
        padded = base64.b64encode(b"\0" * before + secret).decode()
        # characters at the edges also depend on the neighbours, the ones between only on the key
        first = (before * 8 + 5) // 6
        last = (before + len(secret)) * 8 // 6
        inner = padded[first:last]
        out |= {inner, inner.replace("+", "-").replace("/", "_")}
    return out
