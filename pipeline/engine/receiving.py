"""An event finds its lead: identifiers are bound on the way, and the fact is put where it belongs."""

from __future__ import annotations

from pipeline.engine.binding import Bindings
from pipeline.engine.effects import Outcomes
from pipeline.engine.erasing import ERASED, Erasing
from pipeline.engine.exchange import Exchange
from pipeline.engine.facts import FactMaker
from pipeline.engine.messages import Deliver, Facts, Unmerge
from pipeline.engine.packing import row_of
from pipeline.engine.stepping import Steps
from pipeline.engine.targets import merge_target, unmerge_source
from pipeline.engine.visitors import Visitors
from pipeline.events import Event
from pipeline.identity import identities, is_anonymous
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile


class Receiver:
    """Takes the events of one partition's inputs, and reads those that are for its subjects."""

    def __init__(  # noqa: PLR0917 - the parts of an engine
        self,
        facts: FactMaker,
        exchange: Exchange,
        steps: Steps,
        bindings: Bindings,
        visitors: Visitors,
        erasing: Erasing,
        outcomes: Outcomes,
    ) -> None:
        self.facts = facts
        self._exchange, self._steps = exchange, steps
        self._bindings, self._visitors = bindings, visitors
        self._erasing, self._outcomes = erasing, outcomes
        exchange.handlers |= {Deliver: self._on_deliver, Facts: self._on_facts}

    def take(self, event: Event) -> None:
        """Send an event of an input topic to its subject."""
        subject, exchange = identities(event).subject, self._exchange
        if not exchange.is_here(subject):
            self._outcomes.forwarded += 1
        source = unmerge_source(event)
        if source is not None and not is_anonymous(subject):
            exchange.post(Unmerge(to=subject, source=source, instant=event.occurred_at))
        exchange.post(Deliver(to=subject, subject=subject, event=event))
        exchange.deliver()

    def _on_deliver(self, lead: Profile, message: Deliver) -> None:
        event, subject, instant = message.event, message.subject, message.event.occurred_at
        if event.type == ERASED:
            self._erasing.ask(lead, event)
            return
        exchange, bindings = self._exchange, self._bindings
        who = identities(event)
        fact = self.facts.fact_of(event)
        fact.origin = subject
        if is_anonymous(subject):
            self._outcomes.duplicates += not self._visitors.place(lead, fact)
            return
        was_erased = self._erasing.is_erased(lead.subject, instant)
        for weaker in who.bound:
            bindings.claim(lead, weaker, subject, instant)
            exchange.deliver()
        if who.visitor is not None:
            self._visitors.seen(lead, who.visitor, subject, instant)
            exchange.deliver()
        if not was_erased and self._erasing.is_erased(lead.subject, instant):  # by what came with the claims
            exchange.post(Deliver(to=subject, subject=subject, event=event))
            return
        into = merge_target(event)
        if into is not None and bindings.merge(lead, into, instant):
            exchange.post(Facts(to=into, facts=[row_of(fact)]))
        else:
            self._outcomes.duplicates += not self._steps.insert(lead, fact)

    def _on_facts(self, profile: Profile, message: Facts) -> None:
        facts = [Activity(*row) for row in message.facts]
        if is_anonymous(profile.subject):
            for fact in facts:
                self._visitors.place(profile, fact)
            return
        ahead: list[Activity] = []
        for fact in facts:
            if profile.leaving is not None and fact.occurred_at >= profile.leaving:
                ahead.append(fact)
            else:
                self._steps.insert(profile, fact)
        if ahead:
            self._exchange.post(Facts(to=profile.alias_of, facts=[row_of(fact) for fact in ahead]))
