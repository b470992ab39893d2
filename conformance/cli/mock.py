"""`mock`: a server that answers as the live API does, and misbehaves on request."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from conformance.report.page import Page

if TYPE_CHECKING:
    from conformance.mock.log import Log
    from conformance.mock.server import MockServer
    from conformance.mock.settings import Settings
    from conformance.report.page import Line

__all__ = ["mock"]


def _seconds(_context: click.Context, _option: click.Parameter, value: str) -> float:
    from conformance.mock.settings import seconds_in

    return seconds_in(value)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port; by default a free one."
)
@click.option("--profile", default="live", show_default=True, help="live, minimal, rich or ndjson.")
@click.option("--fault", default="", metavar="FAULTS", help="What to do wrong; see --list-faults.")
@click.option("--list-faults", is_flag=True, help="List all faults and exit.")
@click.option(
    "--latency", default="0", callback=_seconds, metavar="TIME", help="The time before each event."
)
@click.option(
    "--length", type=click.IntRange(0, 1_000_000), default=0, help="The tokens of a text."
)
@click.option("--seed", type=int, default=0, help="Other seeds give other answers.")
@click.option("--key", default="", help="The only API key to take; by default any is taken.")
@click.option("--any-model", is_flag=True, help="Serve models of any name.")
@click.option(
    "--keep", type=click.IntRange(1), default=1000, help="How many exchanges the log keeps."
)
@click.option("--control", is_flag=True, hidden=True)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def mock(
    *,
    host: str,
    port: int,
    profile: str,
    fault: str,
    list_faults: bool,
    latency: float,
    length: int,
    seed: int,
    key: str,
    any_model: bool,
    keep: int,
    control: bool,
    until_stdin_closes: bool,
) -> None:
    """Serve chat streams and reranks as the live API does, until interrupted.

    A request can choose for itself: headers `X-Conformance-Profile` and `X-Conformance-Fault`, or
    a base URL such as `http://127.0.0.1:8000/fault=STREAM-014`.
    """
    if list_faults:
        page = Page()
        page.write(_faults(page.width))
        return
    from conformance.mock.plan import plan_of
    from conformance.mock.server import MockServer
    from conformance.mock.settings import Settings, profile_named

    settings = Settings(
        profile=profile_named(profile),
        plan=plan_of(fault) if fault else None,
        seed=seed,
        key=key,
        latency=latency,
        length=length,
        any_model=any_model,
    )
    server = MockServer(settings, host=host, port=port, keep=keep, control=control)
    click.echo(f"{server.url}  {_manner(settings)}; Ctrl-C stops it")
    sys.stdout.flush()
    if until_stdin_closes:
        threading.Thread(target=_watch, args=(server,), daemon=True).start()
    # uvicorn stops first and passes the signal on; the summary is still wanted.
    with suppress(KeyboardInterrupt):
        server.run()
    _summary(server.log)


def _watch(server: MockServer) -> None:
    sys.stdin.read()
    server.stop()


def _manner(settings: Settings) -> str:
    said = f"profile {settings.profile.name}"
    if settings.plan is not None:
        said += f", fault {settings.plan.name}"
    return said + (", one key" if settings.key else ", any key")


def _summary(log: Log) -> None:
    from conformance.rules.registry import RULES
    from conformance.verdict import Level, Party

    verdicts = log.verdicts()
    # By the level of the rule: a refusal turns the fault that it answers into information.
    faults = Counter(
        f"{violation.code} {violation.name}"
        for verdict in verdicts
        for violation in verdict.violations
        if violation.party is Party.CLIENT and RULES[violation.code].level is not Level.INFO
    )
    refused = sum(1 for e in log.exchanges() if e.response and e.response.status >= 400)  # noqa: PLR2004
    kept = f", the last {len(verdicts)} kept" if log.total > len(verdicts) else ""
    page = Page()
    page.write(
        [((f"{log.total} request{'s' * (log.total != 1)}{kept}, {refused} refused", "strong"),)]
    )
    page.write([((f"  {count} × {name}", ""),) for name, count in sorted(faults.items())])


def _faults(width: int) -> list[Line]:
    from conformance.faults import all_faults
    from conformance.mock.transport import TRANSPORTS
    from conformance.report.cells import pad, wrap

    rows = [(fault.key, f"{fault.name}: {fault.says}") for fault in all_faults()]
    rows += [
        (f"{name}={value}" if value else name, says) for name, (value, says) in TRANSPORTS.items()
    ]
    column = max(len(key) for key, _ in rows) + 2
    lines: list[Line] = []
    for key, says in rows:
        first, *rest = wrap(says, max(20, width - column)) or [""]
        lines.append(((pad(key, column), "strong"), (first, "")))
        lines += [((" " * column + line, ""),) for line in rest]
    total = f"{len(all_faults())} faults that break one rule each, {len(TRANSPORTS)} of transport"
    return [*lines, (), ((total, "strong"),)]
