"""What commands show to people, on stderr."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table


def stderr() -> Console:
    """The console of messages: colours and progress only where it is a terminal."""
    return Console(stderr=True, highlight=False)


def print_counts(title: str, counts: Mapping[str, int]) -> None:
    """Totals by name on stderr: a table on a terminal, one plain line elsewhere."""
    console = stderr()
    if not console.is_terminal:
        console.print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.items()), soft_wrap=True)
        return
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
