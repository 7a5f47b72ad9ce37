"""The root of the command line: commands are imported when they are run, so that `leadtide --help` is quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.cli.commands import COMMANDS

if TYPE_CHECKING:
    from typer._click.core import Command, Context


class LazyGroup(TyperGroup):
    """Shows the commands of `COMMANDS` from their one line each, and imports the one that is run."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the signature is Click's
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 - as above
        """A stand-in that knows its one line."""
        return self._stand_in(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The command itself; for a name mistyped, Typer looks for a near one among `commands`."""
        self.commands.update({name: self._stand_in(name) for name in COMMANDS})
        name, stand_in, rest = super().resolve_command(ctx, args)
        if stand_in is None or stand_in.name is None:
            return name, stand_in, rest
        module = import_module(COMMANDS[stand_in.name].module)
        command = typer.main.get_command(module.app)
        command.name = stand_in.name
        return name, command, rest

    @staticmethod
    def _stand_in(name: str) -> Command:
        entry = COMMANDS[name]
        return TyperCommand(name, short_help=entry.line, help=entry.line, rich_help_panel=entry.panel)
