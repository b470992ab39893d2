"""`client check-adapter` and `client new-adapter`: the making of an adapter."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.report.cells import safe, wrap
from conformance.report.page import Page
from conformance.verdict import EXIT_BROKEN, EXIT_NOT_JUDGED, EXIT_OK

if TYPE_CHECKING:
    from conformance.clients.checkup import Tested
    from conformance.report.page import Line

__all__ = ["check_adapter", "new_adapter"]

_EPILOG = "Exit codes: 0 it can be trusted, 1 it cannot, 2 nothing that it tells could be judged."


# The check without which nothing is known of what an adapter tells.
_TRUTH = "random"


@click.command(name="check-adapter", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--adapter", default="", metavar="COMMAND", help="An adapter of your own.")
@click.option("--seed", type=int, default=None, help="The seed of the words; by default another.")
@click.option(
    "--deadline",
    type=click.FloatRange(0.1, 600),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one call may take.",
)
@click.option(
    "--start",
    type=click.FloatRange(0.1, 600),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take to say `hello`.",
)
def check_adapter(
    *, names: tuple[str, ...], adapter: str, seed: int | None, deadline: float, start: float
) -> int:
    """Judge an adapter itself: whether it keeps the protocol, and tells the truth."""
    from conformance.cli.client_run import launches
    from conformance.clients.checkup import check_adapter as checked

    page = Page()
    codes = [EXIT_OK]
    for launch in launches(names, adapter, "client check-adapter"):
        if isinstance(launch, str):
            page.write([((launch, "warning"),)])
            codes.append(EXIT_NOT_JUDGED)
            continue
        page.write([((safe(launch.title), "strong"),)])
        passed = {}
        for tested in checked(launch, seed=seed, deadline=deadline, patience=start):
            page.write(_lines(tested, page.width))
            page.stream.flush()
            passed[tested.name] = tested.passed
        said, style, code = _verdict(passed)
        page.write([((said, style),), ()])
        codes.append(code)
    return max(codes)


def _verdict(passed: dict[str, bool | None]) -> tuple[str, str, int]:
    """What is to be said of an adapter, its style, and the exit code."""
    failed = sum(each is False for each in passed.values())
    if failed:
        return f"{failed} of the checks failed", "error", EXIT_BROKEN
    if not passed.get(_TRUTH):
        return (
            "it keeps the protocol; whether it tells the truth could not be seen",
            "warning",
            EXIT_NOT_JUDGED,
        )
    return "it can be trusted", "good", EXIT_OK


def _lines(tested: Tested, width: int) -> list[Line]:
    word, style = {True: ("ok", "good"), False: ("fails", "error"), None: ("-", "dim")}[
        tested.passed
    ]
    lines: list[Line] = [((f"  {word:<6}", style), (f"{tested.name}: {tested.says}", ""))]
    indent = " " * 8
    for text in tested.message.split("\n") if tested.message else ():
        lines += [((indent + line, ""),) for line in wrap(safe(text), width - len(indent))]
    if tested.hint:
        first, *rest = wrap(safe(tested.hint), width - len(indent) - 8)
        lines.append(((f"{indent}= help: {first}", ""),))
        lines += [((f"{indent}{' ' * 8}{line}", ""),) for line in rest]
    return lines


@click.command(name="new-adapter")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--language", type=click.Choice(["python", "node"]), default="python", show_default=True
)
def new_adapter(*, folder: Path, language: str) -> None:
    """Begin an adapter: a program that keeps the protocol, and calls the API by plain HTTP.

    Put your client where it makes the call.
    """
    from conformance.clients.skeleton import write_skeleton

    command = shlex.quote(write_skeleton(folder, language))
    page = Page()
    page.write(
        [
            ((f"wrote {safe(str(folder))}", "strong"),),
            ((f"  cohere-conformance client check-adapter --adapter {safe(command)}", ""),),
            ((f"  cohere-conformance client run --adapter {safe(command)}", ""),),
        ]
    )
