"""A matrix → a table in Markdown: the kinds of call that the reference pages show, client by client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.verdict import Level

if TYPE_CHECKING:
    from conformance.clients.matrix import Matrix
    from conformance.clients.records import Tried

__all__ = ["CALLS", "COMMAND", "calls_table"]

# kind of call -> the case that makes it
CALLS: dict[str, str] = {
    "plain": "send/max-tokens",
    "documents": "send/documents",
    "tools": "send/tools",
    "images": "send/image-detail-auto",
    "rerank": "send-rerank/plain",
}
COMMAND = "cohere-conformance client run NAME" + "".join(
    f" --case {case}" for case in CALLS.values()
)


def calls_table(matrix: Matrix) -> str:
    """The table under its heading; nothing unless the matrix has all of these cases."""
    if not matrix.ran or not set(CALLS.values()) <= set(matrix.cases):
        return ""
    lines = [
        "\n## The five kinds of call",
        "",
        "What the reference pages show: a plain question, documents, tools, an image, and a ranking. A code is",
        "what went wrong with the call or with its answer. To repeat a line:",
        "",
        f"    {COMMAND}",
        "",
        "| client | " + " | ".join(CALLS) + " |",
        "|" + "---|" * (len(CALLS) + 1),
    ]
    for client in matrix.ran:
        cells = [_cell(matrix.tried.get((client.name, case))) for case in CALLS.values()]
        lines.append(f"| `{client.name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(one: Tried | None) -> str:
    if one is None:
        return ""
    if one.outcome in ("unsupported", "trouble"):
        return {"trouble": "not judged"}.get(one.outcome, one.outcome)
    codes = sorted({said.code for said in one.said if said.level is not Level.INFO})
    return ", ".join(codes) or "right"
