"""Whose a visitor's facts are (contract: events.md, Identity).

A visitor belongs, fact by fact, to the last binding at or before the fact, else to the first. So it keeps all of its
bindings, and a late one moves facts.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable

import msgspec

from pipeline.engine.binding import answer_of, is_mine, is_mine_at
from pipeline.engine.documents import Document
from pipeline.engine.erased import counts, is_nobody
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import (
    Await,
    BindVisitor,
    Erase,
    Facts,
    Raise,
    Reclaim,
    Redistribute,
    Unbind,
    Withdraw,
    unpack_message,
)
from pipeline.engine.packing import row_of
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile

LEADS_PER_VISITOR = 5
VISITORS_PER_LEAD = 50

ASKED = "asked:"
"""Before a visitor among what a lead waits for: it is erased by that visitor's id, if it was the visitor then."""

Binding = tuple[int, str]


def asked(visitor: str, instant: int) -> str:
    """What a lead waits for that may be erased at the instant by the visitor's id."""
    return f"{ASKED}{instant}:{visitor}"


def erasures_of(visitor: Profile) -> list[int]:
    """The instants (ms) up to which the visitor's person will be erased by the visitor's own id."""
    received = [unpack_message(body) for _, body in visitor.inbox]
    return [message.instant for message in received if isinstance(message, Erase) and not message.named]


def wait_for_visitor(visitor: str, subject: str, instant: int) -> Await:
    """Have the lead of `subject` wait until it is known who the visitor was at the instant of its erasure."""
    return Await(to=subject, identifier=asked(visitor, instant), subject=subject, instant=instant)


