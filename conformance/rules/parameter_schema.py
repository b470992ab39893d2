"""Declared tools → what in their `parameters` is no JSON Schema.

A schema is judged by the dialect that its `$schema` names; without one, it passes when it is valid
in any dialect that is still in use. Nothing is fetched, and references are not followed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.contract import Problem, escape
from conformance.rules.wording import quote
from conformance.verdict import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema_rs import ValidationError

    from conformance.subject import Subject

__all__ = ["parameter_problems", "parameters"]

_SOURCE = Source(SourceKind.PROSE, "TU-05")
# Draft name in the validator's library -> the identifier of its metaschema.
_DIALECTS = {
    "Draft202012Validator": "https://json-schema.org/draft/2020-12/schema",
    "Draft201909Validator": "https://json-schema.org/draft/2019-09/schema",
    "Draft7Validator": "http://json-schema.org/draft-07/schema#",
    "Draft6Validator": "http://json-schema.org/draft-06/schema#",
    "Draft4Validator": "http://json-schema.org/draft-04/schema#",
}
_UNNAMED = ("Draft202012Validator", "Draft7Validator", "Draft4Validator")


def parameters(body: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(position, parameters) of every tool whose parameters are an object."""
    tools = body.get("tools")
    for position, tool in enumerate(tools if isinstance(tools, list) else []):
        function = tool.get("function") if isinstance(tool, dict) else None
        found = function.get("parameters") if isinstance(function, dict) else None
        if isinstance(found, dict):
            yield position, found


def parameter_problems(subject: Subject) -> list[Problem]:
    """A problem for every place where declared parameters are no JSON Schema.

    An unknown type name has the keyword ``enum``, anything else ``schema``.
    """
    found: dict[str, Problem] = {}
    for position, schema in parameters(subject.request.body):
        root = f"/tools/{position}/function/parameters"
        for error in _errors(schema):
            problem = _problem(root, error)
            # The parts of a metaschema repeat each other's errors.
            found.setdefault(problem.pointer, problem)
    return list(found.values())


def _errors(schema: dict[str, Any]) -> list[ValidationError]:
    named = [name for name, url in _DIALECTS.items() if _names(schema.get("$schema"), url)]
    dialects = named or list(_UNNAMED)
    try:
        if any(_metaschema(name).is_valid(schema) for name in dialects):
            return []
        return list(_metaschema(dialects[0]).iter_errors(schema))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return []  # a number or a depth that the validator cannot take


def _names(given: object, url: str) -> bool:
    return isinstance(given, str) and given.rstrip("#") == url.rstrip("#")


@cache
def _metaschema(name: str) -> Any:
    # Deferred: loading the extension is a good part of the start-up time.
    import jsonschema_rs

    return getattr(jsonschema_rs, name)({"$ref": _DIALECTS[name]})


def _problem(root: str, error: ValidationError) -> Problem:
    path = list(error.instance_path)
    pointer = root + "".join("/" + escape(token) for token in path)
    value = error.instance
    if path[-1:] == ["type"] and path[-2:-1] != ["properties"] and isinstance(value, str):
        message = f"`{pointer}` is {quote(value)}, which is no type of JSON Schema"
        return Problem(pointer, "enum", message, _SOURCE, "", value)
    message = f"`{pointer}` is {quote(value)}, which is no JSON Schema there"
    return Problem(pointer, "schema", message, _SOURCE, "", value)
