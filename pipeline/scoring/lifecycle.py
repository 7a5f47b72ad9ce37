"""Deciding a lead's stage at one instant: which transitions fire, and when it goes back (contract: lifecycle.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    Condition,
    DueDate,
    Happened,
    Identified,
    InStageFor,
    Not,
    ScoreIs,
    Test,
)
from pipeline.scoring.model import Lifecycle, Stage, Transition
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.span import Span, Truth, both, negated, past
from pipeline.scoring.truth import Judge

LOOP_LIMIT = 32
LOOP_SPAN_MS = 60_000
PATH_LIMIT = 64
"""How many stages a lead can go back through one after the other."""


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A lead moved. `transition` is None where it went back by a `leave` or took over another's standing."""

    seq: int
    from_stage: str
    to_stage: str
    direction: str
    cause: str
    occurred_at: int
    trigger_event_id: str | None
    transition: str | None


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
            self._scores[key] = tuple(s for c in self._asked(standing) for s in _scores(c) if s.score != "explicit")
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


class Decision:
    """What a lead does at the instant of its outlook. Changes `standing`; `looped` tells that the guard stopped it."""

    def __init__(self, stage_map: Map, outlook: Outlook, standing: Standing) -> None:
        self.map = stage_map
        self.outlook = outlook
        self.standing = standing
        self.judge = Judge(outlook, standing)
        self.instant = outlook.known.instant
        self.looped = False

    @cached_property
    def _facts(self) -> list[Activity]:
        return self.outlook.known.at_instant()

    def decide(self) -> list[StageChanged]:
        """Fire what is true now: transitions in declared order, each at most once; else the `leave`; again."""
        standing, changes = self.standing, list[StageChanged]()
        done = {key for key, instant in standing.fired.items() if instant == self.instant}
        while not standing.looped:
            transition = self._firing(done)
            if transition is None and not leave_broken(self.map, self.judge, self._span):
                break
            if self._is_loop():
                break
            changes.append(self._go_back() if transition is None else self._fire(transition))
            if transition is not None:
                done.add(transition.key)
        return changes

    @property
    def _span(self) -> Span:
        return self.outlook.now

    def enter(self) -> None:
        """The entry stage is entered at the lead's first fact, also where an earlier one came late."""
        standing, facts = self.standing, self.outlook.known.facts
        if not standing.path:
            standing.path = [(self.map.lifecycle.entry, "")]
            standing.entered_at = self.instant
        if facts and not standing.own and not standing.adopted and not standing.seq:
            standing.entered_at = min(standing.entered_at, facts[0].occurred_at)

    def _firing(self, done: set[str]) -> Transition | None:
        for transition in self.map.leaving(self.standing.stage):
            if transition.key not in done and would_fire(transition, self.judge, self._span):
                return transition
        return None

    def _is_loop(self) -> bool:
        standing = self.standing
        standing.recent = [t for t in standing.recent if t > self.instant - LOOP_SPAN_MS]
        self.looped = standing.looped = len(standing.recent) >= LOOP_LIMIT
        return self.looped

    def _fire(self, transition: Transition) -> StageChanged:
        standing, instant = self.standing, self.instant
        cause, trigger = self._cause(transition, transition.when)
        change = self._moved(transition.to, cause, trigger, transition.key)
        answered = (self.judge.answers(c, transition.key) for c in _happened(transition.when))
        spent = {f.event_id for found in answered for f in found if f.occurred_at == instant}
        still = {key: ids for key, ids in standing.spent.items() if standing.entered_at == instant}
        if spent:
            still[transition.key] = sorted(spent.union(still.get(transition.key, ())))
        standing.spent = still
        standing.fired[transition.key] = instant
        if transition.leave is None:
            standing.path = [(transition.to, "")]
        else:
            standing.path = [*standing.path[1 - PATH_LIMIT :], (transition.to, transition.key)]
        standing.entered_at = instant
        return change

    def _go_back(self) -> StageChanged:
        standing = self.standing
        transition = self.map.transitions[standing.path[-1][1]]
        cause, trigger = self._cause(None, transition.leave)
        change = self._moved(standing.path[-2][0], cause, trigger, None)
        standing.path.pop()
        if standing.entered_at != self.instant:
            standing.spent = {}
        standing.entered_at = self.instant
        return change

    def _moved(self, to_stage: str, cause: str, trigger: str | None, transition: str | None) -> StageChanged:
        standing, instant = self.standing, self.instant
        from_stage = standing.stage
        standing.seq += 1
        standing.own = True
        standing.recent.append(instant)
        times, spent_ms = standing.visits.get(from_stage, (0, 0))
        standing.visits[from_stage] = (times + 1, spent_ms + instant - standing.entered_at)
        direction = self.map.direction(from_stage, to_stage) if transition is not None else "down"
        return StageChanged(standing.seq, from_stage, to_stage, direction, cause, instant, trigger, transition)

    def _cause(self, transition: Transition | None, condition: Condition | None) -> tuple[str, str | None]:
        """Cause and trigger (rules 4 and 13)."""
        trigger: Activity | None = None
        if transition is not None:
            answered = [f for c in _happened(condition) for f in self.judge.answers(c, transition.key)]
            trigger = min((f for f in answered if f.occurred_at == self.instant), key=_id, default=None)
        if trigger is None:
            trigger = max(self._facts, key=_id, default=None)
        if trigger is not None:
            return "action" if trigger.kind == "crm" else "activity", trigger.event_id
        ends = list(_timers(condition, self.judge))
        if transition is not None and transition.cooldown_ms is not None and transition.key in self.standing.fired:
            ends.append(self.standing.fired[transition.key] + transition.cooldown_ms)
        return "timer" if self.instant in ends else "decay", None


