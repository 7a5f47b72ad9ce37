"""The command line. Data goes to stdout, messages to stderr; the exit code says what kind of trouble it was."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pipeline.cli.group import LazyGroup
from pipeline.cli.helptext import described
from pipeline.errors import LeadtideError

_INTERRUPTED = 130

app = typer.Typer(
    name="leadtide",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"leadtide {version('leadtide')}")
        raise typer.Exit


@app.callback(
    **described(
        """Leadtide: who is ready now, why, and who must act by when.

        Exit codes: 0 done, 2 a file or argument cannot be used, 3 the model cannot be used,
        4 the broker is not there or wrongly set up, 5 stored state is damaged, 6 the facts of that instant are not kept
        any more, 7 the read model's Redis is not there, 8 the schema registry cannot be used, 130 Ctrl-C,
        1 anything else. LEADTIDE_ variables configure it: see .env.reference.""",
        "leadtide demo                                   # everything, for a minute",
        "leadtide replay --out scores events.ndjson      # one process, no broker",
        "leadtide broker start && leadtide topics create && leadtide worker",
    )
)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line; a LeadtideError is one message on stderr and its class's exit code."""
    try:
        app()
    except LeadtideError as error:
        typer.secho(f"leadtide: {error}", err=True, fg=typer.colors.RED)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`leadtide tail … | head`): what Python still holds has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
