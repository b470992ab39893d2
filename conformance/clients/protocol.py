"""Lines of text ↔ what they say in the adapter protocol, version 1.

The protocol is JSON Lines over the standard streams of a program. Its JSON Schema stands beside this
module; nothing else decides what a line may hold.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.errors import ConformanceError
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from conformance.clients.case import Case

__all__ = [
    "PROTOCOL",
    "AdapterError",
    "Hello",
    "call_line",
    "hello_from",
    "line_from",
    "schema",
    "schema_text",
]

PROTOCOL = 1

_SCHEMA = Path(__file__).with_name("protocol.schema.json")
_READ_BY_ADAPTERS = frozenset({"call", "hello"})
_LONGEST = 200


class AdapterError(ConformanceError):
    """An adapter that cannot be started, or that does not keep the protocol."""


@dataclass(frozen=True, slots=True)
class Hello:
    """How an adapter introduces itself: its client, and what that can hand to a caller at all.

    `plan_as_text` says that tool plans have no place of their own and come as text, before the answer.
    """

    client: str
    version: str
    language: str
    endpoints: frozenset[str]
    surfaces: frozenset[str]
    variant: str = ""
    plan_as_text: bool = False

    @property
    def title(self) -> str:
        """The client, its version, and which of its interfaces this is."""
        return f"{self.client} {self.version}" + (f" ({self.variant})" if self.variant else "")


def schema_text() -> str:
    """The JSON Schema of the protocol, as it stands in the file."""
    return _SCHEMA.read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the protocol."""
    found: dict[str, Any] = json.loads(schema_text())
    return found


@cache
def _validator(kind: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema()["$defs"][kind])


def call_line(case: Case, label: str, base_url: str, key: str) -> str:
    """The line that asks an adapter for the call of a case, without the line's end."""
    call = {
        "case": label,
        "endpoint": case.endpoint,
        "base_url": base_url,
        "api_key": key,
        "request": case.request,
        "deadline": case.deadline,
    }
    # ASCII only: no end of line of any kind can stand in it, whatever the adapter splits at.
    return json.dumps(call, separators=(",", ":"))


def hello_from(text: str) -> Hello:
    """The introduction of an adapter. Raises AdapterError."""
    line = _object(text)
    if line.get("type") != "hello":
        raise AdapterError(
            f"the first line is no `hello`: `{_short(text)}`",
            hint="write the line before anything is read, and flush it",
        )
    if line.get("protocol", PROTOCOL) != PROTOCOL:
        raise AdapterError(
            f"the adapter speaks protocol `{line['protocol']}`, this program `{PROTOCOL}`",
            hint="use the release of `cohere-conformance` that the adapter was written for",
        )
    _validate("hello", line)
    return Hello(
        line["client"],
        line["version"],
        line["language"],
        frozenset(line["endpoints"]),
        frozenset(line["surfaces"]),
        line.get("variant", ""),
        line.get("plan_as_text", False),
    )


def line_from(text: str, label: str | None) -> dict[str, Any]:
    """A line about the call that is labelled so; None for a call that could not be read.

    Raises AdapterError.
    """
    line = _object(text)
    kind = line.get("type")
    known = [name for name in schema()["$defs"] if name not in _READ_BY_ADAPTERS]
    if not isinstance(kind, str) or kind not in known:
        raise AdapterError(
            f"`{kind}` is no type of line" if isinstance(kind, str) else "a line without a `type`",
            where=_short(text),
            hint=did_you_mean(str(kind), known) or "the types are " + ", ".join(known),
        )
    _validate(kind, line)
    # The label of what could not be read may be anything.
    if label is not None and line["case"] != label:
        raise AdapterError(
            f"a line about case `{_short(str(line['case']))}` while `{label}` is under way",
            where=_short(text),
            hint="write each line with the `case` of the call, and nothing after its `end`",
        )
    return line


def _object(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        raise AdapterError(
            f"a line that is no JSON object: `{_short(text)}`",
            hint="what is meant for people goes to standard error",
        )
    return line


def _no_number(name: str) -> float:
    raise AdapterError(
        f"`{name}` is no number in JSON", hint="leave out what the caller gets no number for"
    )


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(_short(text))


def _validate(kind: str, line: dict[str, Any]) -> None:
    try:
        problem = next(_validator(kind).iter_errors(line), None)
    except (ValueError, OverflowError) as error:
        raise AdapterError(f"a `{kind}` line with an unusable value: {error}") from error
    if problem is not None:
        place = "/".join(str(part) for part in problem.instance_path)
        listed = getattr(problem.kind, "options", None)
        raise AdapterError(
            f"a `{kind}` line is not as described: {_lower(problem.message)}",
            where=f"/{place}" if place else None,
            hint=f"it is one of {', '.join(f'`{each}`' for each in listed)}"
            if isinstance(listed, list)
            else "`cohere-conformance client protocol` prints the description",
        )


def _lower(message: str) -> str:
    return _short(message[:1].lower() + message[1:].rstrip("."))


def _short(text: str) -> str:
    shown = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
