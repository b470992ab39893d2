"""Our check and our reader of event streams, registered with schemathesis when this is imported.

For its command line: `SCHEMATHESIS_HOOKS=conformance.fuzz.hooks st run ...`; for its pytest
integration: `import conformance.fuzz.hooks`. The description must be the one that `specs export
--bare-events` writes, since the reader hands events to the schema, and not frames.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import schemathesis

from conformance.fuzz.exchange import exchange_of
from conformance.fuzz.failures import raise_for, troubled
from conformance.fuzz.verdicts import judged
from conformance.sse import decode

if TYPE_CHECKING:
    from schemathesis import (
        BaseSchema,
        Case,
        CheckContext,
        DeserializationContext,
        HookContext,
        Response,
    )

__all__ = ["cohere_contract", "cohere_events", "cohere_whole_streams"]

# More events than any stream has.
_ALL_EVENTS = 1_000_000


def cohere_contract(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Judge an answer by all rules about servers; one failure for each broken rule.

    Returns True, which means that it does not apply, when the answer was not read to its end, or is
    to another method than POST, of which the rules know nothing.
    """
    del ctx
    if case.method.upper() != "POST":
        return True
    if response.stream_cut_short or response.content_size > len(response.content or b""):
        return True
    try:
        verdict = judged(exchange_of(case, response))
    except Exception as error:
        # Anything but a failed assertion would hide what other checks found.
        raise troubled(error) from error
    if not verdict.judged:
        return True
    raise_for(verdict.violations, case.operation.label)
    return None


def cohere_events(ctx: DeserializationContext, response: Response) -> list[Any]:
    """The events of a stream, without its terminator. Raises ValueError for data that is not JSON."""
    del ctx
    frames, _ = decode(response.content or b"")
    return [json.loads(frame.data) for frame in frames if frame.data != "[DONE]"]


def cohere_whole_streams(context: HookContext, schema: BaseSchema) -> None:
    """Read streams to their end, unless the user set a limit: order cannot be judged by a beginning."""
    del context
    if schema.config.max_stream_events is None:
        schema.config.max_stream_events = _ALL_EVENTS


schemathesis.check(cohere_contract)
schemathesis.deserializer("text/event-stream")(cohere_events)
schemathesis.hook("after_load_schema")(cohere_whole_streams)
