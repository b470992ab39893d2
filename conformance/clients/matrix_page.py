"""A matrix → a page in Markdown: a table of the clients, and each distinct defect once.

The page holds nothing that changes between two runs with one seed, such as times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.clients.channels import CHANNELS
from conformance.clients.explain import told
from conformance.clients.matrix_calls import calls_table
from conformance.report.cells import safe
from conformance.verdict import Level

if TYPE_CHECKING:
    from conformance.clients.defects import Defect
    from conformance.clients.matrix import Matrix
    from conformance.clients.records import ClientRecord

__all__ = ["render"]

_SHOWN = 220
# A place in a request, or the few words of why it cannot be said.
_MEMBER = 110
_INDEX = re.compile(r"/\d+(?=/|$)")
_CASES = 6
# What few look for, and short programs leave where it is.
_RARE = {"cached_tokens", "logprobs"}
# A member of the body itself.
_ADDED = re.compile(r"`/(\w+)` is sent as `([^`]*)`, and was not given")
_SPECIAL = re.compile(r"([\\*_<>|\[\]])")
_HEAD = """\
# What real clients do

Written by `cohere-conformance client matrix --docs`. Each client makes the calls of
`cohere-conformance client cases` through its ordinary interface, with its defaults, and is judged by what its
caller gets and by what it sends; [client-adapters.md](client-adapters.md) tells how. *Fails* counts
cases with an error, *warned* those with a warning at most; *not surfaced* is what the client's interface
does not hand over at all, *unsupported* what it cannot be asked for. Neither is a fault.

