"""One partition of this worker: intake → engine → checkpoint, and its time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NoReturn

from aiokafka.errors import KafkaError

from pipeline import topics
from pipeline.engine.port import PartitionEngine
from pipeline.settings import Settings
from pipeline.streaming.batches import OutRecord
from pipeline.streaming.cadence import Cadence
from pipeline.streaming.checkpoint import Checkpointer
from pipeline.streaming.chunk import Chunk
from pipeline.streaming.clock import Clock, wall_ms
from pipeline.streaming.crash_loop import NOTE_KEY
from pipeline.streaming.intake import RUN_LIMIT, Intake
from pipeline.streaming.marker import Marker
from pipeline.streaming.unit import Unit
from pipeline.streaming.wire import Wire
from pipeline.streaming.writer import Writer

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.01
"""Time on the event loop at a stretch: with twelve busy partitions a turn comes round in about 0.1 s."""

_LOOK_AGAIN_SECONDS = 0.02
"""How soon to look again for a topic's end that no fetch has told yet (after a start or a rebalance)."""

_IDLE_SECONDS = 1.0
"""Inputs that are at their end for so long have nothing more: the other partitions need not wait for them."""

FLUSH_SECONDS = 10.0
"""How long a last checkpoint may take on revocation and shutdown."""


class Partition:
    """Drives one partition. `resume` and `pause` frame the time in which it is ours."""

    def __init__(
        self,
        number: int,
        *,
        engine: PartitionEngine,
        intake: Intake,
        writer: Writer,
        clock: Clock | None,
        cadence: Cadence,
        settings: Settings,
        on_progress: Callable[[], None],
        on_failure: Callable[[BaseException, str], NoReturn],
        wire: Wire | None = None,
    ) -> None:
        self.number = number
        self.engine = engine
        self.intake = intake
        self.clock = clock
        self._settings = settings
        self._cadence = cadence
        self._on_progress = on_progress
        self._on_failure = on_failure
        self._wire = wire or Wire()
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None
        self._is_idle = True
        self._at_end_since: float | None = None
        self._resumed_at = -_IDLE_SECONDS
        self._run_limit = 16
        self.checkpointer = Checkpointer(
            number,
            writer,
            gather=self._gather,
            cadence=cadence,
            timeout_seconds=settings.checkpoint.timeout_seconds,
            lag=self.lag,
            on_failure=on_failure,
        )

    def accept(self, topic: str, chunk: Chunk) -> None:
        """Take what was fetched; it is applied in the background."""
        self.intake.accept(topic, chunk)
        self._ready.set()

    def resume(self) -> None:
        """Apply and write."""
        self.checkpointer.run()
        if self._task is None:
            self._ready.set()
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"partition-{self.number}")

    async def pause(self) -> None:
        """Apply no more, and write what was applied."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.checkpointer.flush(FLUSH_SECONDS)

    async def drop(self) -> None:
        """Close the connections; the object is of no use afterwards."""
        if self._task is not None:
            self._task.cancel()
        await self.checkpointer.writer.stop()

    @property
    def is_active(self) -> bool:
        """Whether it is ours and applied at present (not during a rebalance)."""
        return self._task is not None

    def lag(self) -> int:
        """Records known to lie ahead, over all topics."""
        return sum(lane.lag for lane in self.intake.lanes.values())

    async def _run(self) -> None:
        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                await self._apply_all()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - the engine's state is unknown: recover from the checkpoint
            where = self.intake.in_hand()
            at = f", record {where[1]} of {where[0]}" if where else ""
            try:
                if where is not None:
                    await self._note_crash(*where, error)
            finally:
                # Also where a rebalance cancels us meanwhile: nobody may go on with this engine.
                self._on_failure(error, f"partition {self.number}{at}")

    async def _note_crash(self, topic: str, offset: int, error: BaseException) -> None:
        suspect = self.intake.suspect.again(topic, offset, repr(error)[:500])
        changelog = topics.PROFILES_CHANGELOG.full_name(self._settings.kafka.topic_prefix)
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.checkpointer.quiesce()
                note = OutRecord(NOTE_KEY, suspect.pack())
                await self.checkpointer.writer.note(changelog, self.number, note)
        except (KafkaError, TimeoutError):
            logger.exception("the crash at record %d of %s could not be noted", offset, topic)

    async def _apply_all(self) -> None:
        """Apply until nothing can be applied."""
        intake, progressed = self.intake, False
        loop = asyncio.get_running_loop()
        while True:
            applied = self._apply_slice()
            if applied:
                progressed = True
                self._cadence.count(applied)
                intake.limit.check()
                self.checkpointer.notice()
                await asyncio.sleep(0)
            elif not self._room.is_set():
                await self._room.wait()
            else:
                break
        if intake.waits_for():
            loop.call_later(_LOOK_AGAIN_SECONDS, self._ready.set)
        # Chunks without records (control records, aborted transactions) move offsets, too.
        self.checkpointer.notice()
        if progressed:
            self._on_progress()

    def _apply_slice(self) -> int:
        """Apply for about SLICE_SECONDS; the records applied."""
        if self.clock is None:
            self._tell_progress()
        began = time.perf_counter()
        applied, passed = 0, 0.0
        while self._room.is_set() and passed < SLICE_SECONDS:
            done = self.intake.step(self._run_limit)
            if not done:
                break
            applied += done
            passed = time.perf_counter() - began
            # So many as fit into half a slice at this engine's pace.
            self._run_limit = max(1, min(RUN_LIMIT, int(applied * SLICE_SECONDS / 2 / passed)))
            if self.intake.pending.applied >= self._settings.checkpoint.max_changes:
                self._room.clear()
        return applied

    def _tell_progress(self) -> None:
        """How far the inputs are read, for a clock that is in the events."""
        now, read_until = time.monotonic(), self.intake.read_until()
        later = asyncio.get_running_loop().call_later
        if read_until is not None:
            if self._is_idle:
                self._resumed_at = now
                later(_IDLE_SECONDS, self._ready.set)
            self._is_idle, self._at_end_since = False, None
        elif self._at_end_since is None:
            self._at_end_since = now
            later(_IDLE_SECONDS, self._ready.set)
        elif now - self._at_end_since >= _IDLE_SECONDS:
            self._is_idle = True
        if read_until is None and not self._is_idle:
            # More may come at any moment: it is not earlier than what came last.
            read_until = max(lane.reached for lane in self.intake.inputs)
        if self.engine.progress(read_until, trusting=now - self._resumed_at >= _IDLE_SECONDS):
            self._ready.set()

    def _gather(self) -> Unit:
        if self.clock is None:
            self._tell_progress()
        pending = self.intake.take()
        marker = Marker(
            offsets=self.intake.offsets(),
            state=self.engine.state(),
            clock=None if self.clock is None else self.clock.packed(),
            written_at=wall_ms(),
        )
        effects = self.engine.take()
        self._room.set()
        kafka = self._settings.kafka
        return Unit(
            partition=self.number,
            partitions=kafka.partitions,
            effects=effects,
            dead_letters=pending.dead_letters,
            marker=marker,
            full_name=lambda topic: topic.full_name(kafka.topic_prefix),
            wire=self._wire,
        )
