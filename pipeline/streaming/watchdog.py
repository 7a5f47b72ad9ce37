"""Ends a worker that stands still: Faust and the client give no signal of a stall of their own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator

from pipeline.errors import BrokerError
from pipeline.streaming.partition import Partition

logger = logging.getLogger(__name__)


class Watchdog:
    """Looks a few times per period; `look` may be called with any clock by a test."""

    def __init__(self, partitions: Callable[[], Iterable[Partition]], *, period_seconds: float) -> None:
        self._partitions = partitions
        self._period = period_seconds
        self._standing: dict[tuple[Partition, str], tuple[int, float]] = {}

    async def run(self) -> None:
        """Look until cancelled. Raises BrokerError for a partition with lag that stood still for the whole period."""
        while True:
            await asyncio.sleep(self._period / 4)
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Compare with the earlier looks; raises as `run` does."""
        seen = {}
        for partition, topic, applied in self._lagging():
            before = self._standing.get((partition, topic))
            seen[partition, topic] = (applied, now) if before is None or before[0] != applied else before
        self._standing = seen
        for (partition, topic), (applied, since) in seen.items():
            if now - since >= self._period:
                raise BrokerError(
                    f"partition {partition.number} of {topic} stands still at offset {applied} for "
                    f"{now - since:.0f} s with {partition.intake.lanes[topic].lag} records to go: starting again "
                    "usually helps; if it does not, look at the broker (LEADTIDE_WATCHDOG_SECONDS sets the patience)"
                )

    def _lagging(self) -> Iterator[tuple[Partition, str, int]]:
        for partition in self._partitions():
            if not partition.is_active:
                continue
            for lane in partition.intake.lanes.values():
                # A lane that we hold back waits for another, which is looked at itself.
                if lane.lag > 0 and not lane.held and lane.is_empty:
                    yield partition, lane.topic, lane.applied
