"""What time it is: the wall clock, or a scaled one that survives restarts. Under `stream` there is no clock at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.clock_setting import ClockSpec


def wall_ms() -> int:
    """The wall clock in ms since the epoch."""
    return int(time.time() * 1000)


class Clock(Protocol):
    """Instants in ms since the epoch."""

    def now(self) -> int:
        """The present instant."""

    def wall_at(self, instant: int) -> int:
        """The wall clock's time at which `now` will be `instant`."""

    def packed(self) -> dict[str, Any] | None:
        """What the marker keeps, or None."""


@dataclass(frozen=True, slots=True)
class LiveClock:
    """The wall clock."""

    def now(self) -> int:
        """The wall clock."""
        return wall_ms()

    def wall_at(self, instant: int) -> int:
        """The same instant."""
        return instant

    def packed(self) -> None:
        """Nothing to keep."""
        return


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """`factor` times faster: `origin` at the wall clock's `start` (both ms)."""

    factor: float
    origin: int
    start: int

    def now(self) -> int:
        """`origin` + `factor` x the wall clock's time since `start`."""
        return int(self.origin + self.factor * (wall_ms() - self.start))

    def wall_at(self, instant: int) -> int:
        """The wall clock's time at which `now` reaches `instant`."""
        return int(self.start + (instant - self.origin) / self.factor) + 1

    def packed(self) -> dict[str, Any]:
        """The mapping, for the marker."""
        return {"factor": self.factor, "origin": self.origin, "start": self.start}


def clock_of(spec: ClockSpec, packed: dict[str, Any] | None) -> Clock | None:
    """The clock of a partition, None under `stream`.

    A scaled clock goes on where the marker's (`packed`) is; with another factor it goes on from there at the new pace.
    Without a marker it begins now, at the setting's instant.
    """
    if spec.kind == "stream":
        return None
    if spec.kind == "live":
        return LiveClock()
    now = wall_ms()
    if packed is None:
        origin = now if spec.origin is None else int(spec.origin.timestamp() * 1000)
        return ScaledClock(spec.factor, origin, now)
    before = ScaledClock(float(packed["factor"]), int(packed["origin"]), int(packed["start"]))
    return before if before.factor == spec.factor else ScaledClock(spec.factor, before.now(), now)
