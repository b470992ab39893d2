"""A schema as published -> its facts: the keywords that bear on the wire, each of its proper kind.

Whatever else a schema holds (prose, examples, vendor extensions) is left behind, and a value that
no schema can have is an error with its place, so that what comes later need not look again.
"""

from __future__ import annotations

import re
from typing import Any

from conformance.errors import SpecError

__all__ = ["LABEL", "Sieve"]

# The one kind of description that carries a fact: which variant of a union a branch is.
LABEL = re.compile(r"(?P<value>[\w-]+) variant")

_SCHEMA_KEYS = frozenset(
    {
        "$ref", "type", "format", "enum", "const", "default", "nullable", "deprecated",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
        "minProperties", "maxProperties", "required", "contentMediaType", "contentEncoding",
    }
)  # fmt: skip
_NUMBERS = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
    }
)  # fmt: skip
_TEXTS = frozenset({"format", "pattern", "contentMediaType", "contentEncoding"})
_SCHEMA_MAPS = frozenset({"properties", "patternProperties"})
_SCHEMA_LISTS = frozenset({"oneOf", "anyOf", "allOf", "prefixItems"})
_SCHEMA_CHILDREN = frozenset({"items", "not", "additionalProperties", "propertyNames", "contains"})

# Aliases can make a small file unfold into a huge one; the whole API has about 30,000 schemas.
_MOST_VALUES = 100_000
_DEEPEST = 100


class Sieve:
    """Keeps the facts of schemas, and notes in `wanted` which definitions they refer to.

    `where` names the document in errors. Every method takes `at`, the place within it.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.wanted: list[tuple[str, str]] = []
        self.count = 0

    def reference(self, ref: Any, at: str) -> dict[str, Any]:
        """A `$ref` into the components; its target is noted as wanted."""
        match = re.fullmatch(r"#/components/(\w+)/([^/]+)", ref) if isinstance(ref, str) else None
        if not match:
            raise SpecError(
                f"the reference `{ref}` does not point into `#/components`",
                where=f"{self.where} {at}",
                hint="bundle the description into one file first",
            )
        self.wanted.append((match[1], match[2].replace("~1", "/").replace("~0", "~")))
        return {"$ref": ref}

    def schema(self, value: Any, at: str, depth: int = 0) -> Any:
        """The facts of a schema and of all schemas in it; `true` and `false` stay."""
        if isinstance(value, bool):
            return value
        schema = self.mapping(value, at)
        self.spend(at, depth)
        out: dict[str, Any] = {}
        for key, one in schema.items():
            if key == "$ref":
                out.update(self.reference(one, at))
            elif key in _SCHEMA_KEYS:
                out[key] = self.keyword(key, one, at)
            elif key == "discriminator":
                out[key] = self.discriminator(one, at)
            elif key == "description":
                if isinstance(one, str) and LABEL.fullmatch(one):
                    out[key] = one
            elif key in _SCHEMA_MAPS or key in _SCHEMA_LISTS or key in _SCHEMA_CHILDREN:
                out[key] = self.children(key, one, f"{at}.{key}", depth + 1)
        return out

    def spend(self, at: str, depth: int) -> None:
        """Count one more value; too many of them, or too deep ones, are an error."""
        self.count += 1
        if self.count > _MOST_VALUES or depth > _DEEPEST:
            raise SpecError(
                "the values are too many or nested too deep to be a description",
                where=f"{self.where} {at[:200]}",
                hint="YAML aliases make a small file unfold into a huge one",
            )

    def plain(self, value: Any, at: str, depth: int = 0) -> Any:
        """A copy of a value that is no schema, such as a default."""
        self.spend(at, depth)
        if isinstance(value, dict):
            return {str(key): self.plain(one, at, depth + 1) for key, one in value.items()}
        if isinstance(value, list):
            return [self.plain(one, at, depth + 1) for one in value]
        return value

    def children(self, key: str, value: Any, at: str, depth: int) -> Any:
        """The schemas under a keyword that holds one, a list or a mapping of them."""
        if key in _SCHEMA_CHILDREN:
            return self.schema(value, at, depth)
        if key in _SCHEMA_MAPS:
            return {
                str(name): self.schema(one, f"{at}.{name}", depth)
                for name, one in self.mapping(value, at).items()
            }
        return [
            self.schema(one, f"{at}.{number}", depth)
            for number, one in enumerate(self.sequence(value, at))
        ]

    def keyword(self, key: str, value: Any, at: str) -> Any:
        """The value of a keyword that holds no schema, if it is of the kind that it must be."""
        inner = value if isinstance(value, list) and key in ("required", "type") else []
        if key in ("enum", "required"):
            fits = isinstance(value, list)
        elif key == "type":
            fits = isinstance(value, (str, list))
        elif key in _NUMBERS:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        else:
            fits = isinstance(value, str) or key not in _TEXTS
        if not fits or not all(isinstance(one, str) for one in inner):
            raise SpecError(
                f"`{key}` cannot be a {_kind(value)} of this form",
                where=f"{self.where} {at}",
                hint="the file is no OpenAPI description, or it was damaged",
            )
        return self.plain(value, at)

    def discriminator(self, value: Any, at: str) -> dict[str, Any]:
        """A discriminator; the definitions it maps to are noted as wanted."""
        published = self.mapping(value, f"{at}.discriminator")
        out: dict[str, Any] = {
            key: str(published[key]) for key in ("propertyName",) if key in published
        }
        if isinstance(published.get("mapping"), dict):
            out["mapping"] = {str(key): ref for key, ref in published["mapping"].items()}
            for ref in published["mapping"].values():
                self.reference(ref, f"{at}.discriminator")
        return out

    def mapping(self, value: Any, at: str) -> dict[Any, Any]:
        """The value, if it is a mapping."""
        if not isinstance(value, dict):
            raise SpecError(
                f"a mapping is expected, but a {_kind(value)} stands there",
                where=f"{self.where} {at}",
                hint="the file is no OpenAPI description, or it was damaged",
            )
        return value

    def sequence(self, value: Any, at: str) -> list[Any]:
        """The value, if it is a list."""
        if not isinstance(value, list):
            raise SpecError(
                f"a list is expected, but a {_kind(value)} stands there",
                where=f"{self.where} {at}",
                hint="the file is no OpenAPI description, or it was damaged",
            )
        return value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "number", float: "number", str: "text", dict: "mapping"}
    return names.get(type(value), "list")
