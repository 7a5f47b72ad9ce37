"""Which lead an address or an external id belongs to, and leads that become one (contract: events.md, Identity).

An identifier belongs to the subject that claims it first, for good. Whoever claims one waits for the answer: until it
comes nothing is decided at that instant or later, so that nothing is announced twice because somebody was known by an
address before.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.engine.absorbing import absorb
from pipeline.engine.documents import Document, signal
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import (
    Absorb,
    Await,
    BindVisitor,
    Bound,
    Claim,
    Contest,
    Joining,
    Raise,
    Reclaim,
    Taken,
    Withdraw,
    unpack_message,
)
from pipeline.engine.packing import unpack
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.identity import is_anonymous
from pipeline.scoring.profile import Profile

_TAKEN = "taken:"
"""Before an identifier: the lead knows that it is another's, and tells so at the instant at which it claimed it."""

FORGETTING = "forgetting:"
"""Before a subject: it is told to forget, and what is its own goes back to it (`forgetting.py`)."""

_WHOEVER = ""
"""In place of a subject: all of them."""


def is_mine(lead: Profile, subject: str) -> bool:
    """Whether a subject is the lead itself or belongs to it, or will as soon as an answer has come."""
    return subject == lead.subject or subject in lead.aliases or subject in lead.waits


def is_mine_at(lead: Profile, subject: str, instant: int) -> bool:
    """The same for what is of this instant: a subject that has not handed over yet keeps what was before."""
    if subject in lead.waits:
        return lead.waits_since(subject) <= instant
    return is_mine(lead, subject)


def answer_of(identifier: Profile, subject: str, instant: int) -> Bound:
    """The answer of a bound identifier or visitor to `subject`, which it is bound to from `instant` on, too."""
    answer = Bound(to=subject, subject=subject, identifier=identifier.subject, instant=instant)
    if identifier.leaving is not None:
        answer.owner = identifier.bindings[0][1] if identifier.bindings else identifier.alias_of
        answer.leaving = identifier.leaving
    return answer


