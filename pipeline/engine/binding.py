"""Which subject an identifier belongs to, and what happens to what was known under it (contract: events.md, Identity).

Addresses, external ids and merged leads belong to one subject for good; a visitor belongs, fact by fact, to the last
binding at or before the fact, else to the first.
"""

from __future__ import annotations

from bisect import bisect_right, insort

from pipeline.engine.absorbing import absorb, insert_fact
from pipeline.engine.deciding import Decider
from pipeline.engine.documents import Document, signal
from pipeline.engine.table import ProfileTable
from pipeline.scoring.profile import Profile

LEADS_PER_VISITOR = 5
VISITORS_PER_LEAD = 50


class Bindings:
    """The identifiers of one partition's subjects."""

    def __init__(self, table: ProfileTable, decider: Decider) -> None:
        self._table = table
        self._decider = decider

    def root(self, subject: str) -> Profile:
        """The profile of the lead that a subject belongs to (itself, if to no other)."""
        profile = self._table.ensure(subject)
        while profile.alias_of:
            profile = self._table.ensure(profile.alias_of)
        return profile

    def owner_at(self, visitor: Profile, instant: int) -> Profile:
        """The lead that owns a visitor's fact of this instant; the visitor itself while it is bound to nobody."""
        owner = _owner(visitor.bindings, instant)
        return visitor if owner is None else self.root(owner)

    def bind(self, weaker: str, subject: str, instant: int) -> None:
        """An address or an external id belongs to `subject`; the first binding stays, another claim is signalled."""
        holder, lead = self.root(weaker), self.root(subject)
        if holder is lead:
            return
        identifier = self._table.ensure(weaker)
        if identifier.alias_of:
            self._raise_once(
                lead, "duplicate_suspected", instant, holder.subject, {"identifier": weaker}, other=holder.subject
            )
        else:
            self._absorb(identifier, lead, instant)
            identifier.alias_of = subject

    def merge(self, subject: str, into: str, instant: int) -> None:
        """Join two leads: the one that `subject` belongs to becomes an alias of the other."""
        lead, target = self.root(subject), self.root(into)
        if lead is not target:
            self._absorb(lead, target, instant)
            lead.alias_of = into

    def bind_visitor(self, visitor_subject: str, subject: str, instant: int) -> None:
        """The visitor was this subject at `instant`. A late binding moves facts accordingly."""
        visitor, lead = self._table.ensure(visitor_subject), self.root(subject)
        binding = (instant, subject)
        if binding in visitor.bindings or not self._may_have(lead, visitor_subject, instant):
            return
        known = {bound for _, bound in visitor.bindings}
        if not visitor.bindings:
            self._absorb(visitor, lead, instant)
            visitor.bindings.append(binding)
            return
        changes_nothing = _owner(visitor.bindings, instant) == subject  # as nearly every binding of a known visitor
        insort(visitor.bindings, binding)
        self._table.touch(visitor)
        if changes_nothing:
            return
        if subject not in known and len(known) >= LEADS_PER_VISITOR:
            late = _leads(visitor.bindings)[LEADS_PER_VISITOR]
            details: Document = {"visitor": visitor_subject}
            self._raise_once(self.root(late), "shared_visitor", instant, visitor_subject, details)
        self._redistribute(visitor, instant)

    def _may_have(self, lead: Profile, visitor: str, instant: int) -> bool:
        """Note the visitor with the lead; only the earliest ones count, the next one is signalled."""
        lead.visitors[visitor] = min(instant, lead.visitors.get(visitor, instant))
        self._table.touch(lead)
        if len(lead.visitors) <= VISITORS_PER_LEAD:
            return True
        last = max(lead.visitors, key=lambda v: (lead.visitors[v], v))
        del lead.visitors[last]
        self._raise_once(lead, "too_many_visitors", instant, last, {"visitor": last})
        if last == visitor:
            return False
        pushed_out = self._table.ensure(last)
        pushed_out.bindings = [b for b in pushed_out.bindings if self.root(b[1]) is not lead]
        self._table.touch(pushed_out)
        if not pushed_out.bindings:  # it answers for itself again
            self._decider.outbox.closed.pop(last, None)
            lead.absorbed = [a for a in lead.absorbed if a[0] != last]
        self._redistribute(pushed_out, instant, lead)
        return True

    def _redistribute(self, visitor: Profile, instant: int, *former: Profile) -> None:
        """Give every fact of a visitor to its owner, and let it be an alias of those leads whose binding counts."""
        leads = {lead.subject: lead for lead in (*former, *(self.root(bound) for _, bound in visitor.bindings))}
        counted = {self.root(bound).subject for _, bound in _counted(visitor.bindings)}
        for lead in list(leads.values()):
            if (visitor.subject in lead.aliases) != (lead.subject in counted):
                lead.aliases ^= {visitor.subject}
                self._table.touch(lead)
            moving = [f for f in lead.facts.values() if f.origin == visitor.subject]
            moving = [f for f in moving if self.owner_at(visitor, f.occurred_at) is not lead]
            if not moving:
                continue
            self._decider.catch_up(lead, instant, inclusive=False)
            for fact in moving:
                owner = self.owner_at(visitor, fact.occurred_at)
                self._decider.catch_up(owner, instant, inclusive=False)
                del lead.facts[fact.event_id]
                insert_fact(owner, fact)
                self._changed(owner, fact.occurred_at)
            self._changed(lead, lead.clock)

    def _absorb(self, weaker: Profile, lead: Profile, instant: int) -> None:
        self._decider.catch_up(weaker, instant, inclusive=False)
        self._decider.catch_up(lead, instant, inclusive=False)
        absorb(weaker, lead, self._decider.entry)
        if weaker.standing.path:
            self._decider.outbox.closed[weaker.subject] = None
        self._table.touch(weaker)
        if lead.facts:
            self._changed(lead, instant)
        self._table.touch(lead)

    def _changed(self, lead: Profile, instant: int) -> None:
        wait_for_decision(lead, instant)
        self._table.touch(lead)
        self._decider.schedule(lead)

    def _raise_once(self, lead: Profile, name: str, instant: int, key: str, details: Document, **more: str) -> None:
        if f"{name}:{key}" in lead.raised:
            return
        lead.raised.add(f"{name}:{key}")
        self._table.touch(lead)
        stage = lead.standing.stage or self._decider.entry
        self._decider.outbox.signals.append(signal(lead.subject, name, instant, stage, key, details, **more))


def wait_for_decision(lead: Profile, instant: int) -> None:
    """The lead has facts that wait to be decided at `instant`, or at its clock if that is past."""
    at = max(instant, lead.clock)
    lead.pending = at if lead.pending is None else max(lead.clock, min(lead.pending, at))
    lead.due = None
    lead.standing.recent.clear()  # a fact came between: whatever looped may go on
    lead.standing.looped = False


def _owner(bindings: list[tuple[int, str]], instant: int) -> str | None:
    """The subject that the last counted binding at or before the instant names, else the first one."""
    counted = _counted(bindings)
    if not counted:
        return None
    return counted[max(0, bisect_right(counted, instant, key=lambda binding: binding[0]) - 1)][1]


def _leads(bindings: list[tuple[int, str]]) -> list[str]:
    """The subjects of bindings, by their first binding."""
    return list(dict.fromkeys(subject for _, subject in bindings))


def _counted(bindings: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The bindings of the earliest leads; the others do not count."""
    if len(bindings) <= LEADS_PER_VISITOR:
        return bindings
    counted = set(_leads(bindings)[:LEADS_PER_VISITOR])
    return [binding for binding in bindings if binding[1] in counted]
