"""Accounts as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from pipeline.cli.display import stdout
from pipeline.cli.fitting import Fitted, show_fitting
from pipeline.cli.instants import local_time
from pipeline.cli.lines import stage_titles
from pipeline.cli.staying import times_in
from pipeline.codec.instants import parse_instant
from pipeline.scoring.ledger import title_of
from pipeline.scoring.model import Account, Model
from pipeline.wording import Words, words_of

Row = dict[str, Any]


def account_titles(account: Account, language: str = "en") -> dict[str, str]:
    """The titles of the stages of accounts."""
    return {stage.id: title_of(stage.titles, stage.id, language) for stage in account.lifecycle.stages}


def account_columns(rows: Sequence[Row], titles: Mapping[str, str], words: Words) -> list[Fitted]:
    """One account a line: stage, total, how many contacts, which roles of the committee are filled, who works it."""
    return [
        Fitted(words.pgettext("column", "account"), [row["account"] for row in rows], least=16),
        Fitted(words.pgettext("column", "stage"), [titles.get(row["stage"], row["stage"]) for row in rows]),
        Fitted(words.pgettext("column", "total"), [f"{row['total']:.1f}" for row in rows], right=True),
        Fitted(words.pgettext("column", "contacts"), [str(len(row["contacts"])) for row in rows], rank=1, right=True),
        Fitted(words.pgettext("column", "roles"), [", ".join(row["roles_covered"]) for row in rows], rank=0),
        Fitted(words.pgettext("column", "missing"), [", ".join(row["roles_missing"]) for row in rows]),
        Fitted(words.pgettext("column", "owners"), [", ".join(row["owners"]) for row in rows], rank=2, least=12),
    ]


def show_account(row: Row, model: Model, language: str) -> None:
    """One account on stdout: how it stands, and its contacts."""
    words = words_of(language)
    titles = {} if model.account is None else account_titles(model.account, language)
    since = words.gettext("{stage} since {since}, as of {instant}").format(
        stage=titles.get(row["stage"], row["stage"]), since=_local(row["entered_at"]), instant=_local(row["as_of"])
    )
    stdout().print(f"[bold]{escape(row['account'])}[/bold]\n{escape(since)}")
    stdout().print(f"[dim]{escape(times_in(row['as_of'], words))}[/dim]")
    show_fitting(account_columns([row], titles, words), words)
    show_fitting(contact_columns(row["contacts"], stage_titles(model, language), words), words)


def contact_columns(contacts: Sequence[Row], titles: Mapping[str, str], words: Words) -> list[Fitted]:
    """The contacts of one account by what they add to its total, as each announced itself last.

    A contact is told by its address, as far as it is known.
    """
    names = [c["email"] or c["lead_id"] for c in contacts]
    stages = [titles.get(c["stage"], c["stage"]) for c in contacts]
    return [
        Fitted(words.pgettext("column", "lead"), names, least=20),
        Fitted(words.pgettext("column", "points"), [f"{c['points']:.1f}" for c in contacts], right=True),
        Fitted(words.pgettext("column", "total"), [f"{c['total']:.1f}" for c in contacts], rank=3, right=True),
        Fitted(words.pgettext("column", "stage"), stages),
        Fitted(words.pgettext("column", "roles"), [", ".join(c["roles"]) for c in contacts]),
        Fitted(words.pgettext("column", "owners"), [c["owner"] or "" for c in contacts], rank=2, least=12),
        Fitted(words.pgettext("column", "announced"), [_local(c["announced_at"]) for c in contacts], rank=1),
        Fitted(words.pgettext("column", "lead id"), [c["lead_id"] for c in contacts], rank=0),
    ]


def _local(text: str) -> str:
    return local_time(parse_instant(text))
