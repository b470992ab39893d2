"""A valid request → one whose HTTP message is wrong: its bytes, a header, the method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .message import HEADERS, compact, sent
from .mutations import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.wire import Headers

    from .message import Sent
    from .source import Source

__all__ = ["HTTP_FAULTS", "HttpFault"]


class HttpFault(NamedTuple):
    """A kind of fault of the HTTP message.

    `codes` are the rules of the two endpoints; `make` gives the broken request, a pointer and a
    sentence about it.
    """

    kind: str
    codes: dict[str, str]
    expected: tuple[int, ...]
    make: Callable[[Source, str, dict[str, Any]], tuple[Sent, str, str]]


HTTP_FAULTS: list[HttpFault] = []
_BODY = {"chat-stream": "CHAT-001", "rerank": "RERANK-001"}
_NO_ACCESS = (401,)


def _fault(
    kind: str, codes: dict[str, str] | str, expected: tuple[int, ...] = REFUSED
) -> Callable[[Any], Any]:
    """Register a function as the maker of this kind of fault."""
    each = codes if isinstance(codes, dict) else dict.fromkeys(_BODY, codes)

    def register(make: Any) -> Any:
        HTTP_FAULTS.append(HttpFault(kind, each, expected, make))
        return make

    return register


_MALFORMED: tuple[tuple[Callable[[str], str], str], ...] = (
    (lambda text: text[:-1] + ",}", "a comma before the end"),
    (lambda text: text.replace('"', "'"), "texts in single quotes"),
    (lambda text: text.replace('"model"', "model", 1), "a name without quotes"),
    (lambda text: text.replace(":", "=", 1), "no colon after a name"),
    (lambda text: text + "}", "a bracket too many"),
    (lambda text: "/* Hi */" + text, "a comment"),
    (lambda text: text + text, "two texts in one"),
    (lambda text: text.replace('"model":"', '"model":"\n', 1), "a line end inside a text"),
    (lambda text: text.replace('"model":"', '"model":"\\x', 1), "an escape that JSON has not"),
    (lambda text: text.replace("{", '{"a":True,', 1), "a constant of another language"),
    (lambda text: text.replace("{", '{"k":01,', 1), "a number with a leading zero"),
)


@_fault("malformed JSON", _BODY)
def _malformed(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    form, why = source.pick(_MALFORMED)
    return sent(endpoint, form(compact(body)).encode()), "", why


@_fault("truncated body", _BODY)
def _truncated(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    raw = compact(body).encode()
    cut = source.integer(0, len(raw) - 1)
    return sent(endpoint, raw[:cut]), "", f"{len(raw) - cut} of {len(raw)} bytes are missing"


@_fault("no JSON object", _BODY)
def _no_object(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    texts = ("", " \n", "[]", "null", '"Hi"', "5", compact([body]), compact(compact(body)))
    return sent(endpoint, source.pick(texts).encode()), "", "the body is another text, or none"


@_fault("not UTF-8", _BODY)
def _not_utf_8(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    text = compact({**body, "model": "modèle"})
    # Latin-1, a lead byte alone, a surrogate, a character cut short
    wrong = source.pick((b"\xe8", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x8c", b"\xff"))
    raw = text.encode().replace("è".encode(), wrong, 1)
    return sent(endpoint, raw), "", f"the bytes `{wrong.hex(' ')}` are no UTF-8"


@_fault("duplicate key", {"chat-stream": "CHAT-036", "rerank": "RERANK-012"}, ())
def _duplicate(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    name = source.pick(sorted(body))
    made = f"{compact(body)[:-1]},{compact(name)}:{compact(body[name])}" + "}"
    # What a server does with it is its own affair (RFC 8259 4).
    return sent(endpoint, made.encode()), f"/{name}", f"`{name}` stands twice"


@_fault("not a number", {"chat-stream": "CHAT-037", "rerank": "RERANK-013"})
def _not_a_number(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    name = "temperature" if endpoint == "chat-stream" else "priority"
    word = source.pick(("NaN", "Infinity", "-Infinity"))
    kept = {key: value for key, value in body.items() if key != name}
    made = f'{compact(kept)[:-1]},"{name}":{word}' + "}"
    return sent(endpoint, made.encode()), f"/{name}", f"JSON has no `{word}`"


@_fault("lone surrogate", {"chat-stream": "CHAT-038", "rerank": "RERANK-014"}, ())
def _surrogate(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    half = source.pick(("\\ud83c", "\\udf0a", "\\udf0a\\ud83c"))
    made = compact(body).replace('"model":"', f'"model":"{half}', 1)
    return sent(endpoint, made.encode()), "/model", f"`{half}` is no character"


def _with(name: str, value: str | None) -> Headers:
    kept = tuple((key, old) for key, old in HEADERS if key != name)
    return kept if value is None else (*kept, (name, value))


_TYPES = (
    "text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json",
    "multipart/form-data; boundary=x", "json", "application/json5", "text/event-stream",
)  # fmt: skip
_NOT_TAKEN = (400, 415, 422)


@_fault("wrong Content-Type", "HTTP-014", _NOT_TAKEN)
def _content_type(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    value = source.pick(_TYPES)
    return sent(endpoint, body, _with("Content-Type", value)), "", f"JSON is sent as `{value}`"


@_fault("missing Content-Type", "HTTP-014", _NOT_TAKEN)
def _no_type(_: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    return sent(endpoint, body, _with("Content-Type", None)), "", "the content type is not told"


@_fault("missing Authorization", "HTTP-012", _NO_ACCESS)
def _no_key(_: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    return sent(endpoint, body, _with("Authorization", None)), "", "no key is sent"


@_fault("empty Authorization", "HTTP-013", _NO_ACCESS)
def _empty_key(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    value = source.pick(("", "Bearer", "Bearer "))
    return sent(endpoint, body, _with("Authorization", value)), "", "the key is empty"


_KEYS = ("test-key", "Basic dXNlcjprZXk=", "Bearer a b", "Bearer {key}", "Token test-key")


@_fault("malformed Authorization", "HTTP-013", _NO_ACCESS)
def _bad_key(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    value = source.pick(_KEYS)
    why = f"`{value}` is not `Bearer` and a token"
    return sent(endpoint, body, _with("Authorization", value)), "", why


@_fault("wrong method", "HTTP-015", (404, 405))
def _method(source: Source, endpoint: str, body: dict[str, Any]) -> tuple[Sent, str, str]:
    method = source.pick(("GET", "PUT", "PATCH", "DELETE"))
    # A body of GET or DELETE has no meaning (RFC 9110 9.3), so none is sent.
    content: object = b"" if method in ("GET", "DELETE") else body
    return sent(endpoint, content, method=method), "", f"`{method}` instead of `POST`"
