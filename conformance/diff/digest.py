"""A node -> a short text that equal shapes share, whatever their definitions are called.

Types, enum members, properties and their shapes count; bounds, defaults, prose and what is required
do not, since a renamed property keeps its shape and not always those.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conformance.diff.shape import expand

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.diff.shape import Alternative, Node

__all__ = ["TELLING", "VAGUE", "digest", "digest_of"]

# The properties that tell the objects of a union apart, where nothing says which one does.
TELLING = ("type", "role")

# Deeper than any part of the API, and an end to definitions that contain themselves.
_DEPTH = 6
VAGUE = "?"


def digest(node: Node, depth: int = _DEPTH) -> str:
    """The digest of a node; VAGUE when anything may stand there, or nobody can tell."""
    key = (depth, *node.key)
    digests = node.document.digests
    known = digests.get(key)
    if known is None:
        shape = expand(node)
        if shape.unknown or not shape.alternatives:
            known = VAGUE
        else:
            # Which property tells them apart, and by which values, is a matter of the dialect.
            objects = sum(one.json == "object" for one in shape.alternatives)
            told_by = {*TELLING, shape.discriminator} if objects > 1 else set()
            inner = sorted(
                {digest_of(one, without=told_by, depth=depth) for one in shape.alternatives}
            )
            known = inner[0] if len(inner) == 1 else _short("|".join(inner))
        digests[key] = known
    return known


def digest_of(
    one: Alternative, *, without: Collection[str | None] = (), depth: int = _DEPTH
) -> str:
    """The digest of one alternative, leaving out the properties that tell it from others."""
    if one.json == "object":
        if depth == 0:
            return "object"
        members = [
            f"{name}:{digest(node, depth - 1)}"
            for name, node in sorted(one.properties.items())
            if name not in without
        ]
        return _short("{" + ",".join(members) + "}")
    if one.json == "array":
        inner = digest(one.items, depth - 1) if one.items is not None and depth else VAGUE
        return f"[{inner}]"
    if one.enum is not None:
        return f"{one.json}({','.join(sorted(map(str, one.enum)))})"
    return "number" if one.json == "integer" else one.json


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
