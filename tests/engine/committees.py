"""People of companies, and the accounts that they come to."""

from __future__ import annotations

from typing import Any

from tests.engine.driving import Drive, lifecycle
from tests.scoring.making import Doc, doc

WORTH = {"id": "worth", "on": "web.page_viewed", "points": {"per": "worth", "factor": 1, "max": 1000}, "decay": "none"}
FADING = {**WORTH, "decay": {"half_life": "10d"}}
ROLES = {
    "decider": {"job_title": "CEO"},
    "technical": {"job_title": "CTO"},
    "user": {"department": "it"},
    "payer": {"department": "finance"},
}
QUIET = {"explicit": {"A": 9e6}, "implicit": {"1": 9e6}}
"""Grades that nobody ever reaches: so a lead is due for nothing but what a test is about."""


def account_section(*transitions: Doc, key: str = "account", step: float = 5) -> Doc:
    """Accounts that go known → engaged → buying by these transitions."""
    stages = lifecycle(*transitions, stages=("known", "engaged", "buying"))
    return {"key": key, "step": step, "roles": ROLES, "lifecycle": stages}


def company(
    *transitions: Doc, step: float = 5, rules: tuple[Doc, ...] = (WORTH,), key: str = "account", **more: Any
) -> Drive:
    """An engine under a model with such accounts."""
    return Drive(rules=rules, account=account_section(*transitions, key=key, step=step), grades=QUIET, **more)


def view(name: str, instant: int, lead: str, worth: float = 0, account: str | None = "acme", **more: Any) -> Doc:
    """A page view that is worth so many points."""
    return doc(name, "web.page_viewed", instant, lead, worth=worth, account=account, **more)


def is_a(name: str, instant: int, lead: str, account: str | None = "acme", **attributes: Any) -> Doc:
    """Somebody's attributes."""
    return doc(name, "crm.attribute_set", instant, lead, account=account, **attributes)


def contacts(drive: Drive, account: str = "acme") -> dict[str, tuple[float, int]]:
    """Total and instant of each contact, as announced last."""
    return {lead: (row[0], row[1]) for lead, row in drive.lead(f"a:{account}").contacts.items()}
