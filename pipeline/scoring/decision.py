"""Deciding a lead's stage at one instant: which transitions fire, and when it goes back (contract: lifecycle.md)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import All, AnyOf, Condition, DueDate, InStageFor, Not
from pipeline.scoring.correcting import is_mistaken
from pipeline.scoring.duties import duties, pendings, sla_due_at
from pipeline.scoring.holding import LEAVE, happened, hold, release
from pipeline.scoring.known import order_of
from pipeline.scoring.lifecycle import Map, StageChanged, leave_broken, would_fire
from pipeline.scoring.model import Transition
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Entry, Loan, Standing
from pipeline.scoring.raised import Raised
from pipeline.scoring.span import Span
from pipeline.scoring.truth import Judge

LOOP_LIMIT = 32
LOOP_SPAN_MS = 60_000
PATH_LIMIT = 64
"""How many stages a lead can go back through one after the other."""


class Decision:
    """What a lead does at the instant of its outlook. Changes `standing`; `looped` tells that the guard stopped it.

    `raised` are the signals of its lifecycle. With `recheck` facts were taken from the lead since it was decided last;
    `changed` says that the model was: what goes back then is told to take back what had led there.
    """

    def __init__(
        self, stage_map: Map, outlook: Outlook, standing: Standing, *, recheck: bool = False, changed: bool = False
    ) -> None:
        self.map = stage_map
        self.outlook = outlook
        self.standing = standing
        self.judge = Judge(outlook, standing)
        self.instant = outlook.known.instant
        self.looped = False
        self.raised: list[Raised] = []
        self._recheck, self._changed = recheck, changed

    @cached_property
    def _facts(self) -> list[Activity]:
        return self.outlook.known.at_instant()

    def decide(self) -> list[StageChanged]:
        """Obey people; then fire what is true now: transitions in declared order, each once; else `leave`; again."""
        standing = self.standing
        changes = list(self._obey())
        if standing.held:
            release(self.map, self.judge)
        if not standing.pinned:
            if is_mistaken(self.map, self.judge, recheck=self._recheck):
                changes.append(self._correct())
            changes += self._move()
        self._tell_duties()
        return changes

    def _move(self) -> Iterator[StageChanged]:
        standing = self.standing
        done = {key for key, instant in standing.fired.items() if instant == self.instant}
        while not standing.looped:
            transition = self._firing(done)
            if transition is None and not self._goes_back():
                break
            if self._is_loop():
                break
            yield self._go_back() if transition is None else self._fire(transition)
            if transition is not None:
                done.add(transition.key)

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

    def give_back(self, loan: Loan) -> list[StageChanged]:
        """Stand as before a merge that was undone, and tell so if that is in another stage."""
        standing, former = self.standing, loan.standing
        path = former.path or [(self.map.lifecycle.entry, "")]
        changes: list[StageChanged] = []
        if path[-1][0] == standing.stage:
            standing.path, standing.entered_at = path, former.entered_at
            standing.spent, standing.entry, standing.waiting = former.spent, former.entry, former.waiting
            standing.held, standing.told = former.held, former.told
        else:
            trigger = max((fact.event_id for fact in self._facts), default=None)
            changes.append(self._returned(path, "correction", trigger, loan.seq))
        standing.fired, standing.pinned = former.fired, former.pinned
        standing.own, standing.adopted = former.own, former.adopted
        return changes

    def _obey(self) -> Iterator[StageChanged]:
        """What people have set the stage to, or pinned, since the last decision."""
        standing, was_set = self.standing, False
        for order in self.outlook.known.orders(standing.manual):
            standing.manual = order_of(order)
            pin, stage = order.fields.get("pin"), order.fields.get("stage")
            if isinstance(pin, bool):
                standing.pinned = pin
            if not isinstance(stage, str) or stage not in self.map.stages:
                continue
            was_set = True
            if stage != standing.stage:
                direction = self.map.direction(standing.stage, stage)
                yield self._entered([(stage, "")], direction, "manual", order.event_id, None)
                standing.spent = {}
        if was_set:
            standing.held, standing.entry = {}, None  # whatever brought it there, now somebody wants it there
            hold(self.map, self.judge)

    def _firing(self, done: set[str]) -> Transition | None:
        for transition in self.map.leaving(self.standing.stage):
            if transition.key in done:
                continue
            self._end_declined(transition)
            if would_fire(transition, self.judge, self._span):
                if not transition.approvals or transition.key in self.standing.waiting:
                    return transition
                self._await_approvals(transition)
        return None

    def _await_approvals(self, transition: Transition) -> None:
        self.standing.waiting[transition.key] = self.instant
        pending = next(p for p in pendings(self.map, self.judge) if p.transition == transition.key)
        self.raised.append(Raised("approval_requested", transition.key, pending.document()))

    def _end_declined(self, transition: Transition) -> None:
        standing, key = self.standing, transition.key
        if key not in standing.waiting:
            return
        declined = self.judge.approvals(transition).declined
        if declined is not None:
            del standing.waiting[key]
            standing.held[key] = declined.occurred_at
            release(self.map, self.judge)

    def _goes_back(self) -> bool:
        return LEAVE not in self.standing.held and bool(leave_broken(self.map, self.judge, self._span))

    def _is_loop(self) -> bool:
        standing = self.standing
        standing.recent = [t for t in standing.recent if t > self.instant - LOOP_SPAN_MS]
        self.looped = standing.looped = len(standing.recent) >= LOOP_LIMIT
        return self.looped

    def _fire(self, transition: Transition) -> StageChanged:
        standing, instant, key = self.standing, self.instant, transition.key
        cause, trigger = self._cause(transition, transition.when)
        answered = (self.judge.answers(asked, key) for asked in happened(transition.when))
        spent = {f.event_id for found in answered for f in found if f.occurred_at == instant}
        still = {other: ids for other, ids in standing.spent.items() if standing.entered_at == instant}
        asked_at = standing.waiting.get(key, instant)
        marks = self.outlook.known.marks
        marked = [f.event_id for f in self.outlook.known.facts if f.event_id in marks and f.occurred_at <= asked_at]
        entry = Entry(key, asked_at, standing.path, standing.entered_at, standing.spent.get(key, []), marked)
        if spent:
            still[key] = sorted(spent.union(still.get(key, ())))
        path = [(transition.to, "")]
        if transition.leave is not None:
            path = [*standing.path[1 - PATH_LIMIT :], (transition.to, key)]
        change = self._entered(path, self.map.direction(standing.stage, transition.to), cause, trigger, key)
        standing.spent, standing.entry = still, entry
        standing.fired[key] = instant
        return change

    def _go_back(self) -> StageChanged:
        standing = self.standing
        transition = self.map.transitions[standing.path[-1][1]]
        cause, trigger = self._cause(None, transition.leave)
        return self._returned(standing.path[:-1], cause, trigger, standing.entered_seq if self._changed else None)

    def _correct(self) -> StageChanged:
        entry = self.standing.entry
        path = [] if entry is None else entry.path
        trigger = max(self._facts, key=_id, default=None)
        trigger_event_id = None if trigger is None else trigger.event_id
        return self._returned(path, "correction", trigger_event_id, self.standing.entered_seq)

    def _returned(
        self, path: list[tuple[str, str]], cause: str, trigger: str | None, retracts_seq: int | None
    ) -> StageChanged:
        standing = self.standing
        spent = standing.spent if standing.entered_at == self.instant else {}
        change = self._entered(path, "down", cause, trigger, None, retracts_seq or None)
        standing.spent = spent
        return change

    def _entered(  # noqa: PLR0917 - what a stage change says
        self,
        path: list[tuple[str, str]],
        direction: str,
        cause: str,
        trigger: str | None,
        transition: str | None,
        retracts_seq: int | None = None,
    ) -> StageChanged:
        """Stand at the end of this path from now on."""
        standing, instant = self.standing, self.instant
        from_stage, to_stage = standing.stage, path[-1][0]
        standing.seq += 1
        standing.own = True
        standing.recent.append(instant)
        standing.note_leaving(instant)
        standing.path, standing.entered_at, standing.entered_seq = path, instant, standing.seq
        standing.entry, standing.waiting, standing.held, standing.told = None, {}, {}, []
        due_at = sla_due_at(self.map, to_stage, instant)
        return StageChanged(
            standing.seq,
            from_stage,
            to_stage,
            direction,
            cause,
            instant,
            trigger,
            transition,
            retracts_seq,
            due_at,
        )

    def _cause(self, transition: Transition | None, condition: Condition | None) -> tuple[str, str | None]:
        """Cause and trigger (rules 4 and 13)."""
        trigger: Activity | None = None
        if transition is not None and transition.key in self.standing.waiting:
            last = self.judge.approvals(transition).last
            return "approval", None if last is None else last.event_id
        if transition is not None:
            answered = [f for c in happened(condition) for f in self.judge.answers(c, transition.key)]
            trigger = min((f for f in answered if f.occurred_at == self.instant), key=_id, default=None)
        if trigger is None:
            trigger = max(self._facts, key=_id, default=None)
        if trigger is not None:
            return "action" if trigger.kind == "crm" else "activity", trigger.event_id
        ends = list(_timers(condition, self.judge))
        if transition is not None and transition.cooldown_ms is not None and transition.key in self.standing.fired:
            ends.append(self.standing.fired[transition.key] + transition.cooldown_ms)
        return "timer" if self.instant in ends else "decay", None

    def _tell_duties(self) -> None:
        """Deadlines that have passed, each once."""
        for duty in list(duties(self.map, self.judge)):
            if duty.due_at <= self.instant:
                self.standing.told.append(duty.key)
                self.raised.append(duty.raised)


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


def _id(activity: Activity) -> str:
    return activity.event_id
