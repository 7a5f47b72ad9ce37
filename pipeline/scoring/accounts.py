"""An account: what its contacts announced last, and what that comes to (contract: lifecycle.md, rule 12). Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import Scalar, holds
from pipeline.scoring.model import Account
from pipeline.scoring.profile import Profile

PREFIX = "a:"
"""Begins the subject id of every account. A `lead_id` that begins so is a lead, and then no account is."""


class Claim(NamedTuple):
    """`owner` claimed a contact at `instant` by the event `event_id`."""

    instant: int
    event_id: str
    owner: str


class Contact(NamedTuple):
    """What a contact announced last: total and stage at `instant` (ms), the roles it fills, who claimed it first."""

    total: float
    instant: int
    stage: str
    roles: tuple[str, ...] = ()
    claim: Claim | None = None

    @classmethod
    def of(cls, row: list[Any]) -> Contact:
        """Out of its stored form."""
        total, instant, stage, roles, claim = row
        return cls(total, instant, stage, tuple(roles), None if claim is None else Claim(*claim))

    def row(self) -> list[Any]:
        """The stored form."""
        return [self.total, self.instant, self.stage, [*self.roles], None if self.claim is None else [*self.claim]]


class Roll:
    """The contacts of one account, by lead id."""

    def __init__(self, contacts: Mapping[str, Contact]) -> None:
        self.contacts = contacts

    @classmethod
    def of(cls, profile: Profile) -> Roll:
        """Those that an account's profile keeps."""
        return cls({lead: Contact.of(row) for lead, row in profile.contacts.items()})

    @cached_property
    def shares(self) -> dict[str, float]:
        """What each contact adds: by total, highest first (equal ones by lead id), the k-th counts 0.5^(k−1)."""
        ranked = sorted(self.contacts.items(), key=lambda pair: (-pair[1].total, pair[0]))
        return {lead: contact.total * 0.5**rank for rank, (lead, contact) in enumerate(ranked)}

    @cached_property
    def total(self) -> float:
        """The account's score, the same to the last bit whatever the order of the contacts; 0 without any."""
        return math.fsum(self.shares.values())

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that are filled."""
        return frozenset(role for contact in self.contacts.values() for role in contact.roles)

    @cached_property
    def owners(self) -> list[str]:
        """Who claimed a contact, in the order of their first claims."""
        claims = sorted(contact.claim for contact in self.contacts.values() if contact.claim is not None)
        return list(dict.fromkeys(claim.owner for claim in claims))

    def owned_by(self, owners: Iterable[str]) -> list[str]:
        """The contacts that one of these claimed, sorted."""
        wanted = set(owners)
        return sorted(lead for lead, c in self.contacts.items() if c.claim is not None and c.claim.owner in wanted)


def is_account(profile: Profile) -> bool:
    """Whether the profile is an account's, no lead's."""
    return profile.subject.startswith(PREFIX) and not profile.facts and not profile.is_alias


def account_of(account: Account, get: Callable[[str], Scalar]) -> str | None:
    """The subject id of the account that somebody with these attributes belongs to, or None.

    A key that is a number counts as its text; 1 and 1.0 are one key.
    """
    key = get(account.key)
    if isinstance(key, bool) or key is None:
        return None
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    return PREFIX + str(key)


def roles_of(account: Account, get: Callable[[str], Scalar]) -> tuple[str, ...]:
    """The roles that somebody with these attributes fills, as declared."""
    return tuple(role for role, condition in account.roles.items() if holds(condition, get))


def claim_of(facts: Iterable[Activity]) -> Claim | None:
    """The first claim among facts that come in order."""
    for fact in facts:
        if fact.type == "crm.claimed":
            owner = fact.fields.get("@owner")
            if owner is not None:
                return Claim(fact.occurred_at, fact.event_id, str(owner))
    return None
