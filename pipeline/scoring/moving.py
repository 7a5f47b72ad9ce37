"""When a lead's total will have moved by a step without a new fact (contract: lifecycle.md, rule 12)."""

from __future__ import annotations

import math
from functools import partial

from pipeline.scoring.conditions import ScoreIs
from pipeline.scoring.guess import Guess
from pipeline.scoring.instants import LATEST_MS
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.search import first_true
from pipeline.scoring.span import Span, Truth, some

_CAUTION = 0.98
_TRIES = 3


def has_moved(outlook: Outlook, span: Span, before: float, step: float) -> Truth:
    """Whether the total is `step` or more away from `before` throughout the span."""
    return some((outlook.reaches("total", span, before + step), outlook.stays_below("total", span, before - step)))


def moves_at(outlook: Outlook, before: float, step: float) -> int | None:
    """The first ms after the outlook's instant at which the total is so far away from `before`; None: never."""
    now = outlook.now.first
    whole = Span(now + 1, min(max(now, outlook.end()) + 1, LATEST_MS))
    if whole.first > whole.last:
        return None
    guess = Guess(outlook, [ScoreIs("total", before - step, before + step)])
    return first_true(partial(_question, outlook, before, step), whole, guess.within)


def still_until(outlook: Outlook, before: float, step: float) -> int | None:
    """An instant through which the total surely does not move so far; None: it never does.

    Found at a glance where points have half-lives, else by the whole search.
    """
    now = outlook.now.first
    if now >= LATEST_MS or has_moved(outlook, Span(now + 1, LATEST_MS), before, step) is False:
        return None
    half_life = outlook.shortest_half_life
    points = abs(outlook.total(outlook.now).low - outlook.model.weight_explicit * outlook.explicit)
    if half_life and points > step:
        ahead = _CAUTION * half_life * math.log2(points / (points - step))
        for _ in range(_TRIES):
            last = min(now + int(ahead), LATEST_MS)
            if last > now and has_moved(outlook, Span(now + 1, last), before, step) is False:
                return last
            ahead /= 4
    found = moves_at(outlook, before, step)
    return None if found is None else found - 1


def _question(outlook: Outlook, before: float, step: float, span: Span) -> Truth:
    return has_moved(outlook, span, before, step)
