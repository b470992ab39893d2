"""Instances → what of their schema they have shown, and what they have not.

Counted are, at each place of the schema: every optional member present and absent, every value of
an enumeration, every member of a union. A definition counts once, wherever it is referred to.
"""

from __future__ import annotations

from typing import Any

from conformance.contract import escape

from .leaves import is_a

__all__ = ["Coverage"]


class Coverage:
    """What instances show of a schema. `add` them, then ask for what is `missing`."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema
        self.wanted: set[str] = set()
        self.seen: set[str] = set()
        self._visited: set[str] = set()
        self._expect(schema, "#")

    @property
    def missing(self) -> list[str]:
        """What no instance has shown yet, sorted."""
        return sorted(self.wanted - self.seen)

    def add(self, instance: object) -> None:
        """Count one instance, which must be valid."""
        self._see(self._root, "#", instance)

    def _resolve(self, schema: dict[str, Any], where: str) -> tuple[dict[str, Any], str]:
        while "$ref" in schema:
            where = schema["$ref"]
            node: Any = self._root
            for token in where[2:].split("/"):
                node = node[token.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema, where

    def _expect(self, schema: Any, where: str) -> None:
        if not isinstance(schema, dict):
            return
        schema, where = self._resolve(schema, where)
        if where in self._visited:
            return
        self._visited.add(where)
        for value in schema.get("enum", ()):
            self.wanted.add(f"{where} = {value}")
        for number, branch in enumerate(schema.get("oneOf", ())):
            self.wanted.add(f"{where}/oneOf/{number}")
            self._expect(branch, f"{where}/oneOf/{number}")
        for name, sub in schema.get("properties", {}).items():
            inside = f"{where}/properties/{escape(name)}"
            self.wanted.add(f"{inside} present")
            if name not in schema.get("required", ()):
                self.wanted.add(f"{inside} absent")
            self._expect(sub, inside)
        self._expect(schema.get("items"), f"{where}/items")

    def _see(self, schema: Any, where: str, instance: Any) -> None:
        if not isinstance(schema, dict):
            return
        schema, where = self._resolve(schema, where)
        if "enum" in schema:
            self.seen.add(f"{where} = {instance}")
        for number, branch in enumerate(schema.get("oneOf", ())):
            if self._fits(branch, where, instance):
                self.seen.add(f"{where}/oneOf/{number}")
                self._see(branch, f"{where}/oneOf/{number}", instance)
        if isinstance(instance, dict):
            for name, sub in schema.get("properties", {}).items():
                inside = f"{where}/properties/{escape(name)}"
                self.seen.add(f"{inside} {'present' if name in instance else 'absent'}")
                if name in instance:
                    self._see(sub, inside, instance[name])
        elif isinstance(instance, list) and "items" in schema:
            for each in instance:
                self._see(schema["items"], f"{where}/items", each)

    def _fits(self, branch: dict[str, Any], where: str, instance: Any) -> bool:
        """Whether a valid instance means this member of a union."""
        schema, _ = self._resolve(branch, where)
        if not is_a(schema.get("type", ""), instance):
            return False
        if not isinstance(instance, dict):
            return True
        return all(
            instance.get(name, sub["const"]) == sub["const"]
            for name, sub in schema.get("properties", {}).items()
            if "const" in sub
        )
