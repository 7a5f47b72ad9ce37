"""Sends ticks: "the time is T" on `leads.rescore.v1`. The only place where the wall clock matters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from pipeline import topics
from pipeline.settings import Settings
from pipeline.streaming.clock import wall_ms
from pipeline.streaming.partition import Partition
from pipeline.streaming.rescore import pack_tick

LogEnd = Callable[[str, int], tuple[int | None, int]]
"""(topic, partition) → (end of what can be read or None, wall clock in ms of the fetch that told it)."""

_LOOK_AGAIN_SECONDS = 0.05
"""While something is due and its inputs are not yet known to be applied, or its tick has not come back."""

_PAUSE_SECONDS = 0.2
"""Between two ticks of a partition, so that leads due closely together cost one."""

_LONGEST_SLEEP_SECONDS = 3_600.0


@dataclass(slots=True)
class Due:
    """A tick in the making: noticed at `wall` (ms), it says `instant`.

    `targets`: per topic the first end of the log that a fetch after `wall` told; all that was there must be applied.
    """

    instant: int
    wall: int
    targets: dict[str, int] = field(default_factory=dict)
    sent_as: int | None = None
    """Its offset, once it is in the log."""

    def is_ready(self, partition: Partition, log_end: LogEnd) -> bool:
        """Whether everything that was in the inputs at `instant` has been applied."""
        ready = True
        for topic, lane in partition.intake.lanes.items():
            if topic not in self.targets:
                end, seen_at = log_end(topic, partition.number)
                if end is None or seen_at < self.wall:
                    return False
                self.targets[topic] = end
            ready = ready and lane.applied >= self.targets[topic]
        return ready


class Ticker:
    """One timer for all partitions, set to the earliest due instant: leads that are not due cost nothing.

    It only sends; a tick takes effect when it comes back out of the log.
    """

    def __init__(
        self,
        settings: Settings,
        partitions: Callable[[], Iterable[Partition]],
        *,
        log_end: LogEnd,
        changed: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._topic = topics.RESCORE.full_name(settings.kafka.topic_prefix)
        self._partitions = partitions
        self._log_end = log_end
        self._changed = changed
        self._due: dict[Partition, Due] = {}
        self._producer: AIOKafkaProducer | None = None

    async def run(self) -> None:
        """Send ticks until cancelled. Raises KafkaError if one cannot be sent."""
        try:
            while True:
                self._changed.clear()
                pause = await self._look()
                if pause is None:
                    await self._changed.wait()
                else:
                    await _wait(self._changed, pause)
                # Progress comes in bursts: one look for many.
                await asyncio.sleep(_LOOK_AGAIN_SECONDS / 5)
        finally:
            if self._producer is not None:
                await self._producer.stop()

    async def _look(self) -> float | None:
        """Send what is due; the seconds after which to look again, None: only after a change."""
        partitions = list(self._partitions())
        for gone in set(self._due) - set(partitions):
            del self._due[gone]
        pauses = [pause for partition in partitions if (pause := await self._look_at(partition)) is not None]
        return min(pauses, default=None)

    async def _look_at(self, partition: Partition) -> float | None:
        due = self._due.get(partition)
        if due is None:
            pause = self._until_due(partition)
            if pause is None or pause > 0:
                return pause
            due = self._due[partition]
        if due.sent_as is not None:
            if partition.intake.lanes[self._topic].applied <= due.sent_as:
                return _LOOK_AGAIN_SECONDS
            del self._due[partition]
            return max(0.001, _PAUSE_SECONDS - (wall_ms() - due.wall) / 1000)
        if due.is_ready(partition, self._log_end):
            await self._send(partition.number, due)
        return _LOOK_AGAIN_SECONDS

    def _until_due(self, partition: Partition) -> float | None:
        """The seconds until something is due, None: never. 0: it is, and a tick is in the making now."""
        clock, instant = partition.clock, partition.engine.next_due()
        if clock is None or instant is None:
            return None
        now, wall = clock.now(), wall_ms()
        if instant > now:
            return min(_LONGEST_SLEEP_SECONDS, max(0.001, (clock.wall_at(instant) - wall) / 1000))
        self._due[partition] = Due(now, wall)
        return 0.0

    async def _send(self, number: int, due: Due) -> None:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._settings.kafka.client_options(), client_id=self._settings.group_id, acks="all"
            )
            await producer.start()
            self._producer = producer
        sent = await self._producer.send_and_wait(self._topic, pack_tick(due.instant), partition=number)
        due.sent_as = sent.offset


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
