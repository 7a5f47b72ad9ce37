"""Which lead an address or an external id belongs to, and leads that become one (contract: events.md, Identity).

An identifier belongs to the subject that claims it first, for good. Whoever claims one waits for the answer: until it
comes nothing is decided at that instant or later, so that nothing is announced twice because somebody was known by an
address before.
"""

from __future__ import annotations

from typing import Any

from pipeline.engine.absorbing import absorb
from pipeline.engine.documents import Document, signal
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import Absorb, Bound, Claim, Contest, Joining, Raise, Reclaim, Taken
from pipeline.engine.packing import unpack
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.identity import is_anonymous
from pipeline.scoring.profile import Profile


def is_mine(lead: Profile, subject: str) -> bool:
    """Whether a subject is the lead itself or belongs to it, or will as soon as an answer has come."""
    return subject == lead.subject or subject in lead.aliases or subject in lead.waits


class Bindings:
    """Addresses, external ids and merges of one partition's subjects."""

    def __init__(self, table: ProfileTable, steps: Steps, exchange: Exchange) -> None:
        self._table, self._steps, self._exchange = table, steps, exchange
        exchange.handlers |= {
            Claim: self._on_claim,
            Contest: self._on_contest,
            Bound: self._on_bound,
            Joining: self._on_joining,
            Taken: self._when_due,
            Absorb: self._when_due,
            Raise: self._when_due,
        }
        steps.effects |= {Taken: self._taken, Absorb: self._absorb, Raise: self._raise}

    def claim(self, lead: Profile, identifier: str, subject: str, instant: int) -> None:
        """An address or external id belongs to `subject`, which is the lead or an alias of it, from `instant` on."""
        if is_mine(lead, identifier) or f"duplicate_suspected:{identifier}" in lead.raised:
            return
        lead.waits[identifier] = instant
        self._table.touch(lead)
        self._exchange.post(Claim(to=identifier, subject=subject, instant=instant))

    def merge(self, lead: Profile, into: str, instant: int) -> bool:
        """Make the lead an alias of another from `instant` on; False if it belongs there, or that was undone since."""
        if is_mine(lead, into) or lead.severed.get(into, -1) >= instant:
            return False
        lead.merged_at = instant
        self._exchange.post(Joining(to=into, source=lead.subject, instant=instant))
        self._leave(lead, into, instant)
        return True

    def _leave(self, profile: Profile, owner: str, instant: int) -> None:
        """Hand over once everything before the instant is decided; what lies after it goes ahead."""
        profile.alias_of, profile.leaving = owner, instant
        self._steps.work_off(profile)
        if profile.leaving is not None:
            later = [fact for fact in profile.facts.values() if fact.occurred_at >= instant]
            self._steps.give_away(profile, later, owner)

    def _on_claim(self, identifier: Profile, message: Claim) -> None:
        subject, instant = message.subject, message.instant
        if not identifier.alias_of:
            self._leave(identifier, subject, instant)
        elif identifier.alias_of != subject:
            contest = Contest(to=identifier.alias_of, identifier=identifier.subject, subject=subject, instant=instant)
            self._exchange.post(contest)
        elif identifier.leaving is None:
            self._exchange.post(Bound(to=subject, identifier=identifier.subject))

    def _on_contest(self, holder: Profile, message: Contest) -> None:
        identifier, subject = message.identifier, message.subject
        self._exchange.post(
            Bound(to=subject, identifier=identifier)
            if is_mine(holder, subject)
            else Taken(to=subject, identifier=identifier, holder=holder.subject, instant=message.instant)
        )

    def _on_bound(self, lead: Profile, message: Bound) -> None:
        if lead.waits.pop(message.identifier, None) is not None:
            self._steps.work_off(lead)

    def _on_joining(self, lead: Profile, message: Joining) -> None:
        if not is_mine(lead, message.source):
            lead.waits[message.source] = message.instant
            self._table.touch(lead)
            self._steps.decider.schedule(lead)

    def _when_due(self, lead: Profile, message: Any) -> None:
        self._steps.receive(lead, message.instant, message)

    def _taken(self, lead: Profile, message: Taken) -> None:
        lead.waits.pop(message.identifier, None)
        if is_mine(lead, message.holder):
            return
        details: Document = {"identifier": message.identifier}
        self._raise_once(lead, "duplicate_suspected", message.instant, message.holder, details, other=message.holder)
        lead.raised.add(f"duplicate_suspected:{message.identifier}")
        # Meanwhile facts may have come here by way of the identifier.
        for visitor in {fact.origin for fact in lead.facts.values() if is_anonymous(fact.origin)}:
            self._exchange.post(Reclaim(to=visitor, holder=lead.subject, instant=message.instant))

    def _absorb(self, lead: Profile, message: Absorb) -> None:
        weaker = unpack(message.profile)
        lead.waits.pop(message.source, None)
        if message.source == lead.subject or message.source in lead.aliases:  # it came twice: only facts can be new
            for fact in list(weaker.facts.values()):
                fact.origin = fact.origin or weaker.subject
                self._steps.insert(lead, fact)
            return
        lead.aliases[message.source] = message.parent
        absorb(weaker, lead, self._steps.decider.entry)
        if lead.facts:
            self._steps.changed(lead, message.instant)

    def _raise(self, lead: Profile, message: Raise) -> None:
        more = {} if message.other is None else {"other": message.other}
        self._raise_once(lead, message.name, message.instant, message.key, message.details, **more)

    def _raise_once(self, lead: Profile, name: str, instant: int, key: str, details: Document, **more: str) -> None:
        if f"{name}:{key}" in lead.raised:
            return
        lead.raised.add(f"{name}:{key}")
        stage = lead.standing.stage or self._steps.decider.entry
        self._steps.decider.outbox.signals.append(signal(lead.subject, name, instant, stage, key, details, **more))
