"""A matrix → one HTML file that needs nothing else: clients × cases, defects, truncation map.

A cell opens the wire bytes, what the caller got, and why that is wrong. Whatever a client or a case
holds is escaped, and scripts are allowed by their hash only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.clients.cases import FAMILIES
from conformance.clients.defects import command_of
from conformance.clients.explain import help_of, told
from conformance.report.cells import safe
from conformance.report.web import data_island, environment_at, policy_for

if TYPE_CHECKING:
    from collections import Counter

    from conformance.clients.defects import Defect, Place
    from conformance.clients.matrix import Matrix
    from conformance.clients.records import CaseRecord, ClientRecord, Tried

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = Path(__file__).parents[1] / "report" / "templates" / "report.css"
# So many cases are named for one defect; a page is for reading, matrix.jsonl has them all.
_LISTED = 60
_LETTERS = {
    "good": "g", "error": "e", "warning": "w", "known": "k", "unsurfaced": "h",
    "unsupported": "u", "trouble": "t",
}  # fmt: skip
_MARKS = {"yes": "y", "no": "n", "not-applicable": "-", "not-surfaced": "s", "unsupported": "u"}
_NOT_RUN = "."
# What a page keeps of a case: enough to see what it is about.
_PIECES = 14
_PIECE = 260


class Row(NamedTuple):
    """One line of the list of clients."""

    client: ClientRecord
    counts: Counter[str]
    defects: int


def render(matrix: Matrix) -> str:
    """The text of `matrix.html`."""
    from markupsafe import Markup

    script = (_TEMPLATES / "matrix.js").read_text(encoding="utf-8").strip()
    style = "\n".join(
        file.read_text(encoding="utf-8").strip() for file in (_STYLE, _TEMPLATES / "matrix.css")
    )
    by_client: dict[str, list[Defect]] = {}
    for defect in matrix.defects:
        by_client.setdefault(defect.client, []).append(defect)
    cuts = {client.name: matrix.cuts(client.name) for client in matrix.ran}
    shown = {name for found in cuts.values() for name in found}
    rows = [
        Row(client, matrix.outcomes(client.name), _defects_in(by_client, client.name))
        for client in [*matrix.ran, *matrix.skipped]
    ]
    template = environment_at(_TEMPLATES).get_template("matrix.html.j2")
    return template.render(
        matrix=matrix,
        rows=rows,
        any_known=any(row.counts["known"] for row in rows),
        defects=matrix.defects,
        names=list(by_client),
        by_client=by_client,
        listed=_LISTED,
        told=told,
        cell_of=_cell_of,
        help={code: help_of(code) for code in {defect.code for defect in matrix.defects}},
        cuts=[case for name, case in matrix.cases.items() if name in shown],
        map=cuts,
        data=data_island(_data(matrix)),
        script=Markup(script),  # noqa: S704 - our own
        style=Markup(style),  # noqa: S704 - our own
        policy=policy_for(script, style),
    )


def _defects_in(by_client: dict[str, list[Defect]], full: str) -> int:
    name, _, variant = full.partition(":")
    return sum(variant in defect.variants for defect in by_client.get(name, ()))


def _cell_of(defect: Defect, place: Place) -> str:
    variant = f":{place.variants[0]}" if place.variants[0] else ""
    return f"{defect.client}{variant}/{place.case}"


def _data(matrix: Matrix) -> dict[str, Any]:
    """What the script draws the matrix from: letters for cells, details where there is one to tell."""
    cases = list(matrix.cases.values())
    numbers = {case.name: number for number, case in enumerate(cases)}
    clients = []
    details: dict[str, dict[int, Any]] = {}
    codes: set[str] = set()
    for client in matrix.ran:
        found = [matrix.tried.get((client.name, case.name)) for case in cases]
        clients.append({
            "name": safe(client.name),
            "title": safe(client.title),
            "again": safe(command_of(client.name, client.adapter)),
            "outcomes": "".join(_LETTERS[one.outcome] if one else _NOT_RUN for one in found),
            "marks": [
                "".join(_MARKS[getattr(one, mark).value] if one else _NOT_RUN for one in found)
                for mark in ("survives", "reports", "loses_nothing")
            ],
        })  # fmt: skip
        told_of = {
            numbers[one.case]: _detail(one)
            for one in found
            if one is not None and (one.said or one.trouble)
        }
        details[safe(client.name)] = told_of
        codes |= {said.code for one in found if one for said in one.said}
    about = {family.name: family.about for family in FAMILIES}
    return {
        "seed": matrix.header.seed,
        "clients": clients,
        "families": [
            {
                "name": name,
                "about": about.get(name, ""),
                "cases": [numbers[case.name] for case in some],
            }
            for name, some in matrix.families.items()
        ],
        "cases": [_case(case) for case in cases],
        "details": details,
        "help": {code: help_of(code) for code in sorted(codes)},
    }


def _case(case: CaseRecord) -> dict[str, Any]:
    return {
        "name": case.name,
        "about": case.about,
        "cause": case.cause,
        "request": case.request,
        "answers": [
            {
                "status": answer["status"],
                "headers": answer["headers"],
                "pieces": _pieces(answer["pieces"]),
                "ends": answer["ends"],
            }
            for answer in case.answers
        ],
    }


def _pieces(pieces: list[str]) -> list[str]:
    short = [
        piece if len(piece) <= _PIECE else f"{piece[: _PIECE // 2]} … {piece[-_PIECE // 2 :]}"
        for piece in pieces
    ]
    left = len(short) - _PIECES
    if left <= 0:
        return short
    half = _PIECES // 2
    return [*short[:half], f"… {left} more pieces …\n", *short[-half:]]


def _detail(one: Tried) -> dict[str, Any]:
    about_request = any(said.channel == "request" for said in one.said)
    return {
        "said": [
            [
                s.level.value,
                s.code,
                s.name,
                safe(s.message),
                s.channel,
                [list(p) for p in s.evidence],
            ]
            for s in one.said
        ],
        "got": one.got,
        "sent": list(one.sent[:1]) if about_request else [],
        "retried": one.retried,
        "seconds": one.seconds,
        "trouble": list(one.trouble),
    }
