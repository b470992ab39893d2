"""Command line → a command, and whatever happens → an exit code and at most one message.

Sub-commands are imported when they are called, so that each start pays for what it uses.
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from conformance.cli.group import LazyGroup
from conformance.cli.trouble import guarded
from conformance.version import __version__

__all__ = ["main"]

# command -> where it is defined, and its line in the help
_COMMANDS = {
    "check": ("conformance.cli.check:check", "Judge recorded exchanges."),
    "client": ("conformance.cli.client:client", "Judge a client, in any language."),
    "diff": ("conformance.cli.diff:diff", "Compare two descriptions of the API."),
    "explain": ("conformance.cli.explain:explain", "Explain a rule."),
    "generate": ("conformance.cli.generate:generate", "Generate examples for fuzzing."),
    "mock": ("conformance.cli.mock:mock", "Serve a mock of the API that misbehaves on request."),
    "proxy": ("conformance.cli.proxy:proxy", "Stand between a client and a server, judge both."),
    "recheck": (
        "conformance.cli.recheck:recheck_command",
        "Judge recordings under another description.",
    ),
    "recordings": ("conformance.cli.recordings:recordings", "Get recordings to judge."),
    "run": ("conformance.cli.run:run", "Judge a server."),
    "report": ("conformance.cli.report:report", "Make the views of a report.jsonl again."),
    "rules": ("conformance.cli.rules:rules", "List the rules."),
    "specs": ("conformance.cli.specs:specs", "Import, correct and compile the API description."),
}


# Allocations between two garbage collections, instead of the usual 700.
_ALLOCATIONS = 50_000


def _group() -> LazyGroup:
    import click

    return LazyGroup(
        "cohere-conformance",
        commands_at=_COMMANDS,
        help="Judge Cohere v2 chat streams and v2 rerank exchanges against the published contract.",
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help="Show the version and exit.",
            )
        ],
        epilog=(
            "Exit codes: 0 all as promised, 1 a rule is broken, 2 not everything could be judged."
        ),
    )


def _show_version(context: object, _option: object, value: bool) -> None:  # noqa: FBT001
    import click

    if value and isinstance(context, click.Context) and not context.resilient_parsing:
        click.echo(f"cohere-conformance {__version__}")
        context.exit()


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line, by default that of this process, and exit with its code."""
    # Loading makes many objects that stay: looking for garbage among them is a tenth of the start.
    gc.set_threshold(_ALLOCATIONS)
    given = sys.argv[1:] if arguments is None else list(arguments)
    sys.exit(guarded(_group, given))
