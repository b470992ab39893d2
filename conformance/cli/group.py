"""The table of commands → a click group that imports a command when it is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROGRAM", "LazyGroup"]

PROGRAM = "cohere-conformance"


class LazyGroup(click.Group):
    """A group whose `commands_at` maps each command to ``module:attribute`` and its help line.

    `otherwise` is the hint for a word that is like none of them; by default they are listed.
    """

    def __init__(
        self,
        name: str,
        *,
        commands_at: Mapping[str, tuple[str, str]],
        otherwise: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(name, **settings)
        self._at = dict(commands_at)
        self._otherwise = otherwise

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, in order."""
        return sorted(self._at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, imported now; None when there is none."""
        if cmd_name not in self._at:
            return None
        module, _, attribute = self._at[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._at[name][1]) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; UsageError with the nearest name when there is none."""
        name = args[0]
        if name not in self._at and not name.startswith("-"):
            from conformance.suggest import did_you_mean

            known = ", ".join(f"`{each}`" for each in self.list_commands(ctx))
            listed = self._otherwise or f"the commands are {known}"
            raise UsageError(
                f"no such command: `{name}`",
                where=ctx.command_path,
                hint=did_you_mean(name, self._at) or listed,
            )
        return super().resolve_command(ctx, args)
