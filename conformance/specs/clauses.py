"""`clauses.yaml` and `tolerances.yaml` -> checked data for the compiled contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs import yamlio

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KEYWORDS", "STRENGTHS", "TOLERANCE_VALUES", "read_clauses", "read_tolerances"]

# How firmly a source states a clause: a machine constraint of the full description, its words or a
# page's, an example only, sources in conflict, dependent on the model, or seen on the wire.
STRENGTHS = ("S", "P", "E", "C", "M", "observed")

# The kinds of departure from a schema that an entry can excuse; a clause's id stands for a finding
# of a rule instead.
KEYWORDS = (
    "type", "enum", "required", "minimum", "maximum", "minItems", "maxItems", "minLength",
    "maxLength", "pattern", "union", "undocumented", "schema",
)  # fmt: skip

# What the value at the place must be for a tolerance to excuse it; specs/README.md says it in full.
TOLERANCE_VALUES = (
    "null", "text", "json-text", "json-done", "object", "lower-case", "empty", "zero", "type-name",
)  # fmt: skip

_CLAUSE = re.compile(r"[A-Z]{1,2}-\d{2}|[A-Z]\d{1,2}")
_TOLERANCE = re.compile(r"T-\d{2}")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?|unknown")
_MEMBERS = ("id", "thing", "pointer", "keyword", "value", "clause", "beside")
_TEXTS = ("because", "evidence", "first_seen", "last_seen")


def read_clauses(path: Path) -> dict[str, dict[str, str]]:
    """Clause id -> what it says, how firmly, where, and how often it was seen to hold.

    Raises SpecError naming the clause that is not of this form.
    """
    data = yamlio.load_file(path)
    out: dict[str, dict[str, str]] = {}
    if not isinstance(data, dict):
        raise SpecError("the file maps no clauses", where="specs/clauses.yaml")
    for code, clause in data.items():
        where = f"specs/clauses.yaml {code}"
        if not _CLAUSE.fullmatch(str(code)) or not isinstance(clause, dict):
            raise SpecError("a clause needs an id such as `CR-01` and members", where=where)
        if clause.get("strength") not in STRENGTHS:
            raise SpecError(f"`{clause.get('strength')}` is no strength", where=where)
        if set(clause) - {"says", "strength", "where", "seen"}:
            raise SpecError("a clause has a member that is not known", where=where)
        out[code] = {key: str(clause.get(key, "")) for key in ("says", "strength", "where", "seen")}
        if not out[code]["says"] or not out[code]["where"]:
            raise SpecError("a clause needs `says` and `where`", where=where)
    return out


def read_tolerances(
    path: Path, clauses: dict[str, dict[str, str]], things: set[str]
) -> list[dict[str, Any]]:
    """The list of what the live API is known to accept or to have sent against its description.

    Raises SpecError naming the entry that is not of the form which specs/README.md describes.
    """
    data = yamlio.load_file(path)
    if not isinstance(data, list):
        raise SpecError("the file lists no tolerances", where="specs/tolerances.yaml")
    out: list[dict[str, Any]] = []
    for entry in data:
        if not isinstance(entry, dict) or not _TOLERANCE.fullmatch(str(entry.get("id"))):
            raise SpecError("an entry needs an id such as `T-01`", where="specs/tolerances.yaml")
        fault = _fault(entry, clauses, things | {"chat-stream"})
        if any(one["id"] == entry["id"] for one in out):
            fault = "the id stands twice"
        if fault:
            raise SpecError(
                fault,
                where=f"specs/tolerances.yaml {entry['id']}",
                hint="specs/README.md describes the members",
            )
        out.append(dict(entry))
    return out


def _fault(entry: dict[Any, Any], clauses: dict[str, dict[str, str]], things: set[str]) -> str:
    """What is wrong with an entry of the tolerances, or an empty text."""
    place, keyword = entry.get("pointer"), str(entry.get("keyword"))
    unknown = [str(key) for key in entry if key not in _MEMBERS and key not in _TEXTS]
    missing = [key for key in _TEXTS if not isinstance(entry.get(key), str)]
    checks = (
        (unknown, f"`{''.join(unknown[:1])}` is no member of an entry"),
        (missing, f"an entry needs `{''.join(missing[:1])}`"),
        (entry.get("thing") not in things, f"`{entry.get('thing')}` is no thing that is judged"),
        (entry.get("clause") not in clauses, f"`{entry.get('clause')}` is no clause"),
        (
            "value" in entry and entry["value"] not in TOLERANCE_VALUES,
            f"`{entry.get('value')}` is no value class",
        ),
        (not isinstance(entry.get("beside", ""), str), "`beside` names a member"),
        (
            not isinstance(place, str) or (place and not place.startswith("/")),
            f"`{place}` is no JSON Pointer",
        ),
        (
            keyword not in KEYWORDS and keyword not in clauses,
            f"`{keyword}` is neither a keyword nor a clause",
        ),
        (
            not all(_DATE.fullmatch(str(entry.get(key))) for key in ("first_seen", "last_seen")),
            "`first_seen` and `last_seen` are dates or `unknown`",
        ),
    )
    return next((message for failed, message in checks if failed), "")
