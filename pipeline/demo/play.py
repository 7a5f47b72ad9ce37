"""The demo itself: feed the journeys at the pace of a clock that runs fast, and watch what comes out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from aiokafka import AIOKafkaProducer

from pipeline import topics
from pipeline.analysis.outputs import Reader
from pipeline.clients.connection import producer, text_of
from pipeline.clients.lag import wait_until_caught_up
from pipeline.clients.producing import send
from pipeline.clients.reading import read
from pipeline.codec.outbound import Document, decode_output
from pipeline.demo.script import Script
from pipeline.demo.show import Show
from pipeline.demo.system import System, running
from pipeline.demo.tally import Machines, Tally
from pipeline.engine.packing import unpack
from pipeline.errors import StoreError
from pipeline.models import load_model
from pipeline.scoring.scorer import Scorer
from pipeline.settings import MetricsSettings, Settings
from pipeline.sinks.read_model.reading import current
from pipeline.streaming.clock import ScaledClock, wall_ms
from pipeline.streaming.dead_letters import REASON_HEADER
from pipeline.streaming.profiles import read_profiles

_AHEAD_SECONDS = 0.3
"""Events are sent this much before their time, so that they are there when the worker's clock reaches it."""

_LAST_WORDS_SECONDS = 10.0
_RANKED = 200
_HOTTEST = 5


async def play(script: Script, model: str, show: Show, metrics: MetricsSettings) -> Tally:
    """Run the demo until its time is over, Ctrl-C or SIGTERM; what it came to.

    Raises BrokerError, InputError if a port of `metrics` is taken, LeadtideError if the worker ends before, and
    KeyboardInterrupt while it starts.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("play must run in a task")
    for order in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(order, task.cancel)
    tally = Tally()
    show.note("starting an embedded broker and Redis, a worker and a projector …")
    try:
        async with running(script, model, metrics) as system:
            show.note(f"{script.days} days in {script.seconds:g} seconds; Ctrl-C ends it with a summary")
            show.begin()
            try:
                await _perform(system, script, tally, show)
            except asyncio.CancelledError:
                task.uncancel()
                show.note("stopping …")
            tally.machines = await _machines(system.settings)
            tally.hottest = await _hottest(system.settings)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    return tally


async def _perform(system: System, script: Script, tally: Tally, show: Show) -> None:
    clock = ScaledClock(script.speed, script.start, wall_ms())
    watcher = asyncio.create_task(_watch(system.settings, tally, show))
    feeder = asyncio.create_task(_feed(system.settings, script, clock, tally))
    end = time.monotonic() + script.seconds
    try:
        while time.monotonic() < end:
            for task in (watcher, feeder):
                if task.done():
                    task.result()
            system.require_worker()
            show.status(tally, clock.now())
            await asyncio.sleep(0.2)
        await feeder
        await wait_until_caught_up(system.settings, _LAST_WORDS_SECONDS)
        # What is written last has still to be read.
        await asyncio.sleep(0.5)
    finally:
        for task in (watcher, feeder):
            task.cancel()
        await asyncio.gather(watcher, feeder, return_exceptions=True)


async def _feed(settings: Settings, script: Script, clock: ScaledClock, tally: Tally) -> None:
    """Send every record at its time."""
    async with producer(settings) as client:
        for record in script.records():
            delay = (clock.wall_at(record.at) - wall_ms()) / 1000 - _AHEAD_SECONDS
            if delay > 0:
                await asyncio.sleep(delay)
            await _sent(client, settings, record.topic, record.key, record.value)
            tally.sent += 1


async def _sent(client: AIOKafkaProducer, settings: Settings, topic: str, key: str | None, value: bytes) -> None:
    await (await send(client, settings, topic, key, value))


async def _watch(settings: Settings, tally: Tally, show: Show) -> None:
    """Tell the tally and the show what the worker writes."""
    prefix = settings.kafka.topic_prefix
    heard: dict[str, Callable[[Document], None]] = {
        topics.STAGE_CHANGES.full_name(prefix): lambda change: _changed(change, tally, show),
        topics.SIGNALS.full_name(prefix): lambda signal: tally.signals.update([signal["signal"]]),
    }
    scores = topics.SCORES.full_name(prefix)
    dead = set(topics.names(map(topics.dead_letters, topics.CONSUMED), prefix))
    async with aclosing(read(settings, [*heard, scores, *dead], from_beginning=True, follow=True)) as records:
        async for record in records:
            if record.topic in dead:
                tally.dead_letters[text_of(REASON_HEADER, record.headers) or "unknown"] += 1
                continue
            document = None if record.value is None else decode_output(record.value)
            if record.topic == scores:
                tally.scored(record.key.decode(), document)
            elif document is not None:
                heard[record.topic](document)


def _changed(change: Document, tally: Tally, show: Show) -> None:
    tally.stage_changed(change)
    show.changed(change)


async def _hottest(settings: Settings) -> list[dict[str, Any]]:
    """Out of the read model: the scores of the known people with the highest totals."""
    try:
        async with current(settings) as read_model:
            documents = await read_model.top(_RANKED)
    except StoreError:
        return []  # it is behind: told at the end by the line that is missing
    return [document["score"] for document in documents if not document["score"]["anonymous"]][:_HOTTEST]


async def _machines(settings: Settings) -> Machines:
    """Out of the table: which activities are a machine's, and why."""
    machines = Machines()
    reader = Reader(Scorer(load_model(settings.model)))
    async for _, packed in read_profiles(settings):
        profile = unpack(packed)
        latest = max((fact.occurred_at for fact in profile.facts.values()), default=0)
        marks = reader.outlook(profile, latest).known.marks
        machines.activities.update(marks.values())
        machines.leads.update(set(marks.values()))
    return machines
