"""Tables that fit: words wrap, then the least important columns stay away, and that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.display import stderr, stdout
from pipeline.wording import Words

_EDGE, _FRAME = 1, 3
"""Of a table one line at its left; of each column a space on either side and the line at its right."""


@dataclass(slots=True)
class Fitted:
    """A column by its title. The lowest `rank` stays away first, one without (None) never does.

    `least`: to how many cells its words may be broken; 0: they are not.
    """

    title: str
    values: list[str]
    rank: int | None = None
    right: bool = False
    least: int = 0

    @property
    def widest(self) -> int:
        """Cells it takes if nothing is wrapped."""
        return max(cell_len(line) for text in (self.title, *self.values) for line in text.split("\n"))

    @property
    def unbroken(self) -> int:
        """Cells it takes with no word broken; figures are not wrapped."""
        if self.right:
            return self.widest
        return max((cell_len(word) for text in (self.title, *self.values) for word in text.split()), default=1)

    @property
    def narrowest(self) -> int:
        """Cells it takes at the least."""
        return min(self.unbroken, self.least) if self.least else self.unbroken


def fitting(columns: Sequence[Fitted], width: int) -> tuple[Table, list[str]]:
    """The table of at most so many cells, and the titles of the columns that have no place in it."""
    shown, dropped = list(columns), []
    while _taken([column.narrowest for column in shown]) > width:
        spare = [column for column in shown if column.rank is not None]
        if not spare:
            break
        least = min(spare, key=lambda column: column.rank or 0)
        shown.remove(least)
        dropped.append(least.title)
    widths = [column.widest for column in shown]
    for floors in ([column.unbroken for column in shown], [column.narrowest for column in shown]):
        _narrow(widths, floors, width)
    table = Table()
    for column, cells in zip(shown, widths, strict=True):
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold", width=cells)
    for row in zip(*(column.values for column in shown), strict=True):
        table.add_row(*map(Text, row))
    return table, dropped


def show_fitting(columns: Sequence[Fitted], words: Words, console: Console | None = None) -> None:
    """Print the table on stdout, in full where that is no terminal, and on stderr which columns are missing."""
    console = console or stdout()
    if not console.is_terminal:
        console.width = max(console.width, _taken([column.widest for column in columns]))
    table, dropped = fitting(columns, console.width)
    console.print(table)
    if dropped:
        names = words.pgettext("between the parts of a list", ", ").join(dropped)
        text = words.gettext("not shown, for want of width: {columns}").format(columns=names)
        stderr().print(text, soft_wrap=True, markup=False)


def _narrow(widths: list[int], floors: Sequence[int], width: int) -> None:
    """Take from the widest columns, down to their floors, until all of them fit."""
    while _taken(widths) > width:
        loose = [n for n, floor in enumerate(floors) if widths[n] > floor]
        if not loose:
            return
        widths[max(loose, key=widths.__getitem__)] -= 1


def _taken(widths: Sequence[int]) -> int:
    return _EDGE + sum(width + _FRAME for width in widths)
