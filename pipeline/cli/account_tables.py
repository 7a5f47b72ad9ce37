"""Accounts as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Column, Table

from pipeline.cli.display import stdout
from pipeline.cli.instants import local_time
from pipeline.codec.instants import parse_instant
from pipeline.scoring.ledger import title_of
from pipeline.scoring.model import Account, Model
from pipeline.wording import Words, words_of

Row = dict[str, Any]


def account_titles(account: Account, language: str = "en") -> dict[str, str]:
    """The titles of the stages of accounts."""
    return {stage.id: title_of(stage.titles, stage.id, language) for stage in account.lifecycle.stages}


def accounts_table(rows: Iterable[Row], titles: Mapping[str, str], words: Words) -> Table:
    """One account a line: stage, total, how many contacts, which roles of the committee are filled, who works it."""
    table = Table(
        Column(words.pgettext("column", "account"), overflow="fold", min_width=16),
        words.pgettext("column", "stage"),
        Column(words.pgettext("column", "total"), justify="right"),
        Column(words.pgettext("column", "contacts"), justify="right"),
        words.pgettext("column", "roles"),
        words.pgettext("column", "missing"),
        words.pgettext("column", "owners"),
    )
    for row in rows:
        table.add_row(
            row["account"],
            titles.get(row["stage"], row["stage"]),
            f"{row['total']:.1f}",
            str(len(row["contacts"])),
            ", ".join(row["roles_covered"]),
            ", ".join(row["roles_missing"]),
            ", ".join(row["owners"]),
        )
    return table


def show_account(row: Row, model: Model, language: str) -> None:
    """One account on stdout: how it stands, and its contacts."""
    words = words_of(language)
    titles = {} if model.account is None else account_titles(model.account, language)
    stdout().print(accounts_table([row], titles, words), contacts_table(row, words))


def contacts_table(row: Row, words: Words) -> Table:
    """The contacts of one account by what they add to its total, as each announced itself last."""
    table = Table(
        Column(words.pgettext("column", "lead"), overflow="fold", min_width=16),
        Column(words.pgettext("column", "points"), justify="right"),
        Column(words.pgettext("column", "total"), justify="right"),
        words.pgettext("column", "stage"),
        words.pgettext("column", "roles"),
        words.pgettext("column", "owners"),
        words.pgettext("column", "announced"),
    )
    for contact in row["contacts"]:
        table.add_row(
            contact["lead_id"],
            f"{contact['points']:.1f}",
            f"{contact['total']:.1f}",
            contact["stage"],
            ", ".join(contact["roles"]),
            contact["owner"] or "",
            local_time(parse_instant(contact["announced_at"])),
        )
    return table
