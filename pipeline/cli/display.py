"""What commands show to people: totals and tables. Messages go to stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


def stderr() -> Console:
    """The console of messages: colours and progress only where it is a terminal."""
    return Console(stderr=True, highlight=False)


def stdout() -> Console:
    """The console of tables and texts; wide where it is no terminal, so that nothing is cut in a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def print_totals(title: str, totals: Mapping[str, int], *, as_json: bool, to_stderr: bool = False) -> None:
    """Totals by name: with `as_json` one line on stdout (or stderr), else for people on stderr.

    For people it is a table on a terminal and one plain line elsewhere.
    """
    if as_json:
        typer.echo(json.dumps(totals), err=to_stderr)
        return
    console = stderr()
    if not console.is_terminal:
        console.print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in totals.items()), soft_wrap=True)
        return
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in totals.items():
        table.add_row(name, f"{count:,}")
    console.print(table)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr where that is a terminal; yields what is told (done, all)."""
    console = stderr()
    if not console.is_terminal:
        yield lambda _done, _all: None
        return
    with Progress(
        TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task(title)
        yield lambda done, all_: bar.update(task, completed=done, total=all_)
