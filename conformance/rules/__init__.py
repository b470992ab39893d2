"""All rules: importing this package registers them. One module is one subject."""

from __future__ import annotations

from conformance.rules import (  # noqa: F401
    answer,
    blocks,
    call_order,
    chat_combinations,
    chat_documents,
    chat_history,
    chat_request,
    chat_tool_calls,
    chat_tools,
    citation_sources,
    citation_spans,
    citations,
    events,
    finish,
    http,
    http_outcome,
    http_request,
    http_transport,
    images,
    json_mode,
    order,
    rerank_request,
    rerank_response,
    sse,
    structured_schema,
    tool_arguments,
    tools,
    usage,
)
