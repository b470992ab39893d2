"""`recheck`: recordings under another description → which verdicts turn, and why."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from conformance.cassette import find, read
from conformance.cli.trouble import show
from conformance.contract import Contract, contract
from conformance.data import data_path
from conformance.diff.recheck import Turn, recheck
from conformance.diff.text import counted
from conformance.errors import ConformanceError
from conformance.report.cells import safe, wrap
from conformance.report.page import Page
from conformance.specs.trial import trial
from conformance.verdict import EXIT_BROKEN, EXIT_NOT_JUDGED, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.report.page import Line
    from conformance.specs.trial import Trial

__all__ = ["recheck_command"]

FORMAT = 1
_SAYS = {
    "fail-open": ("error", "fails", "fail under the new description"),
    "fail-closed": ("warning", "fails closed", "fail only where unknown members count"),
    "mended": ("good", "mended", "failed before and pass now"),
}
_EPILOG = """\
NEW is the name of a snapshot, or a page or file as `specs import` takes it, or REVISION:PATH in a git
repository. RECORDINGS are files and
folders, by default the recordings that come with the suite. Exit codes: 0 no verdict turns to the
worse, 1 one does, 2 something could not be judged.
"""


@click.command("recheck", epilog=_EPILOG)
@click.option("--spec", "given", required=True, metavar="NEW", help="The description to judge by.")
@click.argument("recordings", nargs=-1, metavar="[RECORDINGS]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The report: for people or for machines.",
)
def recheck_command(*, given: str, recordings: tuple[str, ...], form: str) -> int:
    """Judge recordings under another description of the API, and say what turns."""
    own = None if recordings else data_path("recordings")
    with trial(given, data_path("specs")) as tried:
        new = Contract(tried.root / "compiled")
        turns: list[tuple[str, Turn]] = []
        troubles = 0
        for path in find(recordings or [str(own)]):
            name = str(path) if own is None else f"recordings/{path.relative_to(own).as_posix()}"
            try:
                turns += [(name, recheck(one, contract(), new)) for one in read(path)]
            except ConformanceError as error:
                show(error)
                troubles += 1
        if form == "json":
            click.echo(json.dumps(_data(tried, turns), ensure_ascii=False, indent=2))
        else:
            page = Page()
            page.write(_lines(given, tried, turns, page.width))
    judged = [turn for _, turn in turns if turn.judged]
    if troubles or not judged:
        return EXIT_NOT_JUDGED
    worse = any(turn.verdict.startswith("fail") for turn in judged)
    return EXIT_BROKEN if worse else EXIT_OK


def _lines(given: str, tried: Trial, turns: list[tuple[str, Turn]], width: int) -> Iterator[Line]:
    yield ((f"{contract().snapshot} → {tried.name}", "strong"), (f"  {safe(given)}", "dim"))
    yield ()
    for error in tried.missed:
        head, *rest = wrap(f"{error.where}: {error.what}", width - len("left out  "))
        yield (("left out  ", "warning"), (head, ""))
        yield from ((("          ", ""), (line, "")) for line in rest)
    if tried.missed:
        yield ()
    for (verdict, headline), names in _causes(turns).items():
        style, word, _ = _SAYS[verdict]
        head, *rest = wrap(safe(headline), width - len(word) - 2)
        yield ((f"{word}  ", style), (head, "strong"))
        yield from (((" " * (len(word) + 2), ""), (line, "strong")) for line in rest)
        said = wrap(f"{counted(len(names), 'exchange')}: {', '.join(names)}", width - 6)
        for number, line in enumerate(map(safe, said)):
            yield (("   = " if not number else "     ", "arrow"), (line, ""))
        yield ()
    yield from ((line,) for line in _closing(turns))


def _causes(turns: list[tuple[str, Turn]]) -> dict[tuple[str, str], list[str]]:
    """What turns verdicts, the worst first, with the exchanges that it turns."""
    found: dict[tuple[str, str], list[str]] = {}
    for verdict, attribute in (("fail-open", "opened"), ("fail-closed", "closed"), ("mended",) * 2):
        for name, turn in turns:
            number = turn.exchange.origin.number
            place = name if number == 1 else f"{name} exchange {number}"
            for one in getattr(turn, attribute):
                places = found.setdefault((verdict, one.headline), [])
                if place not in places:
                    places.append(place)
    return found


def _closing(turns: list[tuple[str, Turn]]) -> Iterator[tuple[str, str]]:
    judged = [turn for _, turn in turns if turn.judged]
    counts = Counter(turn.verdict for turn in judged)
    said = [f"{counts['same']} as before"]
    said += [f"{counts[key]} {words}" for key, (_, _, words) in _SAYS.items() if counts[key]]
    bad = counts["fail-open"] + counts["fail-closed"]
    yield f"{counted(len(judged), 'exchange')}: {', '.join(said)}", "error" if bad else "good"
    left = len(turns) - len(judged)
    if left:
        yield f"{left} not judged: not of an endpoint that the suite knows", "dim"


def _data(tried: Trial, turns: list[tuple[str, Turn]]) -> dict[str, Any]:
    judged = [(name, turn) for name, turn in turns if turn.judged]
    counts = Counter(turn.verdict for _, turn in judged)
    return {
        "format": FORMAT,
        "old": contract().snapshot,
        "new": tried.name,
        "left_out": [{"where": one.where, "what": one.what} for one in tried.missed],
        "counts": {key: counts[key] for key in ("same", *_SAYS)},
        "not_judged": len(turns) - len(judged),
        "turns": [
            {
                "file": name,
                "exchange": turn.exchange.origin.number,
                "verdict": turn.verdict,
                "open": [one.headline for one in turn.opened],
                "closed": [one.headline for one in turn.closed],
                "mended": [one.headline for one in turn.mended],
            }
            for name, turn in judged
            if turn.verdict != "same"
        ],
    }
