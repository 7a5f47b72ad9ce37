"""Which activities are a machine's or an insider's: marked, not deleted (contract: scoring.md, Bots and insiders)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.scoring.activity import CRAWLER, INTERNAL, TRAP, Activity
from pipeline.scoring.model import Model

BURST_SPAN_MS = 2_000
TRAP_SPAN_MS = 3_600_000

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
    marks: Marks = {}
    for trap in (f for f in facts if f.flags & TRAP):
        for fact in facts:
            same = (
                fact is trap
                or (fact.visitor and fact.visitor == trap.visitor)
                or (fact.agent and fact.agent == trap.agent)
            )
            if same and abs(fact.occurred_at - trap.occurred_at) <= TRAP_SPAN_MS:
                marks[fact.event_id] = "honeypot"
    return marks
