"""One subject forgets: what a lead, an address, an external id or a visitor loses when the person is erased."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import replace

from pipeline.codec.instants import format_instant
from pipeline.engine.binding import FORGETTING, Bindings
from pipeline.engine.documents import Document
from pipeline.engine.erased import Erasures, is_nobody, nobody_until
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import (
    Await,
    Bound,
    Erase,
    Facts,
    Forget,
    Forgot,
    Message,
    Release,
    unpack_message,
)
from pipeline.engine.packing import row_of
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.engine.visitors import asked, erasures_of
from pipeline.identity import is_anonymous, subject_of_email, subject_of_external
from pipeline.scoring.activity import Activity
from pipeline.scoring.attributes import ENVELOPE, EXTERNAL
from pipeline.scoring.profile import Profile, Standing

_WHOEVER = ""
_NAMED = "named:"

Binding = tuple[int, str]


class Forgetting:
    """Forgets for one partition's subjects, each when it is told. `gone`: whose score record becomes a tombstone."""

    def __init__(
        self, erased: Erasures, table: ProfileTable, bindings: Bindings, steps: Steps, exchange: Exchange
    ) -> None:
        self.gone: dict[str, int] = {}
        self._erased, self._table, self._bindings = erased, table, bindings
        self._steps, self._exchange = steps, exchange
        self._seen: dict[str, None] = {}
        exchange.handlers[Forget] = lambda profile, message: steps.receive(profile, message.instant, message)
        steps.effects[Forget] = self._forget

    def blank(self, profile: Profile, until: int) -> list[Message]:
        """Forget all of the subject up to the instant, but its `seq`; what it had received and not read yet."""
        self._unsay(profile, until)
        named = [int(key.removeprefix(_NAMED)) for key in profile.raised if key.startswith(_NAMED)]
        for fact in [fact for fact in profile.facts.values() if fact.occurred_at <= until]:
            del profile.facts[fact.event_id]
        self._erased.note(profile.subject, until, profile.standing.seq)
        self._steps.decider.announcer.withdraw(profile, until)
        profile.standing = _standing_after(profile.standing, until)
        profile.visitors = {visitor: since for visitor, since in profile.visitors.items() if since > until}
        later = profile.visitors.keys() | {who for who in profile.waits if profile.waits_since(who) > until}
        profile.aliases = {alias: to for alias, to in profile.aliases.items() if alias in later or to in later}
        profile.absorbed, profile.raised = [], set()
        profile.came_from = profile.loan = profile.wake = None
        profile.said, profile.recheck = {}, False
        kept = {who: {to: at for to, at in bound.items() if at > until} for who, bound in profile.waits.items()}
        forgetting = {who: bound for who, bound in profile.waits.items() if who.startswith(FORGETTING)}
        profile.waits = {who: bound for who, bound in kept.items() if bound} | forgetting
        profile.severed = {source: at for source, at in profile.severed.items() if at > until}
        unread = [(at, unpack_message(body), body) for at, body in profile.inbox]
        profile.inbox = [(at, body) for at, message, body in unread if at > until or isinstance(message, Release)]
        for instant in named:
            if instant > until:
                self.erase_named(profile, instant)
        self.settle(profile)
        return [message for at, message, _ in unread if at <= until and isinstance(message, Message)]

    def settle(self, profile: Profile) -> None:
        """Facts were taken away: what is left is decided anew; if none of it has been, from the beginning."""
        first = min((fact.occurred_at for fact in profile.facts.values()), default=None)
        profile.pending = profile.due = None
        if first is None or first > profile.clock:
            if profile.standing.path:
                self._unsay(profile, -1)
                profile.standing = Standing(seq=profile.standing.seq)
            profile.clock = -1
        self._seen[profile.subject] = None
        if first is None:
            self._table.touch(profile)
            self._steps.decider.schedule(profile)
        else:
            self._steps.changed(profile, first)

    def stay(self, profile: Profile, until: int) -> None:
        """The subject was about to become an alias by the instant: it does not."""
        owners = [profile.alias_of] if profile.alias_of else [subject for _, subject in profile.bindings]
        for owner in owners:
            at = profile.leaving or until
            self._exchange.post(Bound(to=owner, subject=_WHOEVER, identifier=profile.subject, instant=at))
        profile.alias_of, profile.merged_at, profile.leaving = "", -1, None
        profile.bindings = [binding for binding in profile.bindings if binding[0] > until]
        if profile.bindings:
            profile.leaving = profile.bindings[0][0]

    def claim(self, lead: Profile, facts: Iterable[Activity], only: str | None = None) -> None:
        """Bind again what the facts name (`only` that identifier): the binding of before is forgotten."""
        for fact in sorted(facts, key=lambda fact: fact.order):
            for identifier in named_in(fact):
                if identifier != (fact.origin or lead.subject) and only in (None, identifier):
                    self._bindings.claim(lead, identifier, fact.origin or lead.subject, fact.occurred_at)

    def erase_named(self, profile: Profile, instant: int) -> None:
        """The subject is erased at the instant, if it is its own then."""
        subject = profile.subject
        self._steps.receive_later(profile, instant, Erase(to=subject, subject=subject, instant=instant, named=True))

    def remember_named(self, alias: Profile, instant: int) -> None:
        """Should it turn out that the alias was its own at the instant, it is erased then."""
        alias.raised.add(f"{_NAMED}{instant}")
        self._table.touch(alias)

    def note(self, profile: Profile) -> None:
        """The profile may be of nobody any more."""
        self._seen[profile.subject] = None

    def tidy(self) -> None:
        """Take the subjects of whom nothing is known any more out of the table."""
        for subject in list(self._seen):
            profile = self._table.get(subject)
            if profile is not None and not profile.facts and profile.standing.path and not profile.is_alias:
                self.settle(profile)  # all that it had went back to others
            if profile is not None and _is_nothing(profile):
                self._erased.note(subject, self._erased.until(subject), profile.standing.seq)
                self._table.forget(subject)
            elif profile is not None and _may_lose_all(profile):
                continue
            del self._seen[subject]

    def _forget(self, profile: Profile, message: Forget) -> None:
        self.note(profile)
        if message.why == "named":
            self._erase_itself(profile, message, is_known=self._erased.until(profile.subject) >= message.instant)
            return
        if is_anonymous(profile.subject):
            before = list(profile.bindings)
            self._forget_visitor(profile, message)
            self._tell_asked(profile, before)
            return
        until, is_known = message.instant, self._erased.until(profile.subject) >= message.instant
        if profile.leaving is not None and profile.leaving > until:
            self._erase_itself(profile, message, is_known=is_known, stays=True)
        elif not profile.alias_of:
            self._erase_itself(profile, message, is_known=is_known)
        elif profile.alias_of not in message.subjects:
            self._answer(message, stays=False)
        elif profile.leaving is not None and profile.leaving <= until:
            self.stay(profile, until)
            self._erase_itself(profile, message, is_known=is_known)
        elif is_known or profile.merged_at > until:
            self._answer(message, stays=True, parent=profile.alias_of)
        else:
            profile.alias_of, profile.merged_at = "", -1
            self._leave_family(profile, message)

    def _tell_asked(self, visitor: Profile, before: list[Binding]) -> None:
        """Who is the visitor no more need not wait for who it was when it is erased by its own id."""
        for instant in erasures_of(visitor):
            now = {subject for at, subject in visitor.bindings if at <= instant}
            for subject in dict.fromkeys(subject for at, subject in before if at <= instant):
                if subject not in now and not is_nobody(subject):
                    note = asked(visitor.subject, instant)
                    self._exchange.post(Bound(to=subject, subject=subject, identifier=note, instant=instant))

    def _forget_visitor(self, visitor: Profile, message: Forget) -> None:
        until, family = message.instant, {message.holder, *message.subjects}
        if message.bound >= 0 and (message.bound, message.holder) not in visitor.bindings:
            insort(visitor.bindings, (message.bound, message.holder))
        before = [binding for binding in visitor.bindings if binding[0] <= until]
        later = visitor.bindings[len(before) :]
        others = [b for b in before if b[1] not in family and not is_nobody(b[1])]
        is_known = self._erased.until(visitor.subject) >= until
        since = next((binding for binding in later if binding[1] in family), None)
        if others and all(subject not in family for _, subject in before):
            self._answer(message, stays=True, parent=others[0][1])
        elif others:
            self._share(visitor, before, later, message)
            self._answer(message, stays=False, since=since)
        elif is_known:
            visitor.bindings = later
            stays = message.why == "late" or since is not None
            self._answer(message, stays=stays, parent=later[0][1] if later else "", since=since)
        elif visitor.leaving is not None or not before or (visitor.facts and not visitor.waits):
            if visitor.leaving is not None and visitor.leaving <= until:
                self.stay(visitor, until)
            visitor.bindings = later
            self._erase_itself(visitor, message, is_known=False, since=since)
        else:
            marks = [nobody_until(subject) for _, subject in before if is_nobody(subject)]
            visitor.bindings = later
            if later:
                visitor.leaving, owner = later[0]
                self._exchange.post(Await(to=owner, identifier=visitor.subject, subject=owner, instant=visitor.leaving))
            self._erased.note(visitor.subject, max([until, *marks]), visitor.standing.seq)
            self._leave_family(visitor, message, since=since)

    def _share(self, visitor: Profile, before: list[Binding], later: list[Binding], message: Forget) -> None:
        """Others were that visitor, too: their facts stay theirs, the family's bindings say only whose is dropped."""
        family = {message.holder, *message.subjects}
        visitor.bindings = [
            (at, self._erased.nobody(subject, message.instant) if subject in family else subject)
            for at, subject in before
        ] + later
        if visitor.leaving is not None:
            visitor.leaving = None
            facts = list(visitor.facts.values())
            for fact in facts:
                del visitor.facts[fact.event_id]
                fact.origin = visitor.subject
            if facts:
                self._exchange.post(Facts(to=visitor.subject, facts=[row_of(fact) for fact in facts]))
        self._table.touch(visitor)

    def _erase_itself(
        self, profile: Profile, message: Forget, *, is_known: bool, stays: bool = False, since: Binding | None = None
    ) -> None:
        """If it is its own, it forgets in its turn, with what belongs to it, once it has decided what was before."""
        if not is_known:
            self.erase_named(profile, message.instant)
        self._answer(message, stays=stays, parent=profile.alias_of, since=since)

    def _leave_family(self, alias: Profile, message: Forget, *, since: Binding | None = None) -> None:
        self.blank(alias, message.instant)
        alias.wait_for(FORGETTING + message.holder, alias.subject, message.instant)
        self._table.touch(alias)
        self._answer(message, stays=False, since=since)

    def _answer(self, message: Forget, *, stays: bool, parent: str = "", since: Binding | None = None) -> None:
        if message.why == "named":
            return
        at, bound = since or (None, parent)
        self._exchange.post(
            Forgot(to=message.holder, subject=message.to, instant=message.instant, stays=stays, parent=bound, since=at)
        )

    def _unsay(self, profile: Profile, until: int) -> None:
        """What was decided up to the instant and is not written yet never will be, and the score is taken back."""
        subject, outbox, decider = profile.subject, self._steps.decider.outbox, self._steps.decider
        if profile.standing.path or profile.standing.seq:
            self.gone[subject] = max(until, self.gone.get(subject, until))
        end = format_instant(max(until, 0))

        def stays(document: Document) -> bool:
            return bool(document["lead_id"] != subject or document["occurred_at"] > end)

        outbox.stage_changes = [document for document in outbox.stage_changes if stays(document)]
        outbox.signals = [document for document in outbox.signals if stays(document)]
        outbox.outlooks.pop(subject, None)
        decider.outlooks.forget(subject)


