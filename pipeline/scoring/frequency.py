"""Counting activities in a window that moves: the number, or the sum of a property, and whether it is as asked."""

from __future__ import annotations

import math
from bisect import bisect_right

from pipeline.scoring.conditions import Frequency, number_of
from pipeline.scoring.known import Known
from pipeline.scoring.span import Bounds, Span, Truth, both, reaches, stays_below


class Window:
    """The eligible activities of one frequency; their number changes when one leaves (T − within, T]."""

    def __init__(
        self, frequency: Frequency, known: Known, *, needs_consent: bool = True, since: int | None = None
    ) -> None:
        facts = known.eligible(frequency.selector, needs_consent=needs_consent)
        if since is not None:
            facts = [f for f in facts if f.occurred_at > since]
        self.frequency = frequency
        self.facts = facts
        self._times = [f.occurred_at for f in facts]
        self._values: list[float] | None = None
        if frequency.sum is not None:
            self._values = [number_of(known.value(f, frequency.sum)) or 0.0 for f in facts]

    def first_inside(self, instant: int) -> int:
        """Index of the first activity that lies in the window at `instant`."""
        within = self.frequency.within_ms
        return 0 if within is None else bisect_right(self._times, instant - within)

    def amount(self, span: Span) -> Bounds:
        """The number of activities, or their sum."""
        first, last = self.first_inside(span.first), self.first_inside(span.last)
        if self._values is None:
            return Bounds(len(self._times) - last, len(self._times) - first)
        sums = [math.fsum(self._values[i:]) for i in range(first, last + 1)]
        return Bounds(min(sums), max(sums))

    def truth(self, span: Span) -> Truth:
        """Whether the amount is as the frequency asks."""
        amount, frequency = self.amount(span), self.frequency
        if frequency.at_least is not None:
            return reaches(amount, frequency.at_least)
        lowest, highest = frequency.between or (frequency.exactly or 0.0, frequency.exactly or 0.0)
        return both(reaches(amount, lowest), stays_below(amount, highest))

    def end(self) -> int:
        """The instant from which on it never changes again (0: it never does)."""
        within = self.frequency.within_ms
        return self._times[-1] + within if self._times and within is not None else 0
