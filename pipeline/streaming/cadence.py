"""How long a partition waits between checkpoints: little when the worker is quiet, more under load."""

from __future__ import annotations

import time

_BUSY_RECORDS_PER_SECOND = 2_000.0
"""From here on a worker is under load: a small transaction costs 1.4-3 ms of CPU, so more records share one."""

_WINDOW_SECONDS = 1.0


class Cadence:
    """One for all partitions of a worker, since they share its CPU."""

    def __init__(self, *, quiet_ms: int, busy_ms: int) -> None:
        self._quiet, self._busy = min(quiet_ms, busy_ms) / 1000, busy_ms / 1000
        self._rate = 0.0
        self._count = 0
        self._since = time.monotonic()

    def count(self, records: int) -> None:
        """Records applied just now."""
        self._count += records

    def seconds(self) -> float:
        """The least time between the starts of two checkpoints of one partition."""
        now = time.monotonic()
        passed = now - self._since
        if passed >= _WINDOW_SECONDS:
            self._rate, self._count, self._since = self._count / passed, 0, now
        rate = max(self._rate, self._count / _WINDOW_SECONDS)
        return self._quiet + (self._busy - self._quiet) * min(1.0, rate / _BUSY_RECORDS_PER_SECOND)
