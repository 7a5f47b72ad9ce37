"""When will it change by itself: the first millisecond after an instant at which something happens without a fact.

Scores are sums of exponentials, lines and steps under clips; with negative points they are not monotone. But every
single term is, so a sum has rigorous bounds on any span. The search halves the span, leaves out a half in which
nothing can happen, and ends on one millisecond, where the answer is the scorer's own. (Interval branch and bound;
Moore, Interval Analysis, 1966.) A guess where to cut saves most of the halvings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pipeline.scoring.duties import duties
from pipeline.scoring.guess import Guess
from pipeline.scoring.holding import LEAVE, rearming
from pipeline.scoring.lifecycle import Map, leave_broken, would_fire
from pipeline.scoring.span import Span, Truth, past, some
from pipeline.scoring.truth import Judge

LATEST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: what would happen later never happens, since no instant beyond can be written."""
NEVER_MS = LATEST_MS + 1
Question = Callable[[Span], Truth]
BUDGET = 4_000
"""Questions asked exactly before the search is content with the ends of a span; a usual search asks about 20."""
SHORT_MS = 64
"""Spans so short are halved without a guess."""


def first_change(stage_map: Map, judge: Judge) -> int | None:
    """The first ms after the outlook's instant at which something happens if no fact arrives; None: never.

    That is a transition or the `leave` of the present stage that would fire, something held back that would be let go,
    a deadline of an SLA or an approval, or a change of the grade.
    """
    now = judge.outlook.known.instant
    whole = Span(now + 1, min(max(now, _end(stage_map, judge)) + 1, LATEST_MS))
    if whole.first > whole.last:
        return None
    open_questions = [question for question in _questions(stage_map, judge) if question(whole) is not False]

    def changes(span: Span) -> Truth:
        return some(question(span) for question in open_questions)

    return (
        first_true(changes, whole, Guess(stage_map, judge.outlook, judge.standing).within) if open_questions else None
    )


def quiet_until(stage_map: Map, judge: Judge) -> int:
    """An instant through which surely nothing happens if no fact arrives, found at a glance.

    `NEVER_MS` if nothing ever happens, the outlook's own instant if `first_change` has to look.
    """
    now = judge.outlook.known.instant
    soon = Guess(stage_map, judge.outlook, judge.standing).soon()
    deadlines = (duty.due_at - 1 for duty in duties(stage_map, judge))
    span = Span(now + 1, min([LATEST_MS if soon is None else soon, LATEST_MS, *deadlines]))
    if span.last <= now + SHORT_MS:
        return now
    if any(question(span) is not False for question in _questions(stage_map, judge)):
        return now
    return NEVER_MS if span.last == LATEST_MS else span.last


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


def first_true(
    question: Question,
    span: Span,
    guess: Callable[[Span], int | None] = lambda _: None,
    budget: int = BUDGET,
) -> int | None:
    """The first instant of the span at which the question is true. It must answer True or False for one instant.

    `guess` names an instant at which that may be, or None; around it the span is cut into three instead of halved.
    After `budget` questions a span is only searched where its ends differ from a plain no: a score that hugs a
    threshold for days within the last bit must not stall a worker.
    """
    waiting = [(span, True)]
    while waiting:
        span, may_guess = waiting.pop()
        answer = question(span)
        budget -= 1
        if answer:
            return span.first
        if answer is None and span.first < span.last and (budget > 0 or _differs(question, span)):
            first, last = span
            at = guess(span) if may_guess and last - first > SHORT_MS else None
            if at is None or at <= first:
                middle = (first + last) // 2
                waiting += [(Span(middle + 1, last), True), (Span(first, middle), True)]
            else:
                # what lies before the guess is nearly always ruled out at once; if not, it is halved first
                around = Span(max(first, at - 1), min(last, at + 1))
                is_far = at - first > (last - first) // 1024  # else a wrong guess could be made for ever
                parts = [(Span(around.last + 1, last), is_far), (around, False), (Span(first, around.first - 1), False)]
                waiting += [(part, flag) for part, flag in parts if part.first <= part.last]
    return None


def _differs(question: Question, span: Span) -> bool:
    return bool(question(Span(span.first, span.first)) or question(Span(span.last, span.last)))


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
