"""Time comes out of the log: who sends it, and that it survives a restart."""

import json
import time

import pytest

from pipeline import topics
from pipeline.streaming.markers import read_markers
from pipeline.streaming.profiles import read_profiles
from tests.integration.harness import Installation, Worker, until
from tests.streaming.toy import DUE_AFTER_MS

pytestmark = pytest.mark.embedded


def _now_ms():
    return int(time.time() * 1000)


async def _dues(here):
    return [json.loads(value)[3] async for _, value in read_profiles(here.settings)]


async def _ticks(here):
    return [json.loads(record.value)["instant"] for record in await here.read(topics.RESCORE)]


async def test_under_the_live_clock_the_owner_ticks_when_something_is_due(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", clock="live")
    await here.create_topics()
    await here.send(100, leads=20, start_ms=_now_ms() - DUE_AFTER_MS + 2_000)
    worker = Worker(here)

    async def decided():
        dues = await _dues(here)
        return len(dues) == len(here.sent.leads) and not any(dues)

    await until(decided, "a tick for every lead")
    assert worker.terminate() == 0, worker.said()
    assert 2 <= len(await _ticks(here)) <= 40
    await here.assert_exact()


async def test_under_stream_nobody_ticks(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", clock="stream")
    await here.create_topics()
    await here.send(100, leads=20, start_ms=_now_ms() - 10 * DUE_AFTER_MS)
    worker = Worker(here)
    await here.caught_up(worker)
    assert worker.terminate() == 0, worker.said()
    assert await _ticks(here) == []
    assert all(await _dues(here))


async def test_a_scaled_clock_goes_on_where_it_was_after_a_restart(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", clock="scaled:600@2026-03-01T00:00:00Z")
    await here.create_topics()
    origin = 1_772_323_200_000
    await here.send(100, leads=20, start_ms=origin)
    first = Worker(here)

    async def decided():
        dues = await _dues(here)
        return len(dues) == len(here.sent.leads) and not any(dues)

    await until(decided, "a tick for every lead")
    assert first.terminate() == 0, first.said()
    before = {number: marker.clock for number, marker in (await read_markers(here.settings)).items()}
    assert all(clock["origin"] == origin for clock in before.values())

    await here.send(100, seed=2, leads=20, start_ms=origin + 100_000)
    second = Worker(here)
    await here.caught_up(second)
    assert second.terminate() == 0, second.said()
    assert {number: marker.clock for number, marker in (await read_markers(here.settings)).items()} == before
    await here.assert_exact()
