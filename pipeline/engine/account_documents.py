"""What is told of accounts: their stage changes, and one row each of how they stand."""

from __future__ import annotations

from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.engine.documents import Document, change_id
from pipeline.scoring.accounts import PREFIX, Contact, Roll
from pipeline.scoring.ledger import REASONS
from pipeline.scoring.lifecycle import StageChanged
from pipeline.scoring.model import Account, Model
from pipeline.scoring.profile import Profile


def account_change(profile: Profile, change: StageChanged, roll: Roll, model: Model) -> Document:
    """One transition of an account: its total is that of its contacts, which are the reasons."""
    return {
        "change_id": change_id(profile.subject, change.seq),
        "lead_id": profile.subject,
        "seq": change.seq,
        "email": None,
        "account": key_of(profile),
        "owner": next(iter(roll.owners), None),
        "external_ids": {},
        "first_source": None,
        "first_campaign": None,
        "from_stage": change.from_stage,
        "to_stage": change.to_stage,
        "direction": change.direction,
        "occurred_at": format_instant(change.occurred_at),
        "cause": change.cause,
        "trigger_event_id": change.trigger_event_id,
        "explicit": 0.0,
        "implicit": roll.total,
        "total": roll.total,
        "grade": "",
        "reasons": _reasons(roll),
        "model": model.id,
        "model_version": model.model_version,
        "retracts_seq": None,
        "absorbed": [],
        "sla_due_at": None,
    }


def account_row(profile: Profile, account: Account, instant: int) -> Document:
    """One line of `accounts.ndjson`: how an account stands at an instant at or after its clock.

    `contacts` by what they add (`points`), each as it announced itself last.
    """
    roll = Roll.of(profile)
    return {
        "account_id": profile.subject,
        "account": key_of(profile),
        "stage": profile.standing.stage,
        "total": roll.total,
        "contacts": [_contact(lead, points, roll.contacts[lead]) for lead, points in roll.shares.items()],
        "roles_covered": [role for role in account.roles if role in roll.roles],
        "roles_missing": [role for role in account.roles if role not in roll.roles],
        "owners": roll.owners,
        "as_of": format_instant(instant),
        "due_at": None if profile.due is None else format_instant(profile.due),
    }


def key_of(profile: Profile) -> str:
    """The account key, as its contacts have it."""
    return profile.subject.removeprefix(PREFIX)


def _contact(lead: str, points: float, contact: Contact) -> dict[str, Any]:
    return {
        "lead_id": lead,
        "total": contact.total,
        "points": points,
        "stage": contact.stage,
        "roles": [*contact.roles],
        "owner": None if contact.claim is None else contact.claim.owner,
        "announced_at": format_instant(contact.instant),
    }


def _reasons(roll: Roll) -> list[Document]:
    rows = [
        {"rule": lead, "title": ", ".join(roll.contacts[lead].roles) or lead, "points": points, "events": []}
        for lead, points in roll.shares.items()
        if points
    ]
    rows.sort(key=lambda row: (-abs(row["points"]), row["rule"]))  # type: ignore[arg-type]
    return rows[:REASONS]
