"""Group commit of one partition: what was applied leaves as one unit while the next records are being applied."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NoReturn

from aiokafka import TopicPartition

from pipeline.errors import BrokerError
from pipeline.streaming.cadence import Cadence
from pipeline.streaming.unit import Unit
from pipeline.streaming.writer import Writer

logger = logging.getLogger(__name__)


class Checkpointer:
    """Writes what `gather` hands it whenever there is something, at most once a cadence.

    Crash-only: a unit that is not confirmed in time ends the process through `on_failure`.
    """

    def __init__(
        self,
        partition: int,
        writer: Writer,
        *,
        gather: Callable[[], Unit],
        cadence: Cadence,
        timeout_seconds: float,
        lag: Callable[[], int],
        on_failure: Callable[[BaseException, str], NoReturn],
    ) -> None:
        self.writer = writer
        self.written: dict[str, int] | None = None
        """The offsets of the last confirmed checkpoint since `run`."""
        self._partition = partition
        self._gather = gather
        self._cadence = cadence
        self._timeout = timeout_seconds
        self._lag = lag
        self._on_failure = on_failure
        self._due = asyncio.Event()
        self._began = 0.0
        self._closing = False
        self._broken = False
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Begin to write, a marker at once; again after `flush`.

        The marker fixes where a scaled clock began and tells others that we are here. And it brings the group's
        offsets up to date where there are no transactions: a crash or a rebalance may have kept them back.
        """
        if self._task is None:
            self._closing = False
            self.written = None
            self._due.set()
            self._task = asyncio.get_running_loop().create_task(self._loop(), name=f"checkpoint-{self._partition}")

    def notice(self) -> None:
        """Something was applied."""
        self._due.set()

    async def flush(self, deadline_seconds: float) -> None:
        """Write what is applied and stop writing; ends the process if that takes longer than the deadline."""
        if self._task is None:
            return
        self._closing = True
        self._due.set()
        _, unfinished = await asyncio.wait([self._task], timeout=deadline_seconds)
        if unfinished:
            self._on_failure(TimeoutError(f"not confirmed within {deadline_seconds:g} s"), self._doing)
        self._task = None

    async def quiesce(self) -> None:
        """Let a write under way end and begin no other: what has been applied since must not be written."""
        self._broken = True
        if self._task is not None:
            self._closing = True
            self._due.set()
            await self._task

    @property
    def _doing(self) -> str:
        return f"checkpoint of partition {self._partition}"

    async def _loop(self) -> None:
        try:
            while True:
                await self._due.wait()
                pause = self._began + self._cadence.seconds() - time.monotonic()
                if pause > 0 and not self._closing:
                    await asyncio.sleep(pause)
                self._due.clear()
                self._began = time.monotonic()
                await asyncio.wait_for(self._write(), self._timeout)
                if self._closing and not self._due.is_set():
                    return
        except asyncio.CancelledError:
            raise
        except TimeoutError:
            error = BrokerError(f"not confirmed within {self._timeout:g} s; is the broker well?")
            self._on_failure(error, self._doing)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody knows what was written
            self._on_failure(error, self._doing)

    async def _write(self) -> None:
        if self._broken:
            return
        unit = self._gather()
        offsets = unit.marker.offsets
        if unit.is_empty and offsets == self.written:
            return
        by_partition = {TopicPartition(topic, self._partition): offset for topic, offset in offsets.items()}
        await self.writer.write(unit, by_partition, self._lag)
        self.written = offsets
