"""What waits after somebody has decided: transitions and leaves held back (contract: lifecycle.md, rules 5 and 8).

Held back at an instant, a transition is asked again once its condition has been false, or by a new activity.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pipeline.scoring.conditions import All, AnyOf, Condition, Happened
from pipeline.scoring.lifecycle import Map, leave_broken, present_leave
from pipeline.scoring.span import Span, Truth, negated
from pipeline.scoring.truth import Judge

LEAVE = ""
"""Stands for the `leave` of the present stage, in place of a transition's key."""


def hold(stage_map: Map, judge: Judge) -> None:
    """Hold back whatever would move the lead at the outlook's instant."""
    standing, now = judge.standing, judge.outlook.now
    for transition in stage_map.leaving(standing.stage):
        if transition.key not in standing.waiting and judge.truth(transition.when, now, transition.key):
            standing.held[transition.key] = now.first
    if leave_broken(stage_map, judge, now):
        standing.held[LEAVE] = now.first


def release(stage_map: Map, judge: Judge) -> None:
    """Let go of what is false at the outlook's instant, or what a new activity asks for."""
    standing, now = judge.standing, judge.outlook.now
    for key, since in list(standing.held.items()):
        condition = _condition(stage_map, judge, key)
        if condition is None or _is_over(judge, key, condition, now) or _is_asked_anew(judge, condition, since):
            del standing.held[key]


def rearming(stage_map: Map, judge: Judge) -> Iterator[partial[Truth]]:
    """For each thing held back: whether it is let go throughout a span."""
    for key in judge.standing.held:
        condition = _condition(stage_map, judge, key)
        if condition is not None:
            yield partial(_is_over, judge, key, condition)


def happened(condition: Condition | None) -> Iterator[Happened]:
    """The activities that a condition answers to."""
    if isinstance(condition, Happened):
        yield condition
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from happened(inner)


def _condition(stage_map: Map, judge: Judge, key: str) -> Condition | None:
    if key == LEAVE:
        return present_leave(stage_map, judge)
    transition = stage_map.transitions.get(key)
    return None if transition is None else transition.when


def _is_over(judge: Judge, key: str, condition: Condition, span: Span) -> Truth:
    holds = judge.truth(condition, span, key)
    return holds if key == LEAVE else negated(holds)


def _is_asked_anew(judge: Judge, condition: Condition, since: int) -> bool:
    known = judge.known
    for fact in reversed(known.facts):
        if fact.occurred_at <= since:
            break
        if fact.kind != "crm" and fact.event_id not in known.marks:
            return True
    return any(
        fact.occurred_at > since for asked in happened(condition) for fact in known.eligible(asked.selector)[-1:]
    )
