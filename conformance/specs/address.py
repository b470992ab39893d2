"""JSON Pointers (RFC 6901) <-> places in a document."""

from __future__ import annotations

from typing import Any

__all__ = ["pointer", "resolve"]


def pointer(*tokens: str | int) -> str:
    """The JSON Pointer (RFC 6901) made of these tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def resolve(document: dict[str, Any], ref: str) -> Any:
    """What a local `$ref` points to, or None when nothing is there."""
    if not ref.startswith("#/"):
        return None
    node: Any = document
    for token in ref[2:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node
