"""Which headers stand over an answer, in the live API's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.mock.chance import Chance
    from conformance.mock.profiles import Profile
    from conformance.wire import Headers

__all__ = ["EVENT_STREAM", "JSON", "headers_of"]

EVENT_STREAM = "text/event-stream"
JSON = "application/json"

_LIVE: Headers = (
    ("access-control-expose-headers", "X-Debug-Trace-ID"),
    ("cache-control", "no-cache, no-store, no-transform, must-revalidate, private, max-age=0"),
    ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("pragma", "no-cache"),
    ("server", "envoy"),
    ("vary", "Origin"),
    ("via", "1.1 google"),
    ("x-accel-expires", "0"),
)


def headers_of(media_type: str, chance: Chance, profile: Profile, *, length: int | None) -> Headers:
    """The headers of an answer; `length` is the body's in bytes, None for a stream."""
    made: Headers = (("content-type", media_type),)
    if length is not None:
        made += (("content-length", str(length)),)
    if not profile.live_headers:
        return made
    made += (*_LIVE, ("x-debug-trace-id", chance.hex("trace", 32)))
    if profile.rich:
        made += (
            ("x-endpoint-monthly-call-limit", "1000"),
            ("x-trial-endpoint-call-limit", "20"),
            ("x-trial-endpoint-call-remaining", "19"),
            ("x-api-warning", "this answer was made by a mock"),
        )
    return made
