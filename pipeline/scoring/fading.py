"""The sum of points that fade: exact at an instant, with tight bounds over a span.

What is alive during a whole span changes in one direction there (a common exponential, line or constant), so its
value at the two ends bounds it; only what ends or steps within the span is bounded item by item.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

from pipeline.scoring.decay import HALF_LIVES, bounds, end_age, factor
from pipeline.scoring.model import Decay
from pipeline.scoring.span import Bounds, Span

FOREVER = 1 << 62
ROUNDING = 1e-15
"""Of a sum of absolute values, for each item and 64 times more: what float arithmetic may be off."""


class Fading:
    """Points paid at instants (`worth`, in order of time) under one decay."""

    __slots__ = ("__dict__", "_gone", "_least", "_level", "_most", "_size", "decay", "worth")

    def __init__(self, decay: Decay, worth: Iterable[tuple[int, float]] = ()) -> None:
        self.decay = decay
        self.worth: list[tuple[int, float]] = []
        self._level = self._size = self._least = self._most = 0.0
        self._gone = 0
        for at, points in worth:
            self.add(at, points)

    def add(self, at: int, points: float) -> None:
        """Points paid at an instant that is not earlier than those before."""
        decay, worth = self.decay, self.worth
        if decay.kind == "half_life":
            span = decay.span_ms
            if worth:
                share = 2.0 ** ((worth[-1][0] - at) / span)
                self._level *= share
                self._size *= share
                dead = at - HALF_LIVES * span
                while self._gone < len(worth) and worth[self._gone][0] <= dead:
                    paid, was = worth[self._gone]
                    self._level -= was * 2.0 ** ((paid - at) / span)
                    self._gone += 1
            self._level += points
            self._size += abs(points)
        self._least, self._most = min(self._least, points), max(self._most, points)
        worth.append((at, points))
        self.__dict__.clear()

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
        decay = self.decay
        if first == last and decay.kind == "half_life":  # as `now`, without those that have long been worth nothing
            half_life = decay.span_ms
            dead = first - HALF_LIVES * half_life
            alive = self.worth[self._gone :] if self._gone else self.worth
            total = math.fsum([points * 2.0 ** ((at - first) / half_life) for at, points in alive if at > dead])
            return Bounds(total, total)
        if first == last or not self.worth:
            total = math.fsum(self.now(first))
            return Bounds(total, total)
        gone = index = 0
        if decay.kind != "none":
            gone = bisect_right(self._times, first - end_age(decay))
            index = len(self.worth) if decay.kind == "steps" else bisect_right(self._times, last - end_age(decay))
        if decay.kind in {"none", "window"}:
            lows = [points for _, points in self.worth[index:]]  # one fsum of all: bounds exact to the last bit
            highs = lows[:]
        else:
            one, other = self._alive(index, first), self._alive(index, last)
            # the float sum is monotone but for noise
            slack = self._noise * self._sums[index][1] if one != other else 0.0
            lows, highs = [min(one, other) - slack], [max(one, other) + slack]
        for at, points in self.worth[gone:index]:
            least, most = bounds(decay, first - at, last - at)
            lows.append(min(points * least, points * most))
            highs.append(max(points * least, points * most))
        return Bounds(math.fsum(lows), math.fsum(highs))

    @property
    def is_alike(self) -> bool:
        """Whether no two points differ in sign."""
        return self._least >= 0 or self._most <= 0

    def stroke(self, now: int) -> tuple[float, int, int, float]:
        """For a sketch: level, half-life, until when that holds, and a bound of any partial sum from now on."""
        worth, decay = self.worth, self.decay
        if decay.kind == "half_life" and worth:
            half_life, index = decay.span_ms, self._gone
            dead = now - HALF_LIVES * half_life
            if worth[index][0] > dead:
                share = 2.0 ** ((worth[-1][0] - now) / half_life)
                return self._level * share, half_life, worth[index][0] - dead + now, self._size * share
            index = bisect_right(self._times, dead)
            if index < len(worth):
                points = self.now(now)
                return math.fsum(points), half_life, worth[index][0] - dead + now, math.fsum(map(abs, points))
            return 0.0, 0, FOREVER, 0.0
        size = math.fsum(abs(points) for _, points in worth) * max(1.0, 1.0, *(abs(share) for _, share in decay.steps))
        if decay.kind == "linear" and self.end() > now:
            return 0.0, 0, now, size
        return math.fsum(self.now(now)), 0, self._next_step(now), size

    def _next_step(self, now: int) -> int:
        decay = self.decay
        if decay.kind == "none":
            return FOREVER
        ages = [boundary for boundary, _ in decay.steps] if decay.kind == "steps" else [decay.span_ms]
        return min((at + age for at, _ in self.worth for age in ages if at + age > now), default=FOREVER)

    @property
    def _noise(self) -> float:
        return ROUNDING * (64 + len(self.worth))

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