def would_fire(transition: Transition, judge: Judge, span: Span) -> Truth:
    """Whether a transition that leads away from the present stage is true throughout the span."""
    fired = judge.standing.fired.get(transition.key)
    ready: Truth = True
    if transition.cooldown_ms is not None and fired is not None:
        ready = past(span, fired + transition.cooldown_ms)
        if ready is False:
            return False
    holds = both(ready, judge.truth(transition.when, span, transition.key))
    if holds is False or transition.leave is None:
        return holds
    return both(holds, judge.truth_on_entry(transition.leave, span))


def leave_broken(stage_map: Map, judge: Judge, span: Span) -> Truth:
    """Whether what must stay true in the present stage is false throughout the span."""
    path = judge.standing.path
    transition = stage_map.transitions.get(path[-1][1]) if len(path) > 1 else None
    if transition is None or transition.leave is None:
        return False
    return negated(judge.truth(transition.leave, span))


def _is_timeless(condition: Condition) -> bool:
    """Whether only a fact can change what the condition says."""
    if isinstance(condition, (All, AnyOf)):
        return all(map(_is_timeless, condition.conditions))
    if isinstance(condition, Not):
        return _is_timeless(condition.condition)
    if isinstance(condition, ScoreIs):
        return condition.score == "explicit"
    return isinstance(condition, (Test, Identified, Happened))


def _happened(condition: Condition | None) -> Iterator[Happened]:
    if isinstance(condition, Happened):
        yield condition
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from _happened(inner)


def _timers(condition: Condition | None, judge: Judge) -> Iterator[int]:
    """The instants at which a date or a time in the stage changes what the condition says."""
    if isinstance(condition, InStageFor):
        yield judge.standing.entered_at + condition.duration_ms
    elif isinstance(condition, DueDate):
        instant = judge.date(condition.attribute)
        if instant is not None:
            yield instant
    elif isinstance(condition, Not):
        yield from _timers(condition.condition, judge)
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from _timers(inner, judge)


def _scores(condition: Condition) -> Iterator[ScoreIs]:
    if isinstance(condition, ScoreIs):
        yield condition
    elif isinstance(condition, Not):
        yield from _scores(condition.condition)
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from _scores(inner)


def _id(activity: Activity) -> str:
    return activity.event_id
