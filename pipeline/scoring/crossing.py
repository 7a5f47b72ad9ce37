"""When will it change by itself: the first millisecond after an instant at which something happens without a fact.

Scores are sums of exponentials, lines and steps under clips; with negative points they are not monotone. But every
single term is, so a sum has rigorous bounds on any span, and a search over spans finds the very millisecond.
"""

from __future__ import annotations

from functools import partial

from pipeline.scoring.duties import duties
from pipeline.scoring.guess import Guess
from pipeline.scoring.holding import LEAVE, rearming
from pipeline.scoring.instants import LATEST_MS
from pipeline.scoring.lifecycle import Map, leave_broken, would_fire
from pipeline.scoring.search import SHORT_MS, Question, first_true
from pipeline.scoring.signals.fading_leave import fading_leave
from pipeline.scoring.span import Span, Truth, past, some
from pipeline.scoring.truth import Judge

NEVER_MS = LATEST_MS + 1


def first_change(stage_map: Map, judge: Judge) -> int | None:
    """The first ms after the outlook's instant at which something happens if no fact arrives; None: never.

    That is a transition or the `leave` of the present stage that would fire, something held back that would be let go,
    a deadline of an SLA or an approval, the beginning of `cooling`, or a change of the grade.
    """
    now = judge.outlook.known.instant
    whole = Span(now + 1, min(max(now, _end(stage_map, judge)) + 1, LATEST_MS))
    if whole.first > whole.last:
        return None
    open_questions = [question for question in _questions(stage_map, judge) if question(whole) is not False]

    def changes(span: Span) -> Truth:
        return some(question(span) for question in open_questions)

    found = first_true(changes, whole, _guess(stage_map, judge).within) if open_questions else None
    before = whole if found is None else Span(whole.first, found - 1)
    cooling = fading_leave(stage_map, judge)
    if cooling is None or before.first > before.last or cooling.breaks_at() is not None:
        return found  # there is nothing to tell, or that time has begun
    return _earliest(found, first_true(cooling.begins, before, cooling.within))


def quiet_until(stage_map: Map, judge: Judge) -> int:
    """An instant through which surely nothing happens if no fact arrives, found at a glance.

    `NEVER_MS` if nothing ever happens, the outlook's own instant if `first_change` has to look.
    """
    now = judge.outlook.known.instant
    cooling = fading_leave(stage_map, judge)
    soon = _earliest(_guess(stage_map, judge).soon(), None if cooling is None else cooling.soon())
    deadlines = (duty.due_at - 1 for duty in duties(stage_map, judge))
    span = Span(now + 1, min([LATEST_MS if soon is None else soon, LATEST_MS, *deadlines]))
    if span.last <= now + SHORT_MS:
        return now
    if any(question(span) is not False for question in _questions(stage_map, judge)):
        return now
    if cooling is not None and cooling.begins(span) is not False:
        return now
    return NEVER_MS if span.last == LATEST_MS else span.last


def _guess(stage_map: Map, judge: Judge) -> Guess:
    outlook = judge.outlook
    return Guess(outlook, stage_map.scores_asked(judge.standing), [cut for _, cut in outlook.model.grades.implicit])


def _earliest(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else min(one, other)


def _questions(stage_map: Map, judge: Judge) -> list[Question]:
    outlook, standing = judge.outlook, judge.standing
    grade = outlook.grade

    def grade_changes(span: Span) -> Truth:
        grades = outlook.grades(span)
        return grade not in grades or (None if len(grades) > 1 else False)

    others: list[Question] = [partial(_passes, duty.due_at) for duty in duties(stage_map, judge)]
    if standing.held and not standing.looped:
        others += rearming(stage_map, judge)
    if standing.pinned or standing.looped:
        return [grade_changes, *others]
    if LEAVE not in standing.held:
        others.append(partial(leave_broken, stage_map, judge))
    now = outlook.now
    fires = [
        partial(would_fire, transition, judge)
        for transition in stage_map.leaving(standing.stage)
        if transition.key in stage_map.waiting
        or transition.key in standing.waiting
        or judge.truth(transition.when, now, transition.key)
    ]
    return [grade_changes, *others, *fires]


def _passes(deadline: int, span: Span) -> Truth:
    return past(span, deadline)


def _end(stage_map: Map, judge: Judge) -> int:
    """The instant from which on nothing changes by itself any more."""
    standing = judge.standing
    ends = [judge.outlook.end(), *(duty.due_at for duty in duties(stage_map, judge))]
    for transition in stage_map.leaving(standing.stage):
        ends.append(judge.changes_until(transition.when))
        if transition.leave is not None:
            ends.append(judge.changes_until(transition.leave))
        ends.append(standing.fired.get(transition.key, 0) + (transition.cooldown_ms or 0))
    present = stage_map.transitions.get(standing.path[-1][1])
    if present is not None and present.leave is not None:
        ends.append(judge.changes_until(present.leave))
    return max(ends)
