"""The corrected description -> one plain OpenAPI 3.1 document for general tools.

Both endpoints in one file, with the constraints from prose, the fields known from the wire, and
what a generator must know so as not to send what is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.specs import yamlio
from conformance.specs.canonical import without_pointers
from conformance.specs.pipeline import correct
from conformance.specs.snapshot import current

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_document", "export_text"]

_ABOUT = (
    "A corrected description of two endpoints for general tools. `x-clauses` names the clause of"
    " the documentation that a constraint comes from, `x-observed` the observation that shows a"
    " field to exist. The order of stream events, citations and results is beyond a schema."
)


def export_document(root: Path, name: str | None = None, *, frames: bool = True) -> dict[str, Any]:
    """The corrected document of a snapshot, by default the current one.

    With `frames` the stream is described as OpenAPI 3.2 does it, as frames whose `data` holds an
    event, and as text; without, as the bare union of events, for tools that decode frames first.

    Raises SpecError when the snapshot or an overlay cannot be used.
    """
    stages = ("export", "frames") if frames else ("export",)
    corrected = correct(root, name or current(root), stages=stages)
    document: dict[str, Any] = without_pointers(corrected.document)
    document["info"]["description"] = _ABOUT
    document["info"]["x-snapshot"] = corrected.snapshot.name
    # Through JSON, so that equal parts are separate and stay plain in YAML.
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def export_text(document: dict[str, Any], *, form: str = "yaml") -> str:
    """The document as text; `form` is "yaml" or "json"."""
    if form == "json":
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return yamlio.dump(document)
