"""Leads as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.cli.fitting import Fitted
from pipeline.cli.instants import local_time
from pipeline.codec.instants import parse_instant
from pipeline.wording import Words, codes

Row = dict[str, Any]


def lead_columns(
    rows: Sequence[Row], titles: Mapping[str, str], overdue: Mapping[str, list[Row]], words: Words
) -> list[Fitted]:
    """One lead a line: who, where, how much, and when it changes by itself; where any is overdue, since when."""
    halves = codes.categories(words)
    never = words.pgettext("next change", "never")
    late = [overdue.get(row["lead_id"], ()) for row in rows]
    columns = [
        Fitted(words.pgettext("column", "lead"), [row["email"] or row["lead_id"] for row in rows], least=24),
        Fitted(words.pgettext("column", "account"), [row["account"] or "" for row in rows], rank=2, least=12),
        Fitted(words.pgettext("column", "stage"), [titles.get(row["stage"], row["stage"]) for row in rows]),
        Fitted(words.pgettext("column", "grade"), [row["grade"] for row in rows], rank=3),
        Fitted(words.pgettext("column", "total"), [f"{row['total']:.1f}" for row in rows], right=True),
        Fitted(halves["explicit"], [f"{row['explicit']:.1f}" for row in rows], rank=0, right=True),
        Fitted(halves["implicit"], [f"{row['implicit']:.1f}" for row in rows], rank=0, right=True),
        Fitted(
            words.pgettext("column", "next change"),
            [_local(row["due_at"]) if row["due_at"] else never for row in rows],
            1,
        ),
    ]
    if any(late):
        since = [_local(owed[0]["due_at"]) if owed else "" for owed in late]
        columns.insert(3, Fitted(words.pgettext("column", "overdue since"), since))
    return columns


def _local(text: str) -> str:
    return local_time(parse_instant(text))