The plain programs (`curl`, `php-guzzle`, those in `-http`) use no SDK. They read an event stream as its
standard has it and check what they read: what is found in them is about their HTTP or JSON library.
Where a client fails on the usual form of a stream, a further variant gets a form in which it works, to
show its other faults: `whole` gets all events at once, where `live` gets them one by one; those in `-lines`
get JSON Lines.
"""


def render(matrix: Matrix) -> str:
    """The text of the page."""
    names = dict.fromkeys(client.name.partition(":")[0] for client in matrix.ran)
    clients = [_client(name, matrix) for name in names]
    parts = [_HEAD, _table(matrix), _skipped(matrix), calls_table(matrix), *clients]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _table(matrix: Matrix) -> str:
    head = (
        "client",
        "language",
        "good",
        "fails",
        "warned",
        "not surfaced",
        "unsupported",
        "defects",
    )
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * 2 + "--:|" * (len(head) - 2)]
    for client in matrix.ran:
        counts = matrix.outcomes(client.name)
        variant = client.name.partition(":")[2]
        base = client.name.partition(":")[0]
        defects = sum(d.client == base and variant in d.variants for d in matrix.defects)
        numbers = (
            counts["good"], counts["error"] + counts["trouble"] + counts["known"],
            counts["warning"], counts["unsurfaced"], counts["unsupported"], defects,
        )  # fmt: skip
        cells = (f"[{_plain(_title(client))}](#{_anchor(base)})", _plain(client.language),
                 *(str(n) for n in numbers))  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([f"{_plain(matrix.sentence)}.", "", *lines])


def _title(client: ClientRecord) -> str:
    variant = client.name.partition(":")[2]
    return (
        client.title
        if not variant or f"({variant})" in client.title
        else (f"{client.title} ({variant})")
    )


def _skipped(matrix: Matrix) -> str:
    lines = [f"- {_plain(c.title)}: {_plain(c.skipped.splitlines()[0])}" for c in matrix.skipped]
    return "\nNot run:\n\n" + "\n".join(lines) if lines else ""


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", name.lower()).replace(" ", "-")


def _client(name: str, matrix: Matrix) -> str:
    variants = [c for c in matrix.ran if c.name.partition(":")[0] == name]
    first = variants[0]
    surfaces = ", ".join(sorted({each for c in variants for each in c.surfaces}))
    lines = [
        f"\n## {name}",
        "",
        f"{_plain(first.title.partition(' (')[0])}, {_plain(first.language)}.",
    ]
    if first.url:
        lines[-1] = (
            f"[{_plain(first.title.partition(' (')[0])}]({first.url}), {_plain(first.language)}."
        )
    lines[-1] += f" It hands over: {_plain(surfaces)}.{_placeless(variants)}"
    lines[-1] += _additions(variants, matrix) + _unsupported(variants, matrix)
    found = [defect for defect in matrix.defects if defect.client == name]
    if not found:
        lines += ["", "No defect was found."]
        return "\n".join(lines)
    for level, said in ((Level.ERROR, "Errors"), (Level.WARNING, "Warnings")):
        some = [defect for defect in found if defect.level is level]
        if some:
            lines += ["", f"**{said}**", ""]
            for defect in some:
                lines += _defect(defect, len(variants))
    return "\n".join(lines)


def _placeless(variants: list[ClientRecord]) -> str:
    """The channels that no variant of a client has a place for, as a sentence."""
    had = {each for one in variants for each in one.surfaces}
    ranks = any("rerank" in one.endpoints for one in variants)
    needless = _RARE if ranks else {*_RARE, "results"}
    lacks = [each for each in CHANNELS if each not in had and each not in needless]
    return f" It has no place for: {_plain(', '.join(lacks))}." if lacks else ""


def _additions(variants: list[ClientRecord], matrix: Matrix) -> str:
    """The options that a client sends although nobody chose them, as a sentence."""
    found: dict[str, set[str]] = {}
    for said in (said for one in variants for tried in matrix.of(one.name) for said in tried.said):
        added = _ADDED.match(said.message) if said.name == "adds-to-request" else None
        if added is not None:
            found.setdefault(added[1], set()).add(added[2])
    shown = [f"`{name}`" + (f" as `{values.pop()}`" if len(values) == 1 else "")
             for name, values in sorted(found.items())]  # fmt: skip
    return f" It sends without being asked: {_code_safe(', '.join(shown))}." if shown else ""


def _unsupported(variants: list[ClientRecord], matrix: Matrix) -> str:
    """What a client cannot be asked for, as a sentence."""
    found = dict.fromkeys(
        _cut(_INDEX.sub("/*", str(tried.got.get("unsupported", "")).partition("\n")[0]), _MEMBER)
        for one in variants
        for tried in matrix.of(one.name)
        if tried.outcome == "unsupported"
    )
    shown = [_pointer(what) for what in sorted(found) if what]
    return f" It cannot be asked for: {_code_safe('; '.join(shown))}." if shown else ""


def _pointer(what: str) -> str:
    """A text in which a JSON Pointer at its beginning is marked as code."""
    place, space, rest = what.partition(" ")
    return f"`{place}`{space}{rest}" if place.startswith("/") else what.replace("`", "'")


def _defect(defect: Defect, variants: int) -> list[str]:
    count = len(defect.places)
    what = f"{count} case{'s' * (count != 1)}"
    only = f", {' and '.join(defect.variants)} only" if 0 < len(defect.variants) < variants else ""
    message = _cut(safe(defect.message))
    lines = [f"- **{defect.code}** {defect.name}: {_code_safe(message)}"]
    names = ", ".join(f"`{place.case}`" for place in defect.places[:_CASES])
    more = f" and {count - _CASES} more" if count > _CASES else ""
    lines.append(f"  <br>{_code_safe(told(defect))} ({what}{only}): {names}{more}")
    lines.append(f"  <br>`{defect.command}`")
    return lines


def _cut(text: str, most: int = _SHOWN) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _plain(text: str) -> str:
    """A text in which nothing means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", safe(text))


def _code_safe(text: str) -> str:
    """A message of ours: its backticked parts stay code, the rest is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text.replace("`", "'"))
    return "`".join(part if number % 2 else _plain(part) for number, part in enumerate(parts))
