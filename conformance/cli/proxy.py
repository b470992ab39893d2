"""`proxy`: exchanges between any client and any server → verdicts on both, as they pass."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.codes import chosen_options
from conformance.config import load_settings
from conformance.targets.address import base_url
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.proxy.server import ProxyServer

__all__ = ["proxy"]

_EPILOG = """\
Point the client at the URL that is printed, in place of the server's. Keys are passed on and shown
nowhere. Ctrl-C ends it, with a summary. Exit codes: 0 all as promised, 1 the judged party breaks the
contract, 2 nothing was judged, or the server could not be reached.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--upstream", required=True, metavar="URL", help="The server: https://api.cohere.com, or yours."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; by default a free one."
)
@click.option(
    "--judge",
    type=click.Choice(["both", "client", "server"]),
    default="both",
    show_default=True,
    help="Whose faults are reported and count.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep a redacted recording of each exchange.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write report.jsonl, report.html, junit.xml and summary.md at the end.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl", "github"]),
    default="text",
    show_default=True,
    help="For people, for machines, or as annotations of a GitHub workflow.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules or families.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules or families.")
@click.option("--strict/--no-strict", default=None, help="Let warnings fail.")
@click.option("--closed/--no-closed", default=None, help="Let undocumented response members fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the URL and the closing sentence.")
@click.option("-v", "--verbose", is_flag=True, help="Notes, every place, and what was not judged.")
def proxy(
    *,
    upstream: str,
    host: str,
    port: int,
    judge: str,
    record: Path | None,
    report: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool | None,
    closed: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Stand between any client and any server, and judge both.

    Bytes pass unchanged and at once; chat streams and reranks are judged when they are over.
    """
    from conformance.proxy.judging import Judge
    from conformance.proxy.server import ProxyServer
    from conformance.proxy.views import VIEWS, Desk
    from conformance.report.folder import ReportFolder, header_of
    from conformance.targets.recorder import Shelf

    settings = load_settings()
    options = chosen_options(settings, select, ignore, closed=closed)
    strictly = settings.strict if strict is None else strict
    party = None if judge == "both" else Party(judge)
    base = base_url(upstream)
    with ExitStack() as stack:
        shelf = Shelf(record, source=base) if record is not None else None
        folder = None
        if report is not None:
            whom = party.value if party else ""
            header = header_of("proxy", base, party=whom, strict=strictly)
            folder = stack.enter_context(ReportFolder(report, header))
        judging = Judge(
            options=options,
            party=party,
            shelf=shelf,
            reporting=folder is not None,
            strict=strictly,
        )
        view = VIEWS[form](quiet=quiet, verbose=verbose)
        desk = Desk(judging, view, folder=folder, strict=strictly)
        server = ProxyServer(upstream, desk.take, host=host, port=port)
        judged = "client and server" if party is None else f"the {party.value}"
        with _ended_by_signals(server):
            server.run(lambda: _tell(f"{server.url}  to {base}, judges {judged}", form))
        return desk.finish()


def _tell(where: str, form: str) -> None:
    """The proxy listens; whoever reads a report for machines wants nothing else in it."""
    click.echo(f"{where}; Ctrl-C stops it", err=form != "text")
    sys.stdout.flush()


@contextmanager
def _ended_by_signals(server: ProxyServer) -> Iterator[None]:
    """While it runs, signals end the proxy and not the program, whose summary is still wanted."""
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        # only the main thread may; elsewhere whoever started the proxy ends it
        with suppress(ValueError):
            before[number] = signal.signal(number, lambda *_: server.stop_soon())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