class Bindings:
    """Addresses, external ids and merges of one partition's subjects."""

    def __init__(self, table: ProfileTable, steps: Steps, exchange: Exchange) -> None:
        self._table, self._steps, self._exchange = table, steps, exchange
        exchange.handlers |= {
            Claim: self._on_claim,
            Contest: self._on_contest,
            Bound: self._on_bound,
            Joining: self._on_joining,
            Await: self._on_await,
            Taken: self._on_taken,
            Absorb: self._when_due,
            Raise: self._when_due,
            Withdraw: self._on_withdraw,
        }
        steps.effects |= {Bound: self._bound, Taken: self._taken, Absorb: self._absorb, Raise: self._raise}

    def claim(self, lead: Profile, identifier: str, subject: str, instant: int) -> None:
        """An address or external id belongs to `subject`, which is the lead or an alias of it, from `instant` on."""
        if identifier in lead.waits:
            if instant >= lead.waits_since(identifier):
                return  # else a later event came earlier, and claimed it from then on
        elif is_mine(lead, identifier) or f"duplicate_suspected:{identifier}" in lead.raised:
            return
        lead.wait_for(identifier, subject, instant)
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
        for identifier, bound in profile.waits.items():
            for subject, since in list(bound.items()):
                if since >= instant:
                    del bound[subject]
                    if identifier.startswith(FORGETTING):
                        continue
                    self._exchange.post(Await(to=owner, identifier=identifier, subject=subject, instant=since))
        profile.waits = {identifier: bound for identifier, bound in profile.waits.items() if bound}
        self._steps.work_off(profile)
        if profile.leaving is not None:
            later = [fact for fact in profile.facts.values() if fact.occurred_at >= instant]
            self._steps.give_away(profile, later, owner)

    def _on_claim(self, identifier: Profile, message: Claim) -> None:
        subject, instant = message.subject, message.instant
        holder, leaving = identifier.alias_of, identifier.leaving
        if not holder or (holder == subject and leaving is not None and instant < leaving):
            self._leave(identifier, subject, instant)
            if holder and identifier.leaving is not None:
                # Whoever claimed it for later may find it with an alias that has not handed over yet.
                self._exchange.post(answer_of(identifier, subject, leaving or 0))
        elif holder != subject:
            if leaving is not None and instant < leaving:  # the earlier claim has come later: it was the first
                self._leave(identifier, subject, instant)
                holder, subject, instant, leaving = subject, holder, leaving, identifier.leaving
            self._exchange.post(
                Contest(
                    to=holder,
                    identifier=identifier.subject,
                    holder=holder,
                    subject=subject,
                    instant=instant,
                    leaving=leaving,
                )
            )
        else:
            self._exchange.post(answer_of(identifier, subject, instant))

    def _on_contest(self, holder: Profile, message: Contest) -> None:
        identifier, subject, instant = message.identifier, message.subject, message.instant
        if not is_mine(holder, subject):
            self._exchange.post(
                Taken(to=subject, subject=subject, identifier=identifier, holder=holder.subject, instant=instant)
            )
        elif message.leaving is None:
            self._exchange.post(Bound(to=subject, subject=subject, identifier=identifier, instant=instant))
        elif instant < message.leaving:
            self._exchange.post(Claim(to=identifier, subject=message.holder, instant=instant))

    def _on_bound(self, lead: Profile, message: Bound) -> None:
        comes_here = message.owner is not None and (
            message.owner == message.subject or is_mine_at(lead, message.owner, message.leaving)
        )
        if lead.leaving is not None and lead.alias_of:  # it may be for whom this alias belongs to
            stays_here = comes_here and message.leaving < lead.leaving
            owner = None if stays_here else message.owner
            self._exchange.post(msgspec.structs.replace(message, to=lead.alias_of, owner=owner))
        if comes_here:
            return
        if lead.freed_from is not None:  # with what comes back there may come the wait that it answers
            self._steps.receive(lead, message.instant, message)
            return
        self._bound(lead, message)
        self._steps.work_off(lead)

    def _bound(self, lead: Profile, message: Bound) -> None:
        self._wait_no_more(lead, message.identifier, message.subject, message.instant)

    def _on_joining(self, lead: Profile, message: Joining) -> None:
        if not is_mine(lead, message.source):
            lead.wait_for(message.source, message.to, message.instant)
            self._table.touch(lead)
            self._steps.decider.schedule(lead)

    def _on_await(self, lead: Profile, message: Await) -> None:
        lead.wait_for(message.identifier, message.subject, message.instant)
        self._table.touch(lead)
        self._steps.decider.schedule(lead)

    def _when_due(self, lead: Profile, message: Any) -> None:
        self._steps.receive(lead, message.instant, message)

    def _on_taken(self, lead: Profile, message: Taken) -> None:
        identifier = message.identifier
        self._wait_no_more(lead, identifier, message.subject, message.instant)
        lead.wait_for(_TAKEN + identifier, message.subject, message.instant)  # until it is told
        if not is_mine(lead, message.holder) and not is_mine(lead, identifier):
            self._give_back(lead, identifier, message.instant)
        self._steps.receive(lead, message.instant, message)

    def _give_back(self, lead: Profile, identifier: str, instant: int) -> None:
        """Facts and visitors may have come here by way of an identifier that is another lead's after all."""
        facts = [fact for fact in lead.facts.values() if fact.origin == identifier]
        self._steps.give_away(lead, facts, identifier)
        for bound in lead.waits.values():
            bound.pop(identifier, None)
        lead.waits = {other: bound for other, bound in lead.waits.items() if bound}
        for visitor, bound in lead.waits.items():  # one may have answered that all comes by way of the identifier
            if is_anonymous(visitor):
                for subject, since in bound.items():
                    self._exchange.post(BindVisitor(to=visitor, subject=subject, instant=since, answer=True))
        came = {alias for alias, parent in lead.aliases.items() if parent == identifier}
        for visitor in filter(is_anonymous, came | {fact.origin for fact in lead.facts.values()}):
            self._exchange.post(Reclaim(to=visitor, holder=lead.subject, instant=instant))

    def _taken(self, lead: Profile, message: Taken) -> None:
        self._wait_no_more(lead, _TAKEN + message.identifier, message.subject, message.instant)
        if is_mine(lead, message.holder) or is_mine(lead, message.identifier):  # an earlier claim has won since
            return
        details: Document = {"identifier": message.identifier}
        self._raise_once(lead, "duplicate_suspected", message.instant, message.holder, details, other=message.holder)
        lead.raised.add(f"duplicate_suspected:{message.identifier}")

    def _wait_no_more(self, lead: Profile, identifier: str, subject: str, instant: int) -> None:
        """Unless it is about an earlier instant meanwhile: then another answer comes."""
        bound = lead.waits.get(identifier, {})
        if subject == _WHOEVER:
            lead.waits.pop(identifier, None)
        elif bound.get(subject, -1) >= instant:
            del bound[subject]
            if not bound:
                del lead.waits[identifier]

    def _absorb(self, lead: Profile, message: Absorb) -> None:
        weaker = unpack(message.profile)
        lead.waits.pop(message.source, None)
        if lead.leaving is not None and lead.alias_of:  # whom this alias belongs to may wait for it, too
            bound = Bound(to=lead.alias_of, subject=_WHOEVER, identifier=message.source, instant=message.instant)
            self._exchange.post(bound)
        key = f"absorbed:{message.source}:{weaker.standing.seq}:{message.instant}"
        if message.source == lead.subject or key in lead.raised:  # it came twice: only facts can be new
            for fact in list(weaker.facts.values()):
                fact.origin = fact.origin or weaker.subject
                self._steps.insert(lead, fact)
            return
        if weaker.standing.seq:
            lead.raised.add(key)
        lead.aliases[message.source] = message.parent
        is_news = bool(weaker.facts or weaker.standing.path or weaker.absorbed)
        absorb(weaker, lead, self._steps.decider.entry)
        if lead.facts and is_news:
            self._steps.changed(lead, message.instant)

    def _on_withdraw(self, lead: Profile, message: Withdraw) -> None:
        def is_meant(body: bytes) -> bool:
            waiting = unpack_message(body)
            return isinstance(waiting, Raise) and (waiting.name, waiting.key) == (message.name, message.key)

        lead.inbox = [received for received in lead.inbox if not is_meant(received[1])]
        self._table.touch(lead)

    def _raise(self, lead: Profile, message: Raise) -> None:
        more = {} if message.other is None else {"other": message.other}
        self._raise_once(lead, message.name, message.instant, message.key, message.details, **more)

    def _raise_once(self, lead: Profile, name: str, instant: int, key: str, details: Document, **more: str) -> None:
        if f"{name}:{key}" in lead.raised:
            return
        lead.raised.add(f"{name}:{key}")
        stage = lead.standing.stage or self._steps.decider.entry
        self._steps.decider.outbox.signals.append(signal(lead.subject, name, instant, stage, key, details, **more))
