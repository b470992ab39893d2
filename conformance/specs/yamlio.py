"""YAML text -> plain data and back, by the rules of YAML 1.2's core schema.

PyYAML follows YAML 1.1, where the plain scalars `OFF`, `no` and `y` are booleans, `2025-11-03` is
a date and `010` is eight. An API description means text and decimal numbers, and `OFF` is a member
of two of its enums; so the loader here resolves what 1.2 resolves and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["broken", "dump", "load", "load_file", "plain_scalar"]

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)


class _Loader(_Base):  # type: ignore[misc]
    """A safe loader whose resolvers are those of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", _NULL, [*"~nN", ""]),
    ("bool", _BOOL, [*"tTfF"]),
    ("int", _INT, [*"-+0123456789"]),
    ("float", _FLOAT, [*"-+.0123456789"]),
    ("merge", re.compile(r"<<\Z"), ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


def _integer(loader: Any, node: Any) -> int:
    return _to_int(loader.construct_scalar(node))


def _to_int(text: str) -> int:
    for prefix, base in (("0o", 8), ("0x", 16)):
        if text.startswith(prefix):
            return int(text[2:], base)
    return int(text, 10)


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    """A mapping, refused when a key stands twice: the second would silently win."""
    seen: set[str] = set()
    for key_node, _ in node.value:
        if key_node.id != "scalar":
            raise yaml.constructor.ConstructorError(
                None, None, "a key is not a scalar", key_node.start_mark
            )
        if key_node.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key `{key_node.value}` stands twice", key_node.start_mark
            )
        seen.add(key_node.value)
    result: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return result


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str, *, where: str, first_line: int = 1) -> Any:
    """The one document in `text`; `first_line` is the line of `where` on which `text` begins.

    Raises SpecError with file and line when the text is not one YAML document.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (a subclass of the safe loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise broken(error, where, first_line) from None


def broken(error: Exception, where: str, first_line: int = 1) -> SpecError:
    """What a YAML library says of a text, as an error of ours with file and line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return SpecError(f"the YAML is broken: {reason}", where=where)
    return SpecError(
        f"the YAML is broken: {error.problem or error.context}",
        where=f"{where}:{first_line + mark.line}:{mark.column + 1}",
        hint="the file may be cut off, or hold something else than an API description",
    )


def plain_scalar(text: str) -> Any:
    """What a plain scalar means by YAML 1.2's core schema."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return _to_int(text)
    if not _FLOAT.match(text):
        return text
    named = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
    return float(named.get(text.lower(), text))


def load_file(path: Path) -> Any:
    """The one YAML document of a file of ours. Raises SpecError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"the file cannot be read: {error}", where=str(path)) from None
    return load(text, where=str(path))


class _Dumper(yaml.SafeDumper):
    """Block style, keys in their own order, no aliases: the same data gives the same bytes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def dump(data: Any) -> str:
    """`data` as YAML text, ending in a newline."""
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=100,
    )
    return text
