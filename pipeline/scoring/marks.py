"""Which activities are a machine's or an insider's: marked, not deleted (contract: scoring.md, Bots and insiders)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.scoring.activity import CRAWLER, INTERNAL, TRAP, Activity
from pipeline.scoring.model import Model

BURST_SPAN_MS = 2_000
TRAP_SPAN_MS = 3_600_000
_MAIL = ("email.delivered", "email.opened", "email.clicked")

Marks = dict[str, str]
"""`event_id` of a marked activity → why: crawler, too_fast, burst, honeypot, internal."""


def marks_of(facts: Sequence[Activity], model: Model) -> Marks:
    """The marks among `facts` (one lead's, in order), a function of these facts and the model alone."""
    marks: Marks = {}
    if model.internal.email_domains and any(_is_insider(f, model) for f in facts):
        marks.update((f.event_id, "internal") for f in facts)
        return marks
    marks.update(_burst(facts, model))
    marks.update(_too_fast(facts, model))
    if any(f.flags for f in facts):
        marks.update(_trapped(facts))
        marks.update((f.event_id, "internal") for f in facts if f.flags & INTERNAL)
        marks.update((f.event_id, "crawler") for f in facts if f.flags & CRAWLER)
    return marks


def _is_insider(fact: Activity, model: Model) -> bool:
    email = fact.fields.get("@email")
    return isinstance(email, str) and email.rpartition("@")[2] in model.internal.email_domains


def _too_fast(facts: Sequence[Activity], model: Model) -> Marks:
    delivered: dict[object, int] = {}
    for fact in facts:
        if fact.type == "email.delivered" and fact.fields.get("message_id") is not None:
            delivered.setdefault(fact.fields["message_id"], fact.occurred_at)
    return {
        f.event_id: "too_fast"
        for f in facts
        if delivered
        and f.type in ("email.opened", "email.clicked")
        and f.fields.get("message_id") in delivered
        and f.occurred_at - delivered[f.fields["message_id"]] < model.bots.min_delay_ms
    }


def _burst(facts: Sequence[Activity], model: Model) -> Marks:
    clicks: defaultdict[object, list[Activity]] = defaultdict(list)
    for fact in facts:
        if fact.type == "email.clicked" and fact.fields.get("message_id") is not None:
            clicks[fact.fields["message_id"]].append(fact)
    marks: Marks = {}
    for message in clicks.values():
        if len(message) < model.bots.burst:
            continue
        for first in message:
            window = [c for c in message if 0 <= c.occurred_at - first.occurred_at < BURST_SPAN_MS]
            if len({c.fields.get("url") for c in window} - {None}) >= model.bots.burst:
                marks.update((c.event_id, "burst") for c in window)
    return marks


def _trapped(facts: Sequence[Activity]) -> Marks:
    traps = [f for f in facts if f.flags & TRAP]
    return {f.event_id: "honeypot" for f in facts if any(_springs(trap, f) for trap in traps)}


def _springs(trap: Activity, fact: Activity) -> bool:
    """Whether the fact comes from who fell into the trap, at about that time."""
    is_same = (
        fact is trap or (fact.visitor and fact.visitor == trap.visitor) or (fact.agent and fact.agent == trap.agent)
    )
    return bool(is_same) and abs(fact.occurred_at - trap.occurred_at) <= TRAP_SPAN_MS


class _Mail:
    """What happened to one message so far."""

    __slots__ = ("clicks", "delivered", "reactions")

    def __init__(self) -> None:
        self.delivered: int | None = None
        self.reactions = self.clicks = 0


class Marker:
    """Marks the facts of one lead, given in order, and one more at a time.

    A fact that comes last is marked at a glance; where it would mark earlier ones, `add` says that all must be
    looked at again.
    """

    def __init__(self, facts: Sequence[Activity], model: Model) -> None:
        self._model = model
        self.marks = marks_of(facts, model)
        self._is_insider = bool(model.internal.email_domains) and any(_is_insider(f, model) for f in facts)
        self._traps = [f for f in facts if f.flags & TRAP]
        self._mails: dict[object, _Mail] = {}
        for fact in facts:
            if fact.type in _MAIL:
                self._mail(fact)

    def add(self, fact: Activity) -> bool:
        """Mark the next fact if it is to be marked; False if it may mark earlier ones."""
        model = self._model
        why = "internal" if self._is_insider else None
        if not self._is_insider:
            if fact.flags & TRAP or (model.internal.email_domains and _is_insider(fact, model)):
                return False
            if fact.type in _MAIL:
                is_sure, why = self._mail(fact)
                if not is_sure:
                    return False
            if self._traps and any(_springs(trap, fact) for trap in self._traps):
                why = "honeypot"
            if fact.flags:
                why = "crawler" if fact.flags & CRAWLER else "internal"
        if why is not None:
            self.marks[fact.event_id] = why
        return True

    def _mail(self, fact: Activity) -> tuple[bool, str | None]:
        """Note an event of a message: whether it leaves the earlier ones as they are, and its own mark."""
        message = fact.fields.get("message_id")
        if message is None:
            return True, None
        mail = self._mails.get(message)
        if mail is None:
            mail = self._mails[message] = _Mail()
        if fact.type == "email.delivered":
            if mail.delivered is None:
                mail.delivered = fact.occurred_at
                return not mail.reactions, None
            return True, None
        mail.reactions += 1
        if fact.type == "email.clicked":
            mail.clicks += 1
            if mail.clicks >= self._model.bots.burst:
                return False, None
        is_fast = mail.delivered is not None and fact.occurred_at - mail.delivered < self._model.bots.min_delay_ms
        return True, "too_fast" if is_fast else None
