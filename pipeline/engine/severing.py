"""An undone merge: the lead is freed, with what had come with it and since (contract: events.md, `crm.unmerged`)."""

from __future__ import annotations

from typing import Any

from pipeline.engine.absorbing import insert_fact
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import Absorb, Bound, Erase, Reclaim, Release, Released, Taken, Unmerge, unpack_message
from pipeline.engine.packing import row_of
from pipeline.engine.stepping import Steps
from pipeline.identity import is_anonymous
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile


class Severing:
    """Undoes merges among one partition's subjects. A merge that comes after its undoing has no effect."""

    def __init__(self, steps: Steps, exchange: Exchange) -> None:
        self._steps, self._exchange = steps, exchange
        exchange.handlers |= dict.fromkeys((Unmerge, Release, Released), self._when_due)
        steps.effects |= {Unmerge: self._unmerge, Release: self._release, Released: self._released}

    def _when_due(self, profile: Profile, message: Any) -> None:
        self._steps.receive(profile, message.instant, message)

    def _unmerge(self, freed: Profile, message: Unmerge) -> None:
        source, instant = message.source, message.instant
        freed.severed[source] = max(instant, freed.severed.get(source, instant))
        if freed.alias_of != source or not 0 <= freed.merged_at <= instant:
            return
        freed.alias_of, freed.merged_at = "", -1
        if freed.leaving is not None:  # merged at this very instant, and not gone yet
            freed.leaving = None
            self._exchange.post(Bound(to=source, subject=source, identifier=freed.subject, instant=instant))
            return
        freed.wait_for(source, freed.subject, instant)
        self._steps.decider.outbox.closed.pop(freed.subject, None)
        self._exchange.post(Release(to=source, subject=freed.subject, source=source, instant=instant))

    def _release(self, lead: Profile, message: Release) -> None:
        subject, instant = message.subject, message.instant
        freed = _with_aliases(lead, subject)
        known = sorted(filter(is_anonymous, lead.aliases)) if freed else []
        facts = [fact for fact in lead.facts.values() if fact.origin in freed and not is_anonymous(fact.origin)]
        for fact in facts:
            del lead.facts[fact.event_id]
        aliases = {alias: lead.aliases.pop(alias) for alias in freed & lead.aliases.keys()}
        aliases.pop(subject, None)
        visitors = {v: lead.visitors.pop(v) for v in freed if v in lead.visitors}
        waits = [
            (identifier, bound_to, since)
            for identifier, bound in lead.waits.items()
            for bound_to, since in bound.items()
            if bound_to in freed
        ]
        for identifier, bound_to, _ in waits:
            del lead.waits[identifier][bound_to]
        lead.waits = {identifier: bound for identifier, bound in lead.waits.items() if bound}
        self.pass_on(lead, freed)
        self._exchange.post(
            Released(
                to=subject,
                source=message.source,
                facts=[row_of(fact) for fact in facts],
                aliases=aliases,
                visitors=visitors,
                waits=waits,
                instant=instant,
            )
        )
        for visitor in known:  # one may have been both leads'
            self._exchange.post(Reclaim(to=visitor, holder=lead.subject, instant=instant))
        if lead.loan is not None and lead.loan.source == subject:
            lead.loan = lead.loan._replace(source="")
        if freed:
            lead.recheck = True
            self._steps.changed(lead, instant)

    def pass_on(self, lead: Profile, freed: set[str]) -> None:
        """What has come here for the freed one, about the time after."""
        for received in lead.inbox[:]:
            message = unpack_message(received[1])
            subject = message.parent if isinstance(message, Absorb) else getattr(message, "subject", None)
            if isinstance(message, Erase) and subject not in freed:
                subject = next((passed for passed in message.via if passed in freed), None)
            if isinstance(message, Absorb | Bound | Erase | Taken) and subject in freed:
                lead.inbox.remove(received)
                message.to = str(subject)
                self._exchange.post(message)

    def _released(self, freed: Profile, message: Released) -> None:
        freed.waits.pop(message.source, None)
        freed.aliases.update(message.aliases)
        freed.visitors.update(message.visitors)
        for identifier, bound_to, since in message.waits:
            freed.wait_for(identifier, bound_to, since)
        freed.clock = max(freed.clock, message.instant)  # nobody asked where it stood meanwhile
        for row in message.facts:
            insert_fact(freed, Activity(*row))
        if freed.facts:
            self._steps.changed(freed, message.instant)


def _with_aliases(lead: Profile, subject: str) -> set[str]:
    """A merged subject and what is bound to it, directly or not; nothing if it does not belong to the lead."""
    return belonging(lead, subject) if subject in lead.aliases else set()


def belonging(lead: Profile, subject: str) -> set[str]:
    """The subject and what the lead has that is bound to it, directly or not."""
    bound = [*lead.aliases.items(), *((waited, parent) for waited, since in lead.waits.items() for parent in since)]
    found = {subject}
    while more := {alias for alias, parent in bound if parent in found} - found:
        found |= more
    return found
