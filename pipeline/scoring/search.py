"""The first millisecond of a span at which something is true, without looking at every one.

The search halves the span, leaves out a half in which the answer is no, and ends on one millisecond, where the answer
is the scorer's own. (Interval branch and bound; Moore, Interval Analysis, 1966.) A guess where to cut saves most of the
halvings.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.scoring.span import Span, Truth

Question = Callable[[Span], Truth]
BUDGET = 4_000
"""Questions asked exactly before the search is content with the ends of a span; a usual search asks about 20."""
SHORT_MS = 64
"""Spans so short are halved without a guess."""


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
