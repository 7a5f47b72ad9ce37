"""Deadlines of people: an SLA of the present stage, and approvals that are waited for (lifecycle.md, rules 5 and 6)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.scoring.activity import Activity
from pipeline.scoring.instants import text_of
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.raised import Raised
from pipeline.scoring.truth import Judge
from pipeline.scoring.working_time import deadline


@dataclass(frozen=True, slots=True)
class Duty:
    """What is told at `due_at` (ms) unless it is done by then; `key` is unique in the present stay in the stage."""

    due_at: int
    key: str
    raised: Raised


def duties(stage_map: Map, judge: Judge) -> Iterator[Duty]:
    """What is open and has not been told yet."""
    standing = judge.standing
    for duty in (*_sla(stage_map, judge), *_approvals(stage_map, judge)):
        if duty.key not in standing.told:
            yield duty


def sla_due_at(stage_map: Map, stage: str, entered_at: int) -> int | None:
    """When a lead that entered the stage then is overdue (ms), or None."""
    found = stage_map.stages.get(stage)
    sla = None if found is None else found.sla
    return None if sla is None else deadline(sla.within, sla.calendar, entered_at)


def _sla(stage_map: Map, judge: Judge) -> Iterator[Duty]:
    standing = judge.standing
    due_at = sla_due_at(stage_map, standing.stage, standing.entered_at)
    sla = None if due_at is None else stage_map.stages[standing.stage].sla
    if sla is None or due_at is None:
        return
    facts = judge.known.facts
    for fact in facts[bisect_left(facts, standing.entered_at, key=_instant) :]:
        if fact.occurred_at > due_at:
            break
        if fact.type in sla.until:
            return
    details: dict[str, Any] = {"escalate": sla.escalate, "within": sla.within.text, "due_at": text_of(due_at)}
    yield Duty(due_at, "sla", Raised("sla_breached", "", details))


def _approvals(stage_map: Map, judge: Judge) -> Iterator[Duty]:
    for pending in pendings(stage_map, judge):
        if pending.due_at is not None:
            key = f"{pending.transition}:{pending.step}"
            details = pending.document() | {"escalate": pending.escalate}
            yield Duty(pending.due_at, f"overdue:{key}:{pending.since}", Raised("approval_overdue", key, details))


@dataclass(frozen=True, slots=True)
class Pending:
    """A transition that waits for the approval of `step`, open since `since`; `steps` are all, `given` so many."""

    transition: str
    to: str
    step: str
    since: int
    due_at: int | None
    escalate: str | None
    given: int
    steps: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As records and explanations show it."""
        return {
            "transition": self.transition,
            "to": self.to,
            "step": self.step,
            "steps": self.steps,
            "given": self.given,
            "since": text_of(self.since),
            "due_at": None if self.due_at is None else text_of(self.due_at),
        }


def pendings(stage_map: Map, judge: Judge) -> Iterator[Pending]:
    """The transitions that wait for approvals, in declared order."""
    for transition in stage_map.leaving(judge.standing.stage):
        if transition.key not in judge.standing.waiting:
            continue
        state = judge.approvals(transition)
        if state.given < len(transition.approvals) and state.declined is None:
            step = transition.approvals[state.given]
            yield Pending(
                transition.key,
                transition.to,
                step.step,
                state.since,
                state.due_at,
                step.escalate,
                state.given,
                [approval.step for approval in transition.approvals],
            )


def _instant(fact: Activity) -> int:
    return fact.occurred_at
