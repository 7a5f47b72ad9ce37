"""What a lead's dealings with sales come to: money, reasons, and the first and last touch (contract: events.md, Types).

All of it follows from the lead's facts up to an instant, so duplicates, late facts, merges and their undoing need
nothing of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import number_of

QUOTED, WON, PAID, COST = "quoted", "won", "paid", "cost"
_MONEY = {
    "crm.quote_sent": QUOTED,
    "crm.opportunity_won": WON,
    "crm.payment_received": PAID,
    "crm.cost_booked": COST,
}
_GIVES_REASON = frozenset({"crm.returned", "crm.rejected", "crm.disqualified", "crm.opportunity_lost"})
_CAMPAIGN = ("@campaign.source", "@campaign.name")

Sums = dict[str, float]
"""Currency as written ('' where none was given) → the exactly rounded sum of its amounts."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why sales sent the lead back or lost it, at `instant` (ms); `reason` is None if none was given."""

    type: str
    reason: str | None
    instant: int
    event_id: str


@dataclass(frozen=True, slots=True)
class Touch:
    """Where the lead came from at `instant` (ms): the campaign's source and name, or the producing system."""

    source: str | None
    campaign: str | None
    instant: int
    event_id: str


@dataclass(frozen=True, slots=True)
class Dealings:
    """What was quoted, won, paid and spent, and why sales gave the lead back.

    `sums`: kind → currency → sum; `by_campaign`: of what was spent, campaign → currency → sum. `is_final`: whether the
    last payment was the final one (None: there was none). `unreadable`: amounts that are no number. `reasons` in the
    order of time.
    """

    sums: dict[str, Sums] = field(default_factory=dict)
    by_campaign: dict[str, Sums] = field(default_factory=dict)
    is_final: bool | None = None
    unreadable: int = 0
    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sums or self.unreadable or self.reasons or self.is_final is not None)


def dealings_of(facts: Iterable[Activity]) -> Dealings:
    """What facts, which come in order, say of money and reasons."""
    amounts: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    reasons: list[Reason] = []
    is_final, unreadable = None, 0
    for fact in facts:
        get = fact.fields.get
        if fact.type in _GIVES_REASON:
            reasons.append(Reason(fact.type, _text(get("reason")), fact.occurred_at, fact.event_id))
        kind = _MONEY.get(fact.type)
        if kind is None:
            continue
        if kind == PAID:
            is_final = get("final") is True
        given = get("amount")
        amount = number_of(given)
        if amount is None:
            unreadable += given is not None
            continue
        campaign = _text(get("campaign")) if kind == COST else None
        amounts[kind, campaign or "", _text(get("currency")) or ""].append(amount)
    return Dealings(
        {kind: _sums(amounts, kind) for kind in (QUOTED, WON, PAID, COST) if any(key[0] == kind for key in amounts)},
        {name: _sums(amounts, COST, name) for _, name, _ in sorted(amounts) if name},
        is_final,
        unreadable,
        tuple(reasons),
    )


def touches_of(facts: Sequence[Activity]) -> tuple[Touch | None, Touch | None]:
    """The first and the last fact, of facts in order, that say where the lead came from.

    Those are the ones with a campaign; only if there is none at all, the ones with a `source`.
    """
    named = [fact for fact in facts if any(_text(fact.fields.get(name)) for name in _CAMPAIGN)]
    found = [_touch(fact, *_CAMPAIGN) for fact in named]
    if not named:
        found = [_touch(fact, "@source") for fact in facts if _text(fact.fields.get("@source"))]
    return (found[0], found[-1]) if found else (None, None)


def _touch(fact: Activity, source: str, campaign: str = "") -> Touch:
    get = fact.fields.get
    return Touch(_text(get(source)), _text(get(campaign)), fact.occurred_at, fact.event_id)


def _sums(amounts: dict[tuple[str, str, str], list[float]], kind: str, campaign: str | None = None) -> Sums:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for (of_kind, of_campaign, currency), values in amounts.items():
        if of_kind == kind and campaign in (None, of_campaign):
            found[currency] += values
    return {currency: math.fsum(values) for currency, values in sorted(found.items())}


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
