"""What all HTML pages of this project have in common: nothing runs in them but our own script.

A page is one file that needs no network. Its template escapes everything it is given, and the browser
is told to run the script and to apply the style of these hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from conformance.report.cells import safe

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["coded", "data_island", "environment_at", "policy_for"]


def environment_at(folder: Path) -> Environment:
    """The templates of a folder, with the filters `safe_text` and `coded`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_text"] = safe
    environment.filters["coded"] = coded
    return environment


def coded(text: str) -> Markup:
    """A text of ours with its backticked parts as code; text that is not even in them stays."""
    from markupsafe import Markup, escape

    parts = safe(text).split("`")
    if len(parts) % 2 == 0:
        return escape(safe(text))
    made = Markup("")
    for number, part in enumerate(parts):
        made += Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
    return made


def policy_for(script: str, style: str) -> str:
    """What the browser may do with a page: run our script, apply our style, nothing else."""

    def hashed(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; script-src 'sha256-{hashed(script)}'; "
        f"style-src 'sha256-{hashed(style)}'; base-uri 'none'; form-action 'none'"
    )


def data_island(value: Any) -> Markup:
    """A value as JSON for a script of the page, which holds nothing HTML would take for its own."""
    from markupsafe import Markup

    made = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    escaped = made.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped)  # noqa: S704 - JSON without `<`, which ends no element
