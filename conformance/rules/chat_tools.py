"""Chat request: the tools that it declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.registry import Finding, prose, rule
from conformance.rules.request_faults import departures, finding_of
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _names(subject: Subject) -> Iterator[tuple[int, str]]:
    """(position, name) of every declared tool that has a name."""
    tools = subject.request.get("tools")
    for position, tool in enumerate(tools if isinstance(tools, list) else []):
        function = tool.get("function") if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str):
            yield position, name


@rule("CHAT-017", "tool-name", party=Party.CLIENT, source=prose("CR-22"))
def tool_name(subject: Subject) -> Iterator[Finding]:
    """The name of a tool has letters, digits and underscores, and no digit first.

    Help: the server refuses the request
    Conforms:
        tools get_time2
        message-start
        message-end ERROR
    Breaks:
        tools get-time
        message-start
        message-end ERROR
    """
    if not subject.is_chat:
        return
    for position, name in _names(subject):
        if not _NAME.fullmatch(name):
            why = "begins with a digit" if name[:1].isdecimal() else "has other characters"
            yield Finding(
                f"the name {quote(name)} of tool `{position}` {why if name else 'is empty'}",
                pointer=f"/tools/{position}/function/name",
                note="no digit first" if name[:1].isdecimal() else "only A-Z, a-z, 0-9 and _",
            )


@rule("CHAT-031", "tool-parameters-not-a-schema", party=Party.CLIENT, source=prose("TU-05"))
def tool_parameters_not_a_schema(subject: Subject) -> Iterator[Finding]:
    """The parameters of a tool are a JSON Schema.

    The live API looks closely only with `strict_tools`; without, it is a warning.

    Help: the model is told something else than what was meant, and no arguments can be checked
    Conforms:
        > {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}}]}
        message-start
        message-end ERROR
    Breaks:
        > {"strict_tools": true, "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "text"}}, "required": ["a"]}}}]}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        level = None if subject.request.strict_tools else Level.WARNING
        for problem in departures(subject).parameters:
            yield finding_of(problem, note="no JSON Schema")._replace(level=level)


@rule(
    "CHAT-045", "duplicate-tool-name", party=Party.CLIENT, source=prose("CR-22"),
    level=Level.WARNING,
)  # fmt: skip
def duplicate_tool_name(subject: Subject) -> Iterator[Finding]:
    """No two tools of a request have the same name.

    The error list speaks of ids, which a tool of this version has only in its name.

    Help: a call by that name does not tell which tool is meant
    Conforms:
        tools get_time get_date
        message-start
        message-end ERROR
    Breaks:
        tools get_time get_time
        message-start
        message-end ERROR
    """
    if not subject.is_chat:
        return
    first: dict[str, int] = {}
    for position, name in _names(subject):
        if name in first:
            yield Finding(
                f"tools `{first[name]}` and `{position}` share the name {quote(name)}",
                pointer=f"/tools/{position}/function/name",
                note="already taken",
            )
        first.setdefault(name, position)
