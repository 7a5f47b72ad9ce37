"""A person is erased (contract: scoring.md, Consent; `crm.erased`).

At the erasure's instant T, once everything before T is decided, the lead forgets all that happened up to T, and every
subject that belonged to it is told to do the same. These are their own again, so the lead gives back what had come here
of them since, and decides nothing until all have answered. Of each there stays one row (`erased.py`): what arrives
later and happened by T is dropped, whatever it names is erased as if it had come in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.engine.binding import FORGETTING, is_mine
from pipeline.engine.effects import Outcomes
from pipeline.engine.erased import Erasures, is_nobody
from pipeline.engine.exchange import Exchange
from pipeline.engine.forgetting import Forgetting
from pipeline.engine.messages import (
    Absorb,
    Await,
    BindVisitor,
    Bound,
    Claim,
    Deliver,
    Erase,
    Facts,
    Forget,
    Forgot,
    Joining,
    Message,
    Reclaim,
    Relay,
    Returned,
)
from pipeline.engine.packing import row_of, unpack
from pipeline.engine.severing import Severing, belonging
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.engine.visitors import ASKED, asked, owner_at, wait_for_visitor
from pipeline.events import Event
from pipeline.identity import identities, is_anonymous
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile

ERASED = "crm.erased"
"""The type of the event."""

_NOTES = (FORGETTING, ASKED, "taken:")
"""What a lead waits for that is no subject."""


class Erasing:
    """Erases the leads of one partition. Comes after all other parts that read messages: it reads some before them."""

    def __init__(  # noqa: PLR0917 - the parts of an engine
        self,
        erased: Erasures,
        table: ProfileTable,
        forgetting: Forgetting,
        severing: Severing,
        steps: Steps,
        exchange: Exchange,
        outcomes: Outcomes,
    ) -> None:
        self._erased, self._table, self._forgetting, self._severing = erased, table, forgetting, severing
        self._steps, self._exchange, self._outcomes = steps, exchange, outcomes
        self._join, self._absorb = exchange.handlers[Joining], steps.effects[Absorb]
        exchange.handlers |= {
            Erase: lambda lead, message: steps.receive_later(lead, message.instant, message),
            Forgot: self._on_forgot,
            Returned: self._on_returned,
            Relay: self._on_relay,
            Joining: self._on_joining,
            Absorb: self._on_absorb,
        }
        steps.effects |= {Erase: self._erase, Absorb: self._absorb_unless_late}
        exchange.drops = self.drops

    def ask(self, profile: Profile, event: Event) -> None:
        """An erasure has come to the lead that its subject belongs to, or to the visitor that it names."""
        who, instant = identities(event), event.occurred_at
        to, subject = profile.subject, who.subject
        if is_anonymous(to):
            for at, bound in profile.bindings:
                if at <= instant and not is_nobody(bound):
                    self._exchange.post(wait_for_visitor(to, bound, instant))
        self._exchange.post(Erase(to=to, subject=subject, instant=instant))
        for weaker in _weaker(event):
            named = Forget(to=weaker, holder=to, subjects=[subject, to], instant=instant, why="named")
            self._exchange.post(named)

    def is_erased(self, subject: str, instant: int) -> bool:
        """Whether what happened to the subject at the instant is erased."""
        return self._erased.until(subject) >= instant

    def _erase(self, lead: Profile, message: Erase) -> None:
        instant = message.instant
        is_leaving = lead.leaving is not None and lead.leaving <= instant
        is_alias = is_leaving or (lead.leaving is None and lead.is_alias)
        if message.named and lead.subject != message.subject:
            return  # it belongs to somebody else by now, who was not erased
        if message.named and is_alias:
            self._forgetting.remember_named(lead, instant)
            return
        if is_leaving:
            self._steps.hand_over(lead)
            if not lead.bindings:
                self._exchange.post(Erase(to=lead.alias_of, subject=message.subject, instant=instant))
                return
        if lead.bindings and lead.bindings[0][0] <= instant:
            self._erase_owner(lead, message)
            return
        family = sorted(set(_family(lead, instant)) - {lead.subject})
        late = [m for m in self._forgetting.blank(lead, instant) if isinstance(m, Absorb)]
        for subject in family:
            lead.wait_for(FORGETTING + subject, lead.subject, instant)
            self._exchange.post(
                Forget(to=subject, holder=lead.subject, subjects=[lead.subject, *family], instant=instant, why="family")
            )
        for absorb in late:
            self._too_late(lead, absorb, instant)

    def _erase_owner(self, visitor: Profile, message: Erase) -> None:
        """Erased is whoever was the visitor then; the others that might have been wait no more."""
        instant, owner = message.instant, owner_at(visitor.bindings, message.instant)
        if owner is not None and not is_nobody(owner):
            self._exchange.post(Erase(to=owner, subject=visitor.subject, instant=instant))
        for subject in dict.fromkeys(subject for at, subject in visitor.bindings if at <= instant):
            if not is_nobody(subject):
                note = asked(visitor.subject, instant)
                self._exchange.post(Bound(to=subject, subject=subject, identifier=note, instant=instant))

    def _on_forgot(self, lead: Profile, message: Forgot) -> None:
        subject, forgetting = message.subject, self._forgetting
        if lead.waits.pop(FORGETTING + subject, None) is None:  # it has been told already
            self._exchange.post(Returned(to=subject, source=lead.subject, facts=[]))
            return
        if message.stays:
            if is_mine(lead, message.parent):
                lead.aliases.setdefault(subject, message.parent)
        else:
            self._give_back(lead, message)
        forgetting.note(lead)
        self._steps.work_off(lead)

    def _give_back(self, lead: Profile, message: Forgot) -> None:
        subject, instant = message.subject, message.instant
        freed = {each for each in belonging(lead, subject) if not each.startswith(FORGETTING)}
        visitors = sorted(filter(is_anonymous, freed - {subject}))
        facts = [fact for fact in lead.facts.values() if fact.origin in freed.difference(visitors)]
        for fact in facts:
            del lead.facts[fact.event_id]
        if facts or not lead.facts:
            self._forgetting.settle(lead)
        aliases = {alias: lead.aliases.pop(alias) for alias in freed & lead.aliases.keys()}
        aliases.pop(subject, None)
        seen = {visitor: lead.visitors.pop(visitor) for visitor in visitors if visitor in lead.visitors}
        self._pass_on_waits(lead, freed, subject)
        self._severing.pass_on(lead, freed)
        # The claim goes before what it waits for: nothing may be decided in between.
        self._forgetting.claim(lead, (f for f in lead.facts.values() if not f.origin), subject)
        rows = [row_of(fact) for fact in facts if fact.occurred_at > instant]
        returned = Returned(to=subject, source=lead.subject, facts=rows, aliases=aliases, visitors=seen)
        if lead.alias_of:  # what came for later went ahead to whom this lead belongs then
            self._exchange.post(Relay(to=lead.alias_of, returned=returned, after=instant))
        else:
            self._exchange.post(returned)
        for visitor in visitors:  # one may have been both's
            self._exchange.post(Reclaim(to=visitor, holder=lead.subject, instant=instant))
        if message.since is not None:
            lead.visitors[subject] = min(message.since, lead.visitors.get(subject, message.since))
            if is_mine(lead, message.parent):
                lead.aliases.setdefault(subject, message.parent)

    def _on_relay(self, owner: Profile, message: Relay) -> None:
        """What went ahead to the owner of an erased lead and is of a subject that is its own again goes back, too."""
        returned = message.returned
        facts = [f for f in owner.facts.values() if f.origin == returned.to and f.occurred_at > message.after]
        for fact in facts:
            del owner.facts[fact.event_id]
        if facts:
            self._steps.changed(owner, min(fact.occurred_at for fact in facts))
        returned.facts += [row_of(fact) for fact in facts]
        self._exchange.post(
            Relay(to=owner.alias_of, returned=returned, after=message.after) if owner.alias_of else returned
        )

    def _pass_on_waits(self, lead: Profile, freed: set[str], subject: str) -> None:
        for identifier, bound in list(lead.waits.items()):
            for bound_to in freed & bound.keys():
                if not identifier.startswith(FORGETTING):
                    since = bound.pop(bound_to)
                    self._exchange.post(Await(to=subject, identifier=identifier, subject=bound_to, instant=since))
                    self._ask_again(identifier, bound_to, since)
        lead.waits = {identifier: bound for identifier, bound in lead.waits.items() if bound}

    def _ask_again(self, identifier: str, subject: str, since: int) -> None:
        """The answer may have gone to the subject, or here, before it was known who waits for it."""
        if is_anonymous(identifier):
            self._exchange.post(BindVisitor(to=identifier, subject=subject, instant=since, answer=True))
        elif not identifier.startswith(_NOTES):
            self._exchange.post(Claim(to=identifier, subject=subject, instant=since))

    def _on_returned(self, freed: Profile, message: Returned) -> None:
        facts = [Activity(*row) for row in message.facts]
        freed.aliases.update(message.aliases)
        for visitor, since in message.visitors.items():
            freed.visitors[visitor] = min(since, freed.visitors.get(visitor, since))
        if not freed.alias_of and not is_anonymous(freed.subject):
            self._forgetting.claim(freed, facts)
        if facts:
            self._exchange.handlers[Facts](freed, Facts(to=freed.subject, facts=message.facts))
        freed.waits.pop(FORGETTING + message.source, None)
        self._forgetting.note(freed)
        self._steps.work_off(freed)

    def _on_joining(self, lead: Profile, message: Joining) -> None:
        until = self._erased.until(lead.subject)
        if message.instant > until:
            self._join(lead, message)
        else:
            self._forget_late(lead, message.source, until, message.instant)

    def _on_absorb(self, lead: Profile, message: Absorb) -> None:
        until = self._erased.until(lead.subject)
        if message.instant > until:
            self._steps.receive(lead, message.instant, message)
        else:
            self._too_late(lead, message, until)

    def _absorb_unless_late(self, lead: Profile, message: Absorb) -> None:
        until = self._erased.until(lead.subject)
        if message.instant > until:
            self._absorb(lead, message)
        else:
            self._too_late(lead, message, until)

    def _too_late(self, lead: Profile, message: Absorb, until: int) -> None:
        """What is handed over belonged to a lead that was erased meanwhile: what came after that goes back."""
        for fact in unpack(message.profile).facts.values():
            if fact.occurred_at > until:
                fact.origin = fact.origin or message.source
                self._steps.insert(lead, fact)
        lead.waits.pop(message.source, None)
        self._forget_late(lead, message.source, until, message.instant)
        self._forgetting.note(lead)
        self._steps.work_off(lead)

    def drops(self, message: Message) -> bool:
        """Whether nobody must read the message since it is of somebody erased; of facts those are taken out."""
        if not self._erased:
            return False
        if isinstance(message, Facts):
            until, own = self._erased.until(message.to), ("", message.to)
            found = len(message.facts)
            message.facts = [row for row in message.facts if row[2] > until or row[8] not in own]
            return not message.facts and found > 0
        if not isinstance(message, Deliver) or message.to != message.subject:
            return False
        event, holder = message.event, message.subject
        until = self._erased.until(holder)
        if event.occurred_at > until:
            return False
        self._outcomes.erased += 1
        lead = self._table.get(holder)
        for weaker in _weaker(event):
            if lead is None or lead.alias_of:
                self._exchange.post(_late(holder, weaker, until, event.occurred_at))
            else:
                self._forget_late(lead, weaker, until, event.occurred_at)
        return True

    def _forget_late(self, lead: Profile, subject: str, until: int, bound: int) -> None:
        if FORGETTING + subject not in lead.waits:
            lead.wait_for(FORGETTING + subject, lead.subject, until)
            self._table.touch(lead)
            self._exchange.post(_late(lead.subject, subject, until, bound))


def _late(holder: str, subject: str, until: int, bound: int) -> Forget:
    return Forget(to=subject, holder=holder, subjects=[holder], instant=until, why="late", bound=bound)


def _family(lead: Profile, until: int) -> Iterator[str]:
    """What belongs to the lead at the instant, or will as soon as an answer has come."""
    for alias, parent in lead.aliases.items():
        is_later = parent in lead.waits and lead.waits_since(parent) > until
        if not is_later and lead.visitors.get(alias, until) <= until:
            yield alias
    for visitor, since in lead.visitors.items():
        if since <= until:
            yield visitor
    for waited in lead.waits:
        if waited.startswith(_NOTES):
            continue
        if waited not in lead.severed and lead.waits_since(waited) <= until:
            yield waited


def _weaker(event: Event) -> list[str]:
    """What an event names beside its subject."""
    who = identities(event)
    return [*who.bound, *(() if who.visitor is None else (who.visitor,))]
