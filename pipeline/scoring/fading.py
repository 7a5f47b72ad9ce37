"""The sum of points that fade: exact at an instant, with tight bounds over a span.

What is alive during a whole span changes in one direction there (a common exponential, line or constant), so its
value at the two ends bounds it; only what ends or steps within the span is bounded item by item.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property

from pipeline.scoring.decay import HALF_LIVES, bounds, end_age, factor
from pipeline.scoring.model import Decay
from pipeline.scoring.span import Bounds, Span

_ROUNDING = 1e-14


class Fading:
    """Points paid at instants (`worth`, in order of time) under one decay."""

    __slots__ = ("__dict__", "decay", "worth")

    def __init__(self, decay: Decay, worth: list[tuple[int, float]]) -> None:
        self.decay = decay
        self.worth = worth

    def now(self, instant: int) -> list[float]:
        """What each is worth at the instant."""
        decay = self.decay
        if decay.kind == "none":
            return [points for _, points in self.worth]
        if decay.kind == "half_life":  # the usual one, written out
            span = decay.span_ms
            dead = instant - HALF_LIVES * span
            return [points * 2.0 ** ((at - instant) / span) if at > dead else 0.0 for at, points in self.worth]
        return [points * factor(decay, instant - at) for at, points in self.worth]

    def total(self, span: Span) -> Bounds:
        """The sum; at one instant it is the exactly rounded `fsum`."""
        first, last = span
        if first == last or not self.worth:
            total = math.fsum(self.now(first))
            return Bounds(total, total)
        decay = self.decay
        gone = alive = 0
        if decay.kind != "none":
            gone = bisect_right(self._times, first - end_age(decay))
            alive = len(self.worth) if decay.kind == "steps" else bisect_right(self._times, last - end_age(decay))
        if decay.kind in {"none", "window"}:
            lows = [points for _, points in self.worth[alive:]]  # one fsum of all: bounds exact to the last bit
            highs = lows[:]
        else:
            one, other = self._alive(alive, first), self._alive(alive, last)
            slack = _ROUNDING * self._sums[alive][1] if one != other else 0.0  # the float sum is monotone but for noise
            lows, highs = [min(one, other) - slack], [max(one, other) + slack]
        for at, points in self.worth[gone:alive]:
            least, most = bounds(decay, first - at, last - at)
            lows.append(min(points * least, points * most))
            highs.append(max(points * least, points * most))
        return Bounds(math.fsum(lows), math.fsum(highs))

    def end(self) -> int:
        """The instant from which on the sum never changes again; 0: it cannot change."""
        return self.worth[-1][0] + end_age(self.decay) if self.worth and self.decay.kind != "none" else 0

    @cached_property
    def _times(self) -> list[int]:
        return [at for at, _ in self.worth]

    def _alive(self, index: int, instant: int) -> float:
        """The sum of the items from `index` on, all of which are alive at the instant (half-lives and lines)."""
        weighted, _, moment = self._sums[index]
        if self.decay.kind == "linear":
            return weighted * (1 - (instant - self._times[-1]) / self.decay.span_ms) - moment
        if self.decay.kind == "half_life":
            weighted *= 2.0 ** ((self._times[-1] - instant) / self.decay.span_ms)
        return weighted

    @cached_property
    def _sums(self) -> list[tuple[float, float, float]]:
        """For the items from each index on: three sums.

        Of what they are worth at the instant of the last item; of absolute values; and (for lines) of what is
        missing to full points at that instant.
        """
        decay, reference = self.decay, self._times[-1]
        weighted = absolute = moment = 0.0
        sums = [(0.0, 0.0, 0.0)]
        for at, points in reversed(self.worth):
            share = 2.0 ** ((at - reference) / decay.span_ms) if decay.kind == "half_life" else 1.0
            weighted += points * share
            absolute += abs(points)
            if decay.kind == "linear":
                moment += points * (reference - at) / decay.span_ms
            sums.append((weighted, absolute, moment))
        return sums[::-1]
