"""A keyword that holds schemas as conditions -> one text, equal when the conditions are written alike.

The API has had none of them. One that comes, goes or changes is told as a bound that moved, without
a look at what it means: nothing in a description is passed over in silence.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.specs.address import resolve

if TYPE_CHECKING:
    from conformance.diff.document import Document

__all__ = ["CONDITIONS", "condition"]

CONDITIONS = frozenset(
    {
        "not", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems",
        "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas",
        "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
# What a schema says beside what an instance must be.
_SAID = frozenset(
    {"title", "description", "default", "example", "examples", "deprecated", "$comment"}
)
_SETS = frozenset({"required", "enum", "type"})
# Deeper than a condition that people can read, and an end to those that contain themselves.
_DEPTH = 6


def condition(document: Document, value: Any) -> str:
    """The text of a condition: references are followed, and prose is left out."""
    return json.dumps(_plain(document, value, _DEPTH), sort_keys=True, ensure_ascii=False)


def _plain(document: Document, value: Any, depth: int) -> Any:
    if depth == 0:
        return "…"
    if isinstance(value, list):
        return [_plain(document, one, depth - 1) for one in value]
    if not isinstance(value, dict):
        return value
    made = {}
    ref = value.get("$ref")
    if isinstance(ref, str):
        target = resolve(document.data, ref)
        followed = ref if target is None else _plain(document, target, depth - 1)
        made = dict(followed) if isinstance(followed, dict) else {"$ref": followed}
    for key, one in value.items():
        if key in _SAID or key == "$ref" or str(key).startswith("x-"):
            continue
        plain = _plain(document, one, depth - 1)
        made[str(key)] = (
            sorted(plain, key=str) if key in _SETS and isinstance(plain, list) else plain
        )
    return made
