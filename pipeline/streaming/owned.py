"""The partitions of this worker: taken over after fencing and recovery, given up after a last checkpoint."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from aiokafka.errors import KafkaError
from faust.types import TP

from pipeline import topics
from pipeline.engine.port import PartitionEngine
from pipeline.errors import BrokerError
from pipeline.settings import Settings
from pipeline.streaming import fatal, items, recovery, rescore
from pipeline.streaming.cadence import Cadence
from pipeline.streaming.clock import Clock, clock_of
from pipeline.streaming.crash_loop import NOBODY
from pipeline.streaming.dead_letters import DeadLetterLimit
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.group import Group
from pipeline.streaming.intake import Intake
from pipeline.streaming.lane import Lane
from pipeline.streaming.measuring import MeasuredWriter
from pipeline.streaming.partition import Partition
from pipeline.streaming.ticker import Ticker
from pipeline.streaming.watchdog import Watchdog
from pipeline.streaming.writer import PlainWriter, TransactionalWriter, Writer

if TYPE_CHECKING:
    from pipeline.streaming.app import App
    from pipeline.streaming.transport import Consumer

logger = logging.getLogger(__name__)

NewEngine = Callable[[int], PartitionEngine]


class Owned:
    """All partitions of the worker; what Faust's life cycle calls."""

    def __init__(
        self, app: App, settings: Settings, new_engine: NewEngine, *, transactions: bool, failpoints: Failpoints
    ) -> None:
        self.partitions: dict[int, Partition] = {}
        self.revocations = 0
        self.changed = asyncio.Event()
        """Set whenever something was applied or partitions came or went: when to look for the next tick."""
        self._app = app
        self._settings = settings
        self._new_engine = new_engine
        self._transactions = transactions
        self._failpoints = failpoints
        self._group = Group(app, topics.names(topics.CONSUMED, settings.kafka.topic_prefix))
        self._names = {topic: topic.full_name(settings.kafka.topic_prefix) for topic in topics.CONSUMED}
        checkpoint = settings.checkpoint
        self._cadence = Cadence(quiet_ms=checkpoint.quiet_cadence_ms, busy_ms=checkpoint.cadence_ms)
        self._decoders: Mapping[topics.Topic, items.Decoder] = {
            **dict.fromkeys(topics.INPUTS, partial(items.input_item, read=app.wire.decoder.decode)),
            topics.ACTIVITY: items.forward_item,
            topics.RESCORE: rescore.rescore_item,
        }
        self._generation: int | None = None
        self.is_closed = False
        self._companions: list[asyncio.Task[None]] = []

    def accept(self, event: Any) -> None:
        """Take the chunk that a Faust event carries; one that belongs to a generation gone by is read again."""
        message = event.message
        if message.generation_id != self._app.consumer_generation_id:
            return
        partition = self.partitions.get(message.partition)
        if partition is None:
            return
        try:
            partition.accept(message.topic, event.value)
        except Exception as error:  # noqa: BLE001 - Faust would restart the agent and go on behind the gap
            self.fatal(error, f"partition {message.partition}")

    async def restore(self, generation: int) -> None:
        """Take over what the assignment says. Fence, then read: only then the changelog's end and offsets are final.

        State is kept over a rebalance only if this worker took part in the generation directly before: in a missed one
        somebody else may have owned the partition.
        """
        began = time.perf_counter()
        mine = {tp.partition for tp in self._app.consumer.assignment() if tp.topic in self._names.values()}
        directly_before = self._generation is not None and generation == self._generation + 1
        for number in sorted(set(self.partitions) - (mine if directly_before else set())):
            await self._drop(number)
        new = sorted(mine - set(self.partitions))
        if new:
            await self._take_over(new)
        self._generation = generation
        logger.info(
            "partitions %s are ours (%s new) after %.2f s, %d leads",
            sorted(self.partitions),
            len(new),
            time.perf_counter() - began,
            sum(len(partition.engine) for partition in self.partitions.values()),
        )

    def resume(self) -> None:
        """Apply and write from now on."""
        if self.is_closed:
            return
        for partition in self.partitions.values():
            partition.resume()
        self.changed.set()
        if not self._companions:
            log_end = self._app.chunk_consumer.log_end
            ticker = Ticker(
                self._settings,
                self._active,
                log_end=lambda topic, number: log_end(TP(topic, number)),
                changed=self.changed,
            )
            watchdog = Watchdog(self._active, period_seconds=self._settings.watchdog_seconds)
            self._companions = [
                asyncio.get_running_loop().create_task(self._guard(ticker.run(), "sending ticks")),
                asyncio.get_running_loop().create_task(self._guard(watchdog.run(), "watching")),
            ]

    async def on_revoked(self) -> None:
        """Write what was applied, while the partitions are still ours."""
        self.revocations += 1
        await asyncio.gather(*[partition.pause() for partition in self.partitions.values()])

    async def seek(self, consumer: Consumer) -> None:
        """Set every position to what the intakes have received."""
        assigned = consumer.assignment()
        positions = {
            tp: self.partitions[tp.partition].intake.lanes[tp.topic].received
            for tp in assigned
            if tp.topic in self._names.values() and tp.partition in self.partitions
        }
        if positions:
            await consumer.seek_wait(positions)

    async def close(self) -> None:
        """Write what was applied, then close every connection."""
        if self.is_closed:
            return
        self.is_closed = True
        for task in self._companions:
            task.cancel()
        await asyncio.gather(*self._companions, return_exceptions=True)
        await self.on_revoked()
        for number in list(self.partitions):
            await self._drop(number)

    def fatal(self, error: BaseException, doing: str) -> NoReturn:
        """End the process: the next owner recovers."""
        logger.debug("ending: %s", doing, exc_info=error)
        fatal.die_of(error, doing)

    @property
    def has_joined(self) -> bool:
        """Whether an assignment of the group was taken over at least once."""
        return self._generation is not None

    @property
    def is_current(self) -> bool:
        """Whether the assignment taken over last is the group's present one."""
        return self._generation == self._app.consumer_generation_id

    def _active(self) -> list[Partition]:
        return [partition for partition in self.partitions.values() if partition.is_active]

    async def _guard(self, running: Coroutine[Any, Any, None], doing: str) -> None:
        try:
            await running
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - crash-only
            self.fatal(error, doing)

    async def _drop(self, number: int) -> None:
        partition = self.partitions.pop(number)
        for name in self._names.values():
            self._app.chunk_consumer.held.discard(TP(name, number))
        await partition.drop()

    async def _take_over(self, numbers: list[int]) -> None:
        writers = {number: self._writer(number) for number in numbers}
        try:
            await asyncio.gather(*[writer.start() for writer in writers.values()])
            engines = {number: self._new_engine(number) for number in numbers}
            restored = await recovery.load(self._settings, engines, transactions=self._transactions)
            markers, suspects = restored.markers, restored.suspects
            self._app.metrics.recovered_records.inc(restored.records)
            committed = await self._group.committed(numbers)
            if self._transactions:
                for number in numbers:
                    recovery.check_marker(number, markers.get(number), committed[number])
            starts = recovery.starts(markers, await self._group.beginnings(numbers))
        except KafkaError as error:
            raise BrokerError(f"recovery failed: {type(error).__name__}: {error}") from error
        except BaseException:
            await asyncio.gather(*[asyncio.shield(writer.stop()) for writer in writers.values()])
            raise
        fresh = clock_of(self._settings.clock_spec, None)
        for number in numbers:
            marker = markers.get(number)
            clock = fresh if marker is None else clock_of(self._settings.clock_spec, marker.clock)
            partition = self._partition(number, engines[number], writers[number], starts[number], clock)
            partition.intake.suspect = suspects.get(number, NOBODY)
            self.partitions[number] = partition

    def _partition(
        self, number: int, engine: PartitionEngine, writer: Writer, starts: Mapping[str, int], clock: Clock | None
    ) -> Partition:
        settings, consumer = self._settings, self._app.chunk_consumer

        def lane(topic: topics.Topic) -> Lane:
            name = self._names[topic]
            tp = TP(name, number)
            return Lane(
                name,
                self._decoders[topic],
                start=starts[name],
                end_of_log=lambda: consumer.log_end(tp)[0],
                one_by_one=topic is topics.RESCORE,
            )

        def hold(topic: str, held: bool) -> None:  # noqa: FBT001 - (topic, held)
            (consumer.hold if held else consumer.release)(TP(topic, number))

        limits = settings.dead_letters
        intake = Intake(
            engine,
            {self._names[topic]: lane(topic) for topic in topics.CONSUMED},
            inputs=[self._names[topic] for topic in topics.INPUTS],
            partition=number,
            limit=DeadLetterLimit(max_run=limits.max_run, max_ratio=limits.max_ratio, min_records=limits.min_records),
            on_hold=hold,
            stream_time=clock is None,
        )
        return Partition(
            number,
            engine=engine,
            intake=intake,
            writer=writer,
            clock=clock,
            cadence=self._cadence,
            settings=settings,
            on_progress=self.changed.set,
            on_failure=self.fatal,
            wire=self._app.wire,
        )

    def _writer(self, number: int) -> Writer:
        def lanes() -> Iterable[Lane]:
            return self.partitions[number].intake.lanes.values()

        writer: Writer = (
            TransactionalWriter(self._settings, number, self._failpoints)
            if self._transactions
            else PlainWriter(self._settings, self._failpoints, self._group.commit)
        )
        return MeasuredWriter(writer, self._app.metrics, topic_prefix=self._settings.kafka.topic_prefix, lanes=lanes)
