"""What is played: how long, how fast, how many people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.simulation import Record, simulate

DEFAULT_SECONDS = 75.0
DAY_MS = 86_400_000
_DAYS = 75


@dataclass(frozen=True, slots=True)
class Script:
    """`days` simulated days from `start` (ms) in `seconds`, `speed` times as fast as life."""

    seconds: float
    speed: float
    start: int
    seed: int

    @classmethod
    def of(cls, seconds: float | None, speed: float | None, seed: int) -> Script:
        """Eleven weeks, long enough for interest to fade, in the given time; another `speed` makes it other weeks.

        It ends about now: what producers date later than the broker's clock would be clamped.
        """
        lasts = seconds or DEFAULT_SECONDS
        factor = speed or _DAYS * DAY_MS / 1000 / lasts
        length = int(lasts * factor * 1000)
        start = (int(time.time() * 1000) - length) // DAY_MS * DAY_MS
        return cls(lasts, factor, start, seed)

    @property
    def days(self) -> int:
        """Simulated days, rounded up."""
        return max(1, -int(-self.seconds * self.speed * 1000 // DAY_MS))

    def records(self) -> Iterator[Record]:
        """The traffic: as many people as can be followed by eye."""
        people = min(max(round(self.seconds * 0.8), 25), 90)
        return simulate(self.seed, people=people, start=self.start, days=self.days, poison=0.01)
