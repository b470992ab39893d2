"""A file that is no recording we read into words: what it is, and what to do instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from conformance.cassette.node import Node

__all__ = ["Told", "told_by_bytes", "told_by_members"]


class Told(NamedTuple):
    """What a file is, in the words of an error, and the remedy."""

    what: str
    hint: str


_HAR = "export it as HAR instead"
_STUB = "a stub says what would be answered, and not what was sent; record the traffic instead"
_MAGIC = (
    (
        re.compile(rb"[0-9]{1,12}:[0-9]{1,12}:"),
        Told(
            "this is a dump of mitmproxy, which is not read",
            "export it: `mitmdump -nr DUMP --set hardump=FILE.har`",
        ),
    ),
    (re.compile(rb"\x1f\x8b"), Told("the file is compressed with gzip", "unpack it first")),
    (
        re.compile(rb"PK\x03\x04"),
        Told("this is a zip archive", "unpack it first; a session of Fiddler can be saved as HAR"),
    ),
    (
        re.compile(rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a"),
        Told("this is a capture of packets, which is not read", "record with an HTTP recorder"),
    ),
    (
        re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE),
        Told("this is an HTML or XML page, not a recording", "record the API itself"),
    ),
    (
        re.compile(rb"\* |[<>] [A-Za-z:]|(?:POST|GET) \S+ HTTP/"),
        Told(
            "this is a transcript of both sides, which is not read",
            "save the answer alone: `curl -isN ... -o FILE.txt`, or use a recorder",
        ),
    ),
)

_STUBS = Told("these are stubs of WireMock, not a recording", _STUB)
_LOG = Told(
    "this is a log of a gateway, which has no exchanges of HTTP",
    "record between the gateway and the API, or the client and the gateway",
)
# members -> what has them; of a list, those of its first item
_OF_OBJECT: tuple[tuple[frozenset[str], Told], ...] = (
    (frozenset({"mappings"}), _STUBS),
    (frozenset({"data", "meta"}), Told("this is a simulation of Hoverfly, not a recording", _STUB)),
    (frozenset({"info", "item"}), Told("this is a collection of Postman, not a recording", _HAR)),
    (frozenset({"responses"}), Told("these are stubs for the library `responses`", _STUB)),
    (
        frozenset({"openapi", "paths"}),
        Told("this is an API description, not a recording", "`specs import` reads it"),
    ),
)
_OF_ITEM: tuple[tuple[frozenset[str], Told], ...] = (
    (
        frozenset({"scope", "path", "response"}),
        Told("this is a recording of nock, which is not read", _HAR),
    ),
    (
        frozenset({"request", "response", "protocolVersion"}),
        Told("this is a session of Charles, which is not read", _HAR),
    ),
    (
        frozenset({"Request", "Response"}),
        Told("this is a recording of EasyVCR or Scotch, which is not read", _HAR),
    ),
    (
        frozenset({"type", "delta"}),
        Told(
            "these are the parsed events of a stream, whose bytes are lost",
            "write each event as JSON on a line of its own, in a file that ends in .ndjson",
        ),
    ),
)
_STUBBED = frozenset(
    {"urlPath", "urlPattern", "urlPathPattern", "bodyPatterns"}
    | {"jsonBody", "base64Body", "bodyFileName"}
)


def told_by_bytes(data: bytes) -> Told | None:
    """What a file is by its first bytes; None when they do not tell."""
    return next((told for magic, told in _MAGIC if magic.match(data)), None)


def told_by_members(root: Node) -> Told | None:
    """What a document is by its members; None when they do not tell."""
    value = root.value
    if isinstance(value, list):
        first = value[0].keys() if value and isinstance(value[0], dict) else frozenset()
        return next((told for keys, told in _OF_ITEM if keys <= first), None)
    if not isinstance(value, dict):
        return None
    parts = [value[name] for name in ("request", "response") if name in value]
    if any(isinstance(part, dict) and _STUBBED & part.keys() for part in parts):
        return _STUBS
    if "call_type" in value:
        return _LOG
    # an exchange may have any other members beside
    return next((told for keys, told in _OF_OBJECT if not parts and keys <= value.keys()), None)
