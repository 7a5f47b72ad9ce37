"""What a partition writes and when, with a writer that only takes notes."""

import asyncio

import pytest

from pipeline.engine.effects import Effects
from pipeline.settings import Settings
from pipeline.streaming.cadence import Cadence
from pipeline.streaming.checkpoint import Checkpointer
from pipeline.streaming.marker import Marker
from pipeline.streaming.partition import Partition
from pipeline.streaming.unit import Unit
from tests.streaming.lanes import Bench, chunk, event


class Notes:
    """A writer."""

    transactional = False

    def __init__(self):
        self.offsets = []
        self.noted = asyncio.Event()

    async def write(self, unit, offsets, lag):
        del unit, lag
        self.offsets.append({tp.topic: offset for tp, offset in offsets.items()})

    async def note(self, topic, partition, record):
        del topic, partition, record
        self.noted.set()
        await asyncio.Event().wait()


class DiedError(BaseException):
    """Stands for the end of the process."""


def die(error, doing):
    raise DiedError(doing) from error


def _checkpointer(writer):
    def gather():
        return Unit(0, 1, Effects(), [], Marker({"web": 7}, {}), lambda topic: topic.name)

    cadence = Cadence(quiet_ms=1, busy_ms=1)
    return Checkpointer(0, writer, gather=gather, cadence=cadence, timeout_seconds=5, lag=lambda: 0, on_failure=die)


async def test_whoever_begins_writes_a_marker_at_once_so_that_the_groups_offsets_are_no_older():
    """Without transactions a crash after the table, or a rebalance, leaves the group's offsets behind the marker."""
    writer = Notes()
    checkpointer = _checkpointer(writer)
    for rounds in (1, 2):
        checkpointer.run()
        await checkpointer.flush(5)
        assert writer.offsets == [{"web": 7}] * rounds


async def test_what_was_written_is_not_written_again_while_nothing_comes():
    writer = Notes()
    checkpointer = _checkpointer(writer)
    checkpointer.run()
    for _ in range(3):
        checkpointer.notice()
        await asyncio.sleep(0.02)
    await checkpointer.flush(5)
    assert writer.offsets == [{"web": 7}]


async def test_a_rebalance_while_a_crash_is_noted_does_not_save_the_worker():
    """The engine's state is unknown: going on with it would write nothing, or nonsense."""
    bench, writer, deaths = Bench(), Notes(), []

    def on_failure(error, doing):
        deaths.append((type(error), doing))
        die(error, doing)

    partition = Partition(
        3,
        engine=bench.engine,
        intake=bench.intake,
        writer=writer,
        clock=None,
        cadence=Cadence(quiet_ms=1, busy_ms=1),
        settings=Settings(),
        on_progress=lambda: None,
        on_failure=on_failure,
    )
    bench.ends["web"] = 1
    partition.resume()
    partition.accept("web", chunk(0, event("a", 1, crash=True)))
    await asyncio.wait_for(writer.noted.wait(), 5)
    task = partition._task
    task.cancel()
    with pytest.raises((DiedError, asyncio.CancelledError)):
        await task
    assert deaths == [(RuntimeError, "partition 3, record 0 of web")]
