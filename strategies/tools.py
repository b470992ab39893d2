"""Choices → tools with parameters that are valid JSON Schemas, and arguments that fit them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .schema import compiled
from .values import phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source

__all__ = ["FUNCTIONS", "answer_schema", "arguments", "arguments_maker", "tools"]

# (function, whether it keeps the limits of structured outputs, so that strict tools take it)
_READY: tuple[tuple[dict[str, Any], bool], ...] = (
    ({"name": "low_tide", "parameters": {
        "type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}, True),
    ({"name": "list_ports", "parameters": {"type": "object"}}, False),
    ({"name": "barometer", "description": "Read the barometer", "parameters": {
        "type": "object",
        "properties": {"unit": {"type": "string", "enum": ["hPa", "mmHg"]}}}}, False),
    ({"name": "tide_table", "description": "Tides of a port", "parameters": {
        "type": "object",
        "properties": {
            "port": {"type": "string", "description": "name of the port"},
            "day": {"type": "string", "format": "date"},
            "hours": {"type": "integer"}},
        "required": ["port", "day"]}}, True),
    ({"name": "set_alarm", "parameters": {
        "type": "object",
        "properties": {
            "minutes": {"type": "integer", "minimum": 1, "maximum": 600},
            "label": {"type": "string", "minLength": 1, "maxLength": 40}},
        "required": ["minutes"], "additionalProperties": False}}, False),
    ({"name": "_now", "description": "The time", "parameters": {
        "type": "object", "properties": {}}}, False),
    ({"name": "add_waypoint", "parameters": {
        "type": "object",
        "properties": {
            "at": {"$ref": "#/$defs/place"},
            "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["at"],
        "$defs": {"place": {
            "type": "object",
            "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
            "required": ["lat", "lon"]}}}}, True),
    ({"name": "Search2", "description": "Suche 🌊", "parameters": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "before": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "deep": {"type": "boolean"}},
        "required": ["query"]}}, True),
)  # fmt: skip
# Kept as text: examples must not share what somebody may change.
_READY_TEXT = {True: [json.dumps(f) for f, strict in _READY if strict],
               False: [json.dumps(f) for f, _ in _READY]}  # fmt: skip
# What an answer without a request may call.
FUNCTIONS: list[dict[str, Any]] = [json.loads(text) for text in _READY_TEXT[False]]

_NAMES = ("a", "port", "count", "when", "größe", "x_y")
_TYPED: tuple[str, ...] = (
    '{"type":"string"}', '{"type":"integer"}', '{"type":"boolean"}', '{"type":"number"}',
    '{"type":"string","enum":["up","down"]}', '{"type":"array","items":{"type":"integer"}}',
    '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}',
    '{"type":"string","format":"uuid"}',
)  # fmt: skip


def _object_schema(source: Source) -> dict[str, Any]:
    """The schema of an object with a few typed members, at least one of them required."""
    names = source.some(_NAMES, (1, 2, 3))
    members = {name: json.loads(source.pick(_TYPED)) for name in names}
    required = [*names[:1], *(name for name in names[1:] if source.integer(0, 1))]
    return {"type": "object", "properties": members, "required": required}


def answer_schema(source: Source) -> dict[str, Any]:
    """A schema for JSON mode, within the limits of structured outputs."""
    return _object_schema(source)


def tools(source: Source, *, strict: bool) -> list[dict[str, Any]]:
    """One to three tools with different names; `strict` ones keep within structured outputs."""
    chosen = source.some((*_READY_TEXT[strict], None), (1, 2, 3))
    return [{"type": "function", "function": _function(source, text)} for text in chosen]


def _function(source: Source, text: str | None) -> dict[str, Any]:
    """A function that is ready as JSON, or a new one."""
    if text is not None:
        ready: dict[str, Any] = json.loads(text)
        return ready
    function: dict[str, Any] = {"name": "made_up", "parameters": _object_schema(source)}
    if source.integer(0, 1):
        function["description"] = phrase(source)
    return function


@lru_cache(maxsize=256)
def _maker(schema: str) -> Callable[[Source, int], Any]:
    return compiled(json.loads(schema))


def arguments_maker(function: dict[str, Any]) -> Callable[[Source, int], Any]:
    """The generator of arguments for a declared function.

    Raises SpecError when its parameters use a keyword that `from_schema` does not know.
    """
    parameters = function.get("parameters")
    if not isinstance(parameters, dict) or not parameters:
        return lambda _source, _depth: {}
    if parameters.get("type") == "object" and not (
        parameters.get("properties") or parameters.get("required")
    ):
        # A tool that names no parameters takes none, although its schema would allow any.
        return lambda _source, _depth: {}
    return _maker(json.dumps(parameters, sort_keys=True))


def arguments(source: Source, function: dict[str, Any]) -> str:
    """The JSON text of arguments that fit a declared function."""
    made = arguments_maker(function)(source, 0)
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))
