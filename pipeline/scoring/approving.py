"""How far a transition is that waits for approvals (contract: lifecycle.md, rule 5)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.scoring.activity import Activity
from pipeline.scoring.model import Transition
from pipeline.scoring.working_time import deadline


@dataclass(frozen=True, slots=True)
class Approvals:
    """`given` steps are approved, the last by `last`; the next is open since `since`. `declined`: what ended the wait.

    `due_at` is when the open step is overdue (ms), None: never.
    """

    given: int
    since: int
    last: Activity | None
    declined: Activity | None
    due_at: int | None


def approvals(transition: Transition, since: int, facts: Sequence[Activity]) -> Approvals:
    """What the facts (in order) after `since`, when the wait began, say. Steps count in their order only."""
    steps, given, began = transition.approvals, 0, since
    last: Activity | None = None
    for fact in facts[bisect_right(facts, since, key=_instant) :]:
        if given == len(steps):
            break
        step = fact.fields.get("step")
        if fact.type == "crm.approved" and step == steps[given].step:
            given, began, last = given + 1, fact.occurred_at, fact
        elif fact.type == "crm.declined" and step in (None, steps[given].step):
            return Approvals(given, began, last, fact, None)
    due_at = None
    if given < len(steps):
        open_step = steps[given]
        due_at = None if open_step.within is None else deadline(open_step.within, open_step.calendar, began)
    return Approvals(given, began, last, None, due_at)


def _instant(fact: Activity) -> int:
    return fact.occurred_at
