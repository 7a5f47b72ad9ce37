"""Counting activities in a window that moves: the number, or the sum of a property, and whether it is as asked."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import Frequency, number_of
from pipeline.scoring.fading import FOREVER
from pipeline.scoring.known import Known
from pipeline.scoring.span import Bounds, Span, Truth, both, reaches, stays_below


class Window:
    """The eligible activities of one frequency; their number changes when one leaves (T − within, T]."""

    def __init__(
        self, frequency: Frequency, known: Known, *, needs_consent: bool = True, since: int | None = None
    ) -> None:
        self.frequency = frequency
        self._needs_consent, self._since = needs_consent, since
        self.facts: list[Activity] = []
        self._times: list[int] = []
        self._values: list[float] | None = None if frequency.sum is None else []
        for fact in known.eligible(frequency.selector, needs_consent=needs_consent):
            if since is None or fact.occurred_at > since:
                self._add(fact, known)

    def _add(self, fact: Activity, known: Known) -> None:
        self.facts.append(fact)
        self._times.append(fact.occurred_at)
        if self._values is not None and self.frequency.sum is not None:
            self._values.append(number_of(known.value(fact, self.frequency.sum)) or 0.0)

    def take(self, facts: Iterable[Activity], known: Known) -> None:
        """Those of the latest known activities that count."""
        number = known.scorer.number(self.frequency.selector)
        for fact in facts:
            if (
                number in known.scorer.hits(fact)
                and (self._since is None or fact.occurred_at > self._since)
                and known.is_eligible(fact, needs_consent=self._needs_consent)
            ):
                self._add(fact, known)

    def first_inside(self, instant: int) -> int:
        """Index of the first activity that lies in the window at `instant`."""
        within = self.frequency.within_ms
        return 0 if within is None else bisect_right(self._times, instant - within)

    def next_leaving(self, instant: int) -> int:
        """The first instant after this one at which an activity leaves the window."""
        within, index = self.frequency.within_ms, self.first_inside(instant)
        return self._times[index] + within if within is not None and index < len(self._times) else FOREVER

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
