"""`client`: clients of other makers, judged by what they send and by what their callers get.

``client -- COMMAND`` runs any program beside the mock; the sub-commands work with adapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cli.group import LazyGroup

if TYPE_CHECKING:
    import click

__all__ = ["client"]

_COMMANDS = {
    "cases": ("conformance.cli.client_lists:cases", "List the cases."),
    "check-adapter": ("conformance.cli.client_adapter:check_adapter", "Judge an adapter itself."),
    "launch": ("conformance.cli.client_launch:launch", "Run any program beside the mock."),
    "list": ("conformance.cli.client_lists:list_clients", "List the clients that are known."),
    "matrix": ("conformance.cli.client_matrix:matrix", "Judge many clients side by side."),
    "new-adapter": ("conformance.cli.client_adapter:new_adapter", "Begin an adapter."),
    "protocol": ("conformance.cli.client_lists:protocol", "Print the JSON Schema of the protocol."),
    "run": ("conformance.cli.client_run:run", "Judge clients by what their callers get."),
}


class _ClientGroup(LazyGroup):
    """A group in which everything before ``--`` belongs to a command that stands behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take ``[OPTIONS] -- COMMAND`` for ``launch [OPTIONS] -- COMMAND``."""
        if "--" in args and args[0] not in self._at and "launch" in self._at:
            args = ["launch", *args]
        return super().parse_args(ctx, args)


client = _ClientGroup(
    "client",
    commands_at=_COMMANDS,
    help="Judge clients of the API, in any language.",
    epilog="`cohere-conformance client -- COMMAND` runs any program beside the mock.",
    otherwise="to run a program, write `cohere-conformance client -- COMMAND`; to run an adapter, "
    "`cohere-conformance client run`",
    short_help="Judge a client.",
)
