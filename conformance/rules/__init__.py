"""All rules: importing this package registers them. One module is one subject."""

from conformance.rules import (  # noqa: F401
    blocks,
    call_order,
    events,
    order,
    sse,
)
