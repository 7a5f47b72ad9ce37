"""Where a score probably crosses its next threshold: a guess that saves the search most of its halvings.

A wrong guess costs time only; what is found is decided by bounds and by the scorer itself (`crossing.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from pipeline.scoring.conditions import ScoreIs
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.span import Span

_STEPS = 40
_CAUTION = 0.98
"""Of the time until a threshold: what is left out are rounding, and negative points, which make a score rise."""


class Guess:
    """The implicit score of one lead and the thresholds at which something may happen: what is `asked`, and `cuts`."""

    def __init__(self, outlook: Outlook, asked: Iterable[ScoreIs], cuts: Iterable[float] = ()) -> None:
        self._outlook = outlook
        self._cuts = sorted({*cuts, *(cut for score in asked for cut in _cuts(score, outlook))})

    def soon(self) -> int | None:
        """A little before the score will have faded to its next threshold; None: it lies below all of them."""
        now = self._outlook.now.first
        score = self._implicit(now)
        cut = max((cut for cut in self._cuts if cut <= score), default=0.0)
        half_life = self._outlook.shortest_half_life
        if cut <= 0:
            return None
        return now + int(_CAUTION * half_life * math.log2(score / cut)) if half_life else now

    def within(self, span: Span) -> int | None:
        """About the first instant of the span, after its beginning, at which a threshold is crossed; None: none is."""
        first, last = self._implicit(span.first), self._implicit(span.last)
        falling = first > last
        between = [cut for cut in self._cuts if min(first, last) < cut <= max(first, last)]
        if not between:
            return None
        return self._crossing(span, between[-1] if falling else between[0], first, last)

    def _crossing(self, span: Span, cut: float, first: float, last: float) -> int:
        """The Illinois variant of the false position method, on the logarithm where that makes decay a line."""
        low, high = span
        before, after = _distance(first, cut), _distance(last, cut)
        falling, side = first > last, 0
        tried, told = low, before
        for _ in range(_STEPS):
            if high - low <= 1:
                break
            share = before / (before - after) if before and before != after else 0.5
            middle = min(max(low + round((high - low) * share), low + 1), high - 1)
            found = _distance(self._implicit(middle), cut)
            if abs(found) * abs(middle - tried) <= abs(found - told):  # the slope says: less than 1 ms away
                return middle if (found < 0) == falling else middle + 1
            tried, told = middle, found
            if (found < 0) == falling:
                high, after = middle, found
                before = before / 2 if side == 1 else before
                side = 1
            else:
                low, before = middle, found
                after = after / 2 if side == -1 else after
                side = -1
        return high

    def _implicit(self, instant: int) -> float:
        low, high = self._outlook.near(Span(instant, instant))
        return (low + high) / 2


def _distance(score: float, cut: float) -> float:
    return math.log(max(score / cut, 1e-9)) if cut > 0 else score - cut


def _cuts(asked: ScoreIs, outlook: Outlook) -> Iterator[float]:
    """The implicit scores at which the condition may change."""
    model = outlook.model
    for threshold in (asked.at_least, asked.at_most):
        if threshold is None:
            continue
        if asked.score == "implicit":
            yield threshold
        elif model.weight_implicit:
            yield (threshold - model.weight_explicit * outlook.explicit) / model.weight_implicit
