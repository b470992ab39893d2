"""Interface facts in any published dialect -> the same facts as one plain form of OpenAPI 3.1.

One contract is published in three dialects: A (the reference page of 2025), B (the same page since
2026) and official (the whole description). Each peculiarity that can be told by its form is undone
by a rule here, in place, so that a definition keeps the address it has in the snapshot. A rule has
an id, a reason and evidence, and reports every place it touched. What needs judgement is not done
here but in an overlay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.specs import document_rules, schema_rules, union_rules
from conformance.specs.walk import operations, schemas

if TYPE_CHECKING:
    from conformance.specs.rule import Normalisation

__all__ = ["RULES", "Applied", "detect", "normalise"]

# In this order: definitions become plain first, then unions are told apart, then the operation.
RULES: tuple[Normalisation, ...] = (
    *schema_rules.RULES,
    *union_rules.RULES,
    *document_rules.RULES,
)


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that found something: which rule, in which endpoint, at which pointers."""

    rule: Normalisation
    endpoint: str
    places: tuple[str, ...]


def detect(documents: dict[str, dict[str, Any]]) -> str:
    """The dialect of a set of documents: "A", "B" or "official"."""
    for document in documents.values():
        if any("x-fern-streaming" in operation for _, _, _, operation in operations(document)):
            return "official"
    for document in documents.values():
        for _, schema in schemas(document):
            if any(isinstance(member, dict) for member in schema.get("enum", [])):
                return "A"
    return "B"


def normalise(endpoint: str, document: dict[str, Any]) -> list[Applied]:
    """Apply every rule to `document` in place; what was touched, in the order of the rules."""
    applied: list[Applied] = []
    for rule in RULES:
        places = tuple(rule.apply(document))
        if places:
            applied.append(Applied(rule, endpoint, places))
    return applied
