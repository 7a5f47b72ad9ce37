"""The tables of `leadtide model show`: everything that a model says, as wide as the terminal lets them be."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.models.outline import AccountOutline, Outline, RuleRow, TransitionRow
from pipeline.scoring.model import Category, Model
from pipeline.wording import Words

_NARROWEST = 9
"""Cells that a column keeps on a narrow terminal, if it needs them."""


def show_outline(console: Console, model: Model, rows: Outline, words: Words) -> None:
    """Print the rows of a model; its warnings come last."""
    explicit, implicit = words.gettext("Explicit: who the lead is"), words.gettext("Implicit: what the lead does")
    _rules(console, explicit + _range(model.explicit, words), rows.explicit, words)
    _rules(console, implicit + _range(model.implicit, words), rows.implicit, words)
    groups = (words.pgettext("column", "group"), words.pgettext("column", "rules"), words.pgettext("column", "limit"))
    _table(console, words.gettext("Groups with a common limit"), groups, rows.groups)
    _stages(console, words.gettext("Stages"), rows.stages, words)
    _transitions(console, words.gettext("Transitions"), rows.transitions, words)
    for score in rows.scores:
        name = score.id + (f" ({score.title})" if score.title else "")
        _rules(console, words.gettext("Further score: {name}").format(name=name), score.rules, words)
        _table(console, "", (words.pgettext("column", "signal"), words.pgettext("column", "when")), score.offers)
    if rows.account is not None:
        _account(console, rows.account, words)
    calendars = (words.pgettext("column", "calendar"), words.pgettext("column", "working time"))
    _table(console, words.gettext("Calendars"), calendars, rows.calendars)
    signals = (words.pgettext("column", "signal"), words.pgettext("column", "figures"))
    _table(console, words.gettext("Signals"), signals, rows.signals)
    for warning in model.warnings:
        console.print(warning, style="yellow", markup=False)


def _stages(console: Console, heading: str, rows: Sequence[tuple[str, ...]], words: Words) -> None:
    head = (
        words.pgettext("column", "stage"),
        words.pgettext("column", "title"),
        words.pgettext("column", "kind"),
        words.pgettext("column", "SLA"),
        words.pgettext("column", "nurture"),
    )
    _table(console, heading, head, rows)


def _transitions(console: Console, heading: str, rows: Sequence[TransitionRow], words: Words) -> None:
    head = (
        words.pgettext("column", "way"),
        words.pgettext("column", "title"),
        words.pgettext("column", "when"),
        words.pgettext("column", "falls back"),
        words.pgettext("column", "cooldown"),
        words.pgettext("column", "approvals"),
    )
    lines = [(t.way, t.title or t.key, t.when, t.leave, t.cooldown, t.approvals) for t in rows]
    _table(console, heading, head, lines)


def _account(console: Console, account: AccountOutline, words: Words) -> None:
    roles = (words.pgettext("column", "role"), words.pgettext("column", "when"))
    about = words.gettext("Accounts: contacts with the same {key}").format(key=account.key)
    _table(console, about, roles, account.roles)
    _stages(console, words.gettext("Stages of accounts"), account.stages, words)
    _transitions(console, words.gettext("Transitions of accounts"), account.transitions, words)


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
    table = Table(title=heading or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for i in used:
        widest = max(cell_len(row[i]) for row in rows)
        table.add_column(head[i], overflow="fold", no_wrap=is_first_whole and not i, min_width=min(widest, _NARROWEST))
    for row in rows:
        table.add_row(*(Text(row[i]) for i in used))
    console.print(table)
