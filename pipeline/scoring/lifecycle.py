"""The stages of a model, and what may happen to a lead in one of them (contract: lifecycle.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.scoring.conditions import All, AnyOf, Condition, Happened, Identified, Not, ScoreIs, Test
from pipeline.scoring.model import Lifecycle, Stage, Transition
from pipeline.scoring.profile import Standing
from pipeline.scoring.span import Span, Truth, both, negated, past
from pipeline.scoring.truth import Judge


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A lead moved. `transition` is None where no transition made it move.

    `retracts_seq` is the `seq` of the change that this one takes back, `sla_due_at` when sales is overdue there (ms).
    """

    seq: int
    from_stage: str
    to_stage: str
    direction: str
    cause: str
    occurred_at: int
    trigger_event_id: str | None
    transition: str | None
    retracts_seq: int | None = None
    sla_due_at: int | None = None


class Map:
    """The lifecycle of a model, indexed."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.stages: dict[str, Stage] = {stage.id: stage for stage in lifecycle.stages}
        self.rank = {stage.id: rank for rank, stage in enumerate(lifecycle.stages)}
        self.transitions = {transition.key: transition for transition in lifecycle.transitions}
        self._leaving: dict[str, list[Transition]] = {stage: [] for stage in self.stages}
        for transition in lifecycle.transitions:
            for source in transition.sources:
                self._leaving[source].append(transition)
        self.waiting = {transition.key for transition in lifecycle.transitions if not _is_timeless(transition.when)}
        """The transitions that may come true by themselves."""
        self._scores: dict[tuple[str, str], tuple[ScoreIs, ...]] = {}

    def scores_asked(self, standing: Standing) -> tuple[ScoreIs, ...]:
        """What may be asked of the implicit and the total score where a lead stands."""
        key = (standing.stage, standing.path[-1][1])
        if key not in self._scores:
            self._scores[key] = tuple(s for c in self._asked(standing) for s in scores_in(c) if s.score != "explicit")
        return self._scores[key]

    def _asked(self, standing: Standing) -> Iterator[Condition]:
        for transition in self.leaving(standing.stage):
            yield transition.when
            if transition.leave is not None:
                yield transition.leave
        present = self.transitions.get(standing.path[-1][1])
        if present is not None and present.leave is not None:
            yield present.leave

    def leaving(self, stage: str) -> list[Transition]:
        """The transitions that lead away from a stage, in declared order."""
        return self._leaving.get(stage, [])

    def direction(self, from_stage: str, to_stage: str) -> str:
        """`side`, `up` or `down` (rule 13)."""
        source, target = self.stages.get(from_stage), self.stages.get(to_stage)
        if from_stage == to_stage or (target is not None and target.kind == "side"):
            return "side"
        if source is not None and source.kind == "side":
            return "up"
        return "up" if self.rank.get(to_stage, 0) > self.rank.get(from_stage, 0) else "down"


def would_fire(transition: Transition, judge: Judge, span: Span) -> Truth:
    """Whether a transition that leads away from the present stage is true throughout the span.

    One with approvals begins to wait for them then; while it waits, only what is missing of them is asked.
    """
    standing, key = judge.standing, transition.key
    if key in standing.held:
        return False
    if key in standing.waiting:
        state = judge.approvals(transition)
        if state.declined is not None or state.given < len(transition.approvals):
            return False
        return True if transition.leave is None else judge.truth_on_entry(transition.leave, span)
    fired = standing.fired.get(key)
    ready: Truth = True
    if transition.cooldown_ms is not None and fired is not None:
        ready = past(span, fired + transition.cooldown_ms)
        if ready is False:
            return False
    holds = both(ready, judge.truth(transition.when, span, key))
    if holds is False or transition.leave is None:
        return holds
    return both(holds, judge.truth_on_entry(transition.leave, span))


def present_leave(stage_map: Map, judge: Judge) -> Condition | None:
    """What must stay true where the lead stands, or None."""
    path = judge.standing.path
    transition = stage_map.transitions.get(path[-1][1]) if len(path) > 1 else None
    return None if transition is None else transition.leave


def leave_broken(stage_map: Map, judge: Judge, span: Span) -> Truth:
    """Whether what must stay true in the present stage is false throughout the span."""
    leave = present_leave(stage_map, judge)
    return False if leave is None else negated(judge.truth(leave, span))


def _is_timeless(condition: Condition) -> bool:
    """Whether only a fact can change what the condition says."""
    if isinstance(condition, (All, AnyOf)):
        return all(map(_is_timeless, condition.conditions))
    if isinstance(condition, Not):
        return _is_timeless(condition.condition)
    if isinstance(condition, ScoreIs):
        return condition.score == "explicit"
    return isinstance(condition, (Test, Identified, Happened))


def scores_in(condition: Condition) -> Iterator[ScoreIs]:
    """What a condition asks of the scores."""
    if isinstance(condition, ScoreIs):
        yield condition
    elif isinstance(condition, Not):
        yield from scores_in(condition.condition)
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from scores_in(inner)
