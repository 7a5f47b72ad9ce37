"""The tables of `leadtide model show`: rules, groups, stages and transitions, as wide as the terminal lets them be."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.models.outline import Outline, RuleRow
from pipeline.scoring.model import Category, Model
from pipeline.wording import Words

_NARROWEST = 9
"""Cells that a column keeps on a narrow terminal, if it needs them."""


def show_outline(console: Console, model: Model, rows: Outline, words: Words) -> None:
    """Print the rows of a model; its warnings come last."""
    explicit, implicit = words.gettext("Explicit: who the lead is"), words.gettext("Implicit: what the lead does")
    _rules(console, explicit + _range(model.explicit, words), rows.explicit, words)
    _rules(console, implicit + _range(model.implicit, words), rows.implicit, words)
    title = words.pgettext("column", "title")
    groups = (words.pgettext("column", "group"), words.pgettext("column", "rules"), words.pgettext("column", "limit"))
    _table(console, words.gettext("Groups with a common limit"), groups, rows.groups)
    stages = (words.pgettext("column", "stage"), title, words.pgettext("column", "kind"))
    _table(console, words.gettext("Stages"), stages, rows.stages)
    ways = (
        words.pgettext("column", "way"),
        title,
        words.pgettext("column", "when"),
        words.pgettext("column", "falls back"),
        words.pgettext("column", "cooldown"),
    )
    lines = [(t.way, t.title or t.key, t.when, t.leave, t.cooldown) for t in rows.transitions]
    _table(console, words.gettext("Transitions"), ways, lines)
    for warning in model.warnings:
        console.print(warning, style="yellow", markup=False)


def _range(category: Category, words: Words) -> str:
    if category.lowest is None or category.highest is None:
        return ""
    text = words.gettext(" ({lowest} to {highest} points)")
    return text.format(lowest=format(category.lowest, "g"), highest=format(category.highest, "g"))


def _rules(console: Console, heading: str, rows: tuple[RuleRow, ...], words: Words) -> None:
    head = (
        words.pgettext("column", "rule"),
        words.pgettext("column", "title"),
        words.pgettext("column", "when"),
        words.pgettext("column", "points"),
        words.pgettext("column", "limit"),
        words.pgettext("column", "decay"),
    )
    lines = [(r.id, r.title, r.when, r.points, r.limit, r.decay) for r in rows]
    _table(console, heading, head, lines, is_first_whole=True)


def _table(
    console: Console,
    heading: str,
    head: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    *,
    is_first_whole: bool = False,
) -> None:
    used = [i for i in range(len(head)) if any(row[i] for row in rows)]
    if not rows:
        return
    table = Table(title=heading, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for i in used:
        widest = max(cell_len(row[i]) for row in rows)
        table.add_column(head[i], overflow="fold", no_wrap=is_first_whole and not i, min_width=min(widest, _NARROWEST))
    for row in rows:
        table.add_row(*(Text(row[i]) for i in used))
    console.print(table)