def named_in(fact: Activity) -> list[str]:
    """The subjects of the address and the external ids that a fact names."""
    email = fact.fields.get(ENVELOPE + "email")
    found = [subject_of_email(email)] if isinstance(email, str) else []
    names = sorted(name for name in fact.fields if name.startswith(EXTERNAL))
    return found + [subject_of_external(name[len(EXTERNAL) :], str(fact.fields[name])) for name in names]


def _standing_after(standing: Standing, until: int) -> Standing:
    """What is left of a standing: all but its `seq` goes, unless the lead entered its stage after the erasure.

    That was told, and is not told again because the erasure came late.
    """
    if not standing.path or standing.entered_at <= until:
        return Standing(seq=standing.seq)
    is_ordered = standing.manual[0] > until
    return replace(
        standing,
        fired={key: at for key, at in standing.fired.items() if at > until},
        visits={stage: visits for stage, visits in standing.visits.items() if visits.entered_at > until},
        entry=None,
        manual=standing.manual if is_ordered else (-1, ""),
        pinned=standing.pinned and is_ordered,
    )


def _is_nothing(profile: Profile) -> bool:
    """Whether nothing is known of the subject that its row does not say."""
    has = (profile.facts, profile.alias_of, profile.bindings, profile.waits, profile.inbox, profile.severed)
    return not any(has) and profile.leaving is None and not profile.standing.path and not profile.contacts


def _may_lose_all(profile: Profile) -> bool:
    """Whether something is on its way, or facts are here that may be others'."""
    if profile.waits or profile.inbox:
        return True
    return any(fact.origin and fact.origin not in profile.aliases for fact in profile.facts.values())
