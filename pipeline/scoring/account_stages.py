"""Deciding an account's stage at one instant (contract: lifecycle.md, rules 1, 3, 12 and 13). Pure.

Between announcements an account's score stands still, so only time in a stage and cooldowns make it change by itself:
these instants are known, and nothing has to be searched.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.scoring.accounts import Roll
from pipeline.scoring.conditions import All, AnyOf, Condition, ContactsCount, InStageFor, Not, RolesCovered, ScoreIs
from pipeline.scoring.decision import LOOP_LIMIT, LOOP_SPAN_MS, PATH_LIMIT
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.model import Transition
from pipeline.scoring.profile import Standing


class AccountDecision:
    """What an account does at an instant. Changes `standing`; `looped` tells that the guard stopped it.

    `trigger`: the fact of this instant because of which a contact announced, if any. `changed`: the model was.
    """

    def __init__(
        self,
        stage_map: Map,
        roll: Roll,
        standing: Standing,
        instant: int,
        trigger: str | None = None,
        *,
        changed: bool = False,
    ) -> None:
        self.map, self.roll, self.standing, self.instant = stage_map, roll, standing, instant
        self.looped = False
        self._trigger, self._changed = trigger, changed

    def enter(self) -> None:
        """The entry stage is entered at the first announcement."""
        if not self.standing.path:
            self.standing.path = [(self.map.lifecycle.entry, "")]
            self.standing.entered_at = self.instant

    def decide(self) -> Iterator[StageChanged]:
        """Fire what is true now: transitions in declared order, each at most once; else the `leave`; again."""
        standing = self.standing
        done = {key for key, instant in standing.fired.items() if instant == self.instant}
        while not standing.looped:
            transition = next((t for t in self._firing(self.instant) if t.key not in done), None)
            if (transition is None and not self._is_left(self.instant)) or self._is_loop():
                break
            yield self._go_back() if transition is None else self._fire(transition)
            if transition is not None:
                done.add(transition.key)

    def next_change(self) -> int | None:
        """The first ms after the instant at which the stage changes if nobody announces; None: never."""
        if self.standing.looped:
            return None
        later = sorted({self.instant + 1, *(end for end in self._ends() if end > self.instant)})
        return next((at for at in later if self._is_left(at) or any(True for _ in self._firing(at))), None)

    def truth(self, condition: Condition, instant: int, entered_at: int) -> bool:  # noqa: PLR0911 - one for each kind
        """Whether a condition holds at an instant for an account that entered its stage at `entered_at`."""
        match condition:
            case All(conditions):
                return all(self.truth(c, instant, entered_at) for c in conditions)
            case AnyOf(conditions):
                return any(self.truth(c, instant, entered_at) for c in conditions)
            case Not(inner):
                return not self.truth(inner, instant, entered_at)
            case ScoreIs("total", least, most):
                return _lies(self.roll.total, least, most)
            case RolesCovered(least, most):
                return _lies(len(self.roll.roles), least, most)
            case ContactsCount(least, most):
                return _lies(len(self.roll.contacts), least, most)
            case InStageFor(duration_ms):
                return instant >= entered_at + duration_ms
        raise TypeError(f"{type(condition).__name__} is no condition of an account")

    def _firing(self, instant: int) -> Iterator[Transition]:
        standing = self.standing
        for transition in self.map.leaving(standing.stage):
            fired, leave = standing.fired.get(transition.key), transition.leave
            is_ready = fired is None or instant >= fired + (transition.cooldown_ms or 0)
            if (
                is_ready
                and self.truth(transition.when, instant, standing.entered_at)
                and (leave is None or self.truth(leave, instant, instant))
            ):
                yield transition

    def _leave(self) -> Condition | None:
        path = self.standing.path
        entered_by = self.map.transitions.get(path[-1][1]) if len(path) > 1 else None
        return None if entered_by is None else entered_by.leave

    def _is_left(self, instant: int) -> bool:
        leave = self._leave()
        return leave is not None and not self.truth(leave, instant, self.standing.entered_at)

    def _is_loop(self) -> bool:
        standing = self.standing
        standing.recent = [at for at in standing.recent if at > self.instant - LOOP_SPAN_MS]
        self.looped = standing.looped = len(standing.recent) >= LOOP_LIMIT
        return self.looped

    def _fire(self, transition: Transition) -> StageChanged:
        standing = self.standing
        ends = [*_timers(transition.when, standing.entered_at), *self._cooldown(transition)]
        change = self._moved(transition.to, transition, ends)
        standing.fired[transition.key] = self.instant
        if transition.leave is None:
            standing.path = [(transition.to, "")]
        else:
            standing.path = [*standing.path[1 - PATH_LIMIT :], (transition.to, transition.key)]
        standing.entered_at = self.instant
        return change

    def _go_back(self) -> StageChanged:
        standing = self.standing
        ends = [*_timers(self._leave(), standing.entered_at)]
        change = self._moved(standing.path[-2][0], None, ends)
        standing.path.pop()
        standing.entered_at = self.instant
        return change

    def _moved(self, to_stage: str, transition: Transition | None, ends: list[int]) -> StageChanged:
        standing, instant = self.standing, self.instant
        from_stage, trigger = standing.stage, self._trigger
        standing.seq += 1
        standing.entered_seq = standing.seq
        standing.own = True
        standing.recent.append(instant)
        standing.note_leaving(instant)
        direction = self.map.direction(from_stage, to_stage) if transition is not None else "down"
        cause = "activity" if trigger is not None else "timer" if instant in ends else "decay"
        if self._changed:
            cause, trigger = "model_change", None
        key = None if transition is None else transition.key
        return StageChanged(standing.seq, from_stage, to_stage, direction, cause, instant, trigger, key)

    def _ends(self) -> Iterator[int]:
        """The instants at which time alone may change something where the account stands."""
        entered_at = self.standing.entered_at
        yield from _timers(self._leave(), entered_at)
        for transition in self.map.leaving(self.standing.stage):
            yield from _timers(transition.when, entered_at)
            yield from self._cooldown(transition)

    def _cooldown(self, transition: Transition) -> Iterator[int]:
        fired = self.standing.fired.get(transition.key)
        if fired is not None and transition.cooldown_ms is not None:
            yield fired + transition.cooldown_ms


def _lies(number: float, least: float | None, most: float | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _timers(condition: Condition | None, entered_at: int) -> Iterator[int]:
    if isinstance(condition, InStageFor):
        yield entered_at + condition.duration_ms
    elif isinstance(condition, Not):
        yield from _timers(condition.condition, entered_at)
    elif isinstance(condition, All | AnyOf):
        for inner in condition.conditions:
            yield from _timers(inner, entered_at)