class Visitors:
    """The visitors of one partition, and the visitors of its leads.

    `left_empty` is told of a lead that was erased once, when the facts that it has had since are all another's.
    """

    def __init__(self, table: ProfileTable, steps: Steps, exchange: Exchange) -> None:
        self._table, self._steps, self._exchange = table, steps, exchange
        self.left_empty: Callable[[Profile], None] = lambda _: None
        exchange.handlers |= {
            BindVisitor: self._on_bind,
            Unbind: self._on_unbind,
            Redistribute: self._on_redistribute,
            Reclaim: self._on_reclaim,
        }
        steps.effects[Reclaim] = lambda _, message: exchange.post(message)

    def place(self, visitor: Profile, fact: Activity) -> bool:
        """Give a visitor's fact to its owner; False if it was here already."""
        owner = owner_at(visitor.bindings, fact.occurred_at)
        if owner is not None and is_nobody(owner):
            return True
        if owner is None or (visitor.leaving is not None and fact.occurred_at < visitor.leaving):
            return self._steps.insert(visitor, fact)
        fact.origin = fact.origin or visitor.subject
        self._exchange.post(Facts(to=owner, facts=[row_of(fact)]))
        return True

    def seen(self, lead: Profile, visitor: str, subject: str, instant: int) -> None:
        """The visitor was `subject`, which is the lead or an alias of it, at `instant`."""
        known_from = lead.visitors.get(visitor)
        if not self._may_have(lead, visitor, instant):
            return
        answer = known_from is None or instant < known_from
        if answer:
            lead.wait_for(visitor, subject, instant)
            self._table.touch(lead)
        self._exchange.post(BindVisitor(to=visitor, subject=subject, instant=instant, answer=answer))

    def _may_have(self, lead: Profile, visitor: str, instant: int) -> bool:
        """Note the visitor with the lead; only the earliest ones count, the next one is signalled."""
        lead.visitors[visitor] = min(instant, lead.visitors.get(visitor, instant))
        self._table.touch(lead)
        if len(lead.visitors) <= VISITORS_PER_LEAD:
            return True
        last = max(lead.visitors, key=lambda v: (lead.visitors[v], v))
        since = lead.visitors.pop(last)
        lead.waits.pop(last, None)
        details: Document = {"visitor": last}
        signal = Raise(to=lead.subject, name="too_many_visitors", instant=since, key=last, details=details)
        self._exchange.post(signal)
        if last == visitor:
            return False
        self._exchange.post(Unbind(to=last, subjects=[lead.subject, *lead.aliases, *lead.waits], instant=instant))
        return True

    def _on_bind(self, visitor: Profile, message: BindVisitor) -> None:
        subject, instant = message.subject, message.instant
        before, binding = visitor.bindings, (instant, subject)
        for at in erasures_of(visitor):
            if at >= instant:
                self._exchange.post(wait_for_visitor(visitor.subject, subject, at))
        if not before:
            visitor.bindings = [binding]
            self._table.touch(visitor)
            self._leave(visitor)
            return
        is_new, changes_nothing = binding not in before, owner_at(before, instant) == subject
        if is_new:
            first, late = before[0], _late(before)
            insort(before, binding)
            self._signal_late(visitor.subject, late, _late(before))
            self._table.touch(visitor)
            if visitor.leaving is not None and before[0] is binding:
                self._leave(visitor)
                if first[1] != subject:
                    # Who was told that it all goes to the former first lead must hear that it does not.
                    for since, other in visitor.bindings[1:]:
                        self._exchange.post(answer_of(visitor, other, since))
        if message.answer:
            self._exchange.post(answer_of(visitor, subject, instant))
        if is_new and not changes_nothing:
            self._redistribute(visitor, instant)

    def _signal_late(self, visitor: str, before: Binding | None, now: Binding | None) -> None:
        """One lead too many has been this visitor: it is told, and who was thought to be that one before is, too."""
        if now is None or now == before:
            return
        if before is not None and not is_nobody(before[1]):
            self._exchange.post(Withdraw(to=before[1], name="shared_visitor", key=visitor))
        instant, lead = now
        if is_nobody(lead):
            return
        details: Document = {"visitor": visitor}
        self._exchange.post(Raise(to=lead, name="shared_visitor", instant=instant, key=visitor, details=details))

    def _leave(self, visitor: Profile) -> None:
        """The first binding's lead takes over once everything before it is decided; what lies after it goes ahead."""
        visitor.leaving = instant = visitor.bindings[0][0]
        self._steps.work_off(visitor)
        if visitor.leaving is not None:
            for fact in list(visitor.facts.values()):
                if fact.occurred_at >= instant:
                    owner = owner_at(visitor.bindings, fact.occurred_at)
                    self._steps.give_away(visitor, [fact], owner or visitor.subject)

    def _on_unbind(self, visitor: Profile, message: Unbind) -> None:
        before = visitor.bindings
        visitor.bindings = [binding for binding in before if binding[1] not in message.subjects]
        if len(visitor.bindings) == len(before):
            return
        if not visitor.bindings:  # it answers for itself again
            visitor.leaving = None
            self._steps.decider.outbox.closed.pop(visitor.subject, None)
        elif visitor.leaving is not None:
            visitor.leaving = visitor.bindings[0][0]
        self._table.touch(visitor)
        self._steps.decider.schedule(visitor)
        self._redistribute(visitor, message.instant, message.subjects[0])

    def _on_reclaim(self, visitor: Profile, message: Reclaim) -> None:
        self._redistribute(visitor, message.instant, message.holder)

    def _redistribute(self, visitor: Profile, instant: int, *holders: str) -> None:
        """Tell every lead concerned which bindings count, so that each keeps what is its own and passes on the rest."""
        counted = _counted(visitor.bindings)
        for subject in dict.fromkeys([*holders, *_leads(visitor.bindings)]):
            if is_nobody(subject):
                continue
            self._exchange.post(Redistribute(to=subject, visitor=visitor.subject, bindings=counted, instant=instant))

    def _on_redistribute(self, lead: Profile, message: Redistribute) -> None:
        visitor, bindings, instant = message.visitor, message.bindings, message.instant
        if lead.leaving is not None and lead.alias_of:
            self._exchange.post(msgspec.structs.replace(message, to=lead.alias_of))
        until = self._table.erased_until(lead.subject)
        parent = next((subject for at, subject in bindings if at > until and is_mine(lead, subject)), None)
        if parent is not None:
            lead.aliases.setdefault(visitor, parent)
        elif lead.aliases.pop(visitor, None) is not None:
            lead.absorbed = [a for a in lead.absorbed if bindings or a[0] != visitor]
        self._table.touch(lead)
        moving = [
            fact
            for fact in lead.facts.values()
            if fact.origin == visitor
            and not is_mine_at(lead, owner_at(bindings, fact.occurred_at) or visitor, fact.occurred_at)
        ]
        if moving:
            self._steps.catch_up(lead, instant)
            # Back to the visitor: only there the bindings are known as of now, whatever else is on its way.
            self._steps.give_away(lead, moving, visitor)
            if not lead.facts and until >= 0:
                self.left_empty(lead)
            elif any(fact.occurred_at <= lead.clock for fact in moving):
                self._steps.changed(lead, lead.clock)
        if lead.inbox:  # a history may lie there that has facts of the visitor, too
            again = Reclaim(to=visitor, holder=lead.subject, instant=instant)
            self._steps.receive(lead, lead.inbox[-1][0] + 1, again)


def owner_at(bindings: list[Binding], instant: int) -> str | None:
    """The subject that the last counted binding at or before the instant names, else the first one.

    For what is erased that is nobody (`is_nobody`).
    """
    counted = [binding for binding in _counted(bindings) if counts(binding, instant)]
    if not counted:
        return None
    return counted[max(0, bisect_right(counted, instant, key=lambda binding: binding[0]) - 1)][1]


def _leads(bindings: list[Binding]) -> list[str]:
    """The subjects of bindings, by their first binding."""
    return list(dict.fromkeys(subject for _, subject in bindings))


def _late(bindings: list[Binding]) -> Binding | None:
    """The first binding of the first lead that is one too many."""
    leads = _leads(bindings)
    if len(leads) <= LEADS_PER_VISITOR:
        return None
    return next(binding for binding in bindings if binding[1] == leads[LEADS_PER_VISITOR])


def _counted(bindings: list[Binding]) -> list[Binding]:
    """The bindings of the earliest leads; the others do not count."""
    if len(bindings) <= LEADS_PER_VISITOR:
        return bindings
    counted = set(_leads(bindings)[:LEADS_PER_VISITOR])
    return [binding for binding in bindings if binding[1] in counted]
