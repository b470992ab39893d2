"""The corrected description, clauses and tolerances -> `specs/compiled/*.json`.

One JSON Schema 2020-12 file for each thing that is judged, with named `$defs`; the clauses and
tolerances as JSON; and a manifest that tells from what all of it was made. Compiling is
deterministic, so that a stale file is one whose bytes differ.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs.canonical import reachable
from conformance.specs.clauses import read_clauses, read_tolerances
from conformance.specs.interface import ENDPOINTS
from conformance.specs.pipeline import Corrected, correct
from conformance.specs.snapshot import current, snapshot_files
from conformance.specs.walk import schema_tree

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMAT", "THINGS", "compile_specs", "stale_files", "write_compiled"]

FORMAT = 1
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

# file -> the definition at its root
THINGS = {
    "chat-request": "ChatRequest",
    "chat-event": "StreamedChatResponseV2",
    "rerank-request": "RerankRequest",
    "rerank-response": "RerankResponse",
    "error": "ErrorBody",
}


def compile_specs(root: Path, *, missed: list[SpecError] | None = None) -> dict[str, str]:
    """File name -> text of every compiled file, for the current snapshot under `root`.

    Raises SpecError when anything that goes into them cannot be used; with a list in `missed`,
    actions of overlays that do not fit the snapshot are left out and told there.
    """
    corrected = correct(root, current(root), missed=missed)
    clauses = read_clauses(root / "clauses.yaml")
    files: dict[str, Any] = {
        f"{thing}.json": _schema(corrected.document, thing, name) for thing, name in THINGS.items()
    }
    _check_clauses(files, clauses)
    files["clauses.json"] = clauses
    files["tolerances.json"] = read_tolerances(root / "tolerances.yaml", clauses, set(THINGS))
    files["manifest.json"] = _manifest(root, corrected)
    return {name: _text(data) for name, data in files.items()}


def write_compiled(root: Path, *, missed: list[SpecError] | None = None) -> list[str]:
    """Write the compiled files; the names of those that changed. See `compile_specs`."""
    texts = compile_specs(root, missed=missed)
    changed = _differing(root, texts)
    folder = root / "compiled"
    folder.mkdir(exist_ok=True)
    for name in changed:
        if name in texts:
            (folder / name).write_text(texts[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()
    return changed


def stale_files(root: Path) -> list[str]:
    """The names of compiled files that are missing, differ, or no longer belong there."""
    return _differing(root, compile_specs(root))


def _differing(root: Path, texts: dict[str, str]) -> list[str]:
    folder = root / "compiled"
    present = {path.name for path in folder.glob("*.json")}
    stale = {
        name
        for name, text in texts.items()
        if name not in present or (folder / name).read_bytes() != text.encode()
    }
    return sorted(stale | (present - set(texts)))


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _schema(document: dict[str, Any], thing: str, name: str) -> dict[str, Any]:
    definitions = document["components"]["schemas"]
    if name not in definitions:
        raise SpecError(
            f"`{thing}` has no definition `{name}`",
            where="specs/names.yaml",
            hint="the place of that name is not in the description",
        )
    root = definitions[name]
    names = reachable(definitions, root)
    schema = {"$schema": _DIALECT, **root}
    if names:
        schema["$defs"] = {one: definitions[one] for one in names}
    # Through JSON, so that no part is shared and every `$ref` can be rewritten in place.
    compiled: dict[str, Any] = json.loads(json.dumps(schema))
    for at, one in schema_tree(compiled, ""):
        if "$ref" in one:
            one["$ref"] = "#/$defs/" + one["$ref"].rpartition("/")[2]
        overlapping = _overlap(one, compiled)
        if overlapping:
            raise SpecError(
                f"members of a union overlap: {overlapping}",
                where=f"{thing}.json {at}",
                hint="a `oneOf` needs a constant, or a JSON type, that tells its members apart",
            )
    return compiled


def _overlap(schema: dict[str, Any], root: dict[str, Any]) -> str:
    """What two members of this `oneOf` have in common, or an empty text when all exclude others."""
    members = schema.get("oneOf", [])
    if not all(isinstance(one, dict) for one in members):
        return "a member says nothing"
    resolved = [
        root["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in members
    ]
    for number, first in enumerate(resolved):
        for second in resolved[number + 1 :]:
            if first.get("type") is None or second.get("type") is None:
                return "a member has no `type`"
            if first["type"] != second["type"]:
                continue
            apart = any(
                "const" in one
                and "const" in second.get("properties", {}).get(key, {})
                and one["const"] != second["properties"][key]["const"]
                and key in first.get("required", [])
                and key in second.get("required", [])
                for key, one in first.get("properties", {}).items()
            )
            if not apart:
                return f"two members of type `{first['type']}`"
    return ""


def _check_clauses(files: dict[str, Any], clauses: dict[str, Any]) -> None:
    for name, data in files.items():
        for at, schema in schema_tree(data, ""):
            cited = [*schema.get("x-clauses", {}).values()]
            cited += [schema[key] for key in ("x-observed", "x-conflict") if key in schema]
            for clause in cited:
                if clause not in clauses:
                    raise SpecError(
                        f"the clause `{clause}` is not in the list of clauses",
                        where=f"{name} {at}",
                        hint="add it to specs/clauses.yaml",
                    )


def _manifest(root: Path, corrected: Corrected) -> dict[str, Any]:
    name = corrected.snapshot.name
    inputs = [
        *(root / name / one for one in snapshot_files()),
        *sorted((root / "overlays").glob("*.yaml")),
        *(root / one for one in ("names.yaml", "clauses.yaml", "tolerances.yaml")),
    ]
    operations = {}
    for endpoint, (path, _) in ENDPOINTS.items():
        operation = corrected.document["paths"][path]["post"]
        operations[endpoint] = {
            "method": "POST",
            "path": path,
            "request_media_types": sorted(operation["requestBody"]["content"]),
            "headers": [
                one.get("name")
                for one in operation.get("parameters", [])
                if one.get("in") == "header"
            ],
            "terminator": operation.get("x-terminator"),
            "responses": {
                status: sorted(response.get("content", {}))
                for status, response in operation["responses"].items()
            },
        }
    return {
        "format": FORMAT,
        "snapshot": name,
        "dialect": corrected.snapshot.dialect,
        "operations": operations,
        "inputs": {
            str(path.relative_to(root).as_posix()): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in inputs
        },
    }
