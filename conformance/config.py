"""`[tool.cohere-conformance]` of the nearest pyproject.toml → settings, or an error that names the key.

Known keys: `select` and `ignore` (lists of rule codes, rule names or families), `strict` and `closed`
(booleans). The command line overrides each.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from conformance.errors import UsageError

__all__ = ["Settings", "load_settings"]

_TABLE = "cohere-conformance"
# Every way in which TOML can write the table mentions it after a dot, or has a plain table `tool`.
_MENTION = re.compile(
    rb"tool[\"']?\s*\.\s*[\"']?cohere-conformance|^\s*\[\s*tool\s*\]|^\s*tool\s*=", re.MULTILINE
)
_LISTS = ("select", "ignore")
_SWITCHES = ("strict", "closed")
_KEYS = (*_LISTS, *_SWITCHES)


class Settings(NamedTuple):
    """What a project chose; `file` is where, None when it chose nothing."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    closed: bool = False
    file: Path | None = None


def load_settings(folder: Path | None = None) -> Settings:
    """The settings that hold in a folder, by default the current one.

    The nearest pyproject.toml upwards that has the table decides. Raises UsageError for a file that
    is not TOML, an unknown key, or a value of the wrong type.
    """
    start = (folder or Path.cwd()).absolute()
    for here in (start, *start.parents):
        file = here / "pyproject.toml"
        try:
            raw = file.read_bytes()
        except OSError:
            continue
        # Most files do not have the table: they need not be parsed, nor the parser loaded.
        if not _MENTION.search(raw):
            continue
        table = _parsed(raw, file).get("tool", {})
        if isinstance(table, dict) and _TABLE in table:
            return _settings(table[_TABLE], file)
    return Settings()


def _parsed(raw: bytes, file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        parsed: dict[str, Any] = tomllib.loads(raw.decode())
    except ValueError as error:
        raise UsageError(
            f"not a TOML file: {str(error)[:1].lower()}{str(error)[1:]}",
            where=str(file),
            hint="correct the file",
        ) from error
    return parsed


def _settings(table: object, file: Path) -> Settings:
    if not isinstance(table, dict):
        raise UsageError(
            f"`tool.{_TABLE}` is no table", where=str(file), hint=f"write `[tool.{_TABLE}]`"
        )
    for key, value in table.items():
        if key not in _KEYS:
            from conformance.suggest import did_you_mean

            known = ", ".join(f"`{each}`" for each in _KEYS)
            raise UsageError(
                f"unknown key `{key}` in `[tool.{_TABLE}]`",
                where=str(file),
                hint=did_you_mean(key, _KEYS) or f"known keys are {known}",
            )
        if key in _SWITCHES:
            fits, hint = isinstance(value, bool), "write `true` or `false`"
        else:
            fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
            hint = 'write a list of strings, such as `["STREAM"]`'
        if not fits:
            what = f"`{key}` in `[tool.{_TABLE}]` is `{value!r}`"
            raise UsageError(what, where=str(file), hint=hint)
    return Settings(
        select=tuple(table.get("select", ())),
        ignore=tuple(table.get("ignore", ())),
        strict=table.get("strict", False),
        closed=table.get("closed", False),
        file=file,
    )
