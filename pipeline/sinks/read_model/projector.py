"""The projector: keeps Redis equal to the output topics, whatever happens to either.

One projector writes at a time, holding a lease in Redis; others stand by and take over. Every trouble with Redis, and
every sign that it is not as it was left (flushed, restored, replaced), ends in the same place: attach anew, read there
how far it is, and go on from that offset, or build a new epoch beside the old one. There are no repair paths.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from aiokafka.errors import OffsetOutOfRangeError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from pipeline import topics
from pipeline.clients.reading import output_reader
from pipeline.health import Readiness, State
from pipeline.metrics import Projection, ProjectorMetrics
from pipeline.registration import told
from pipeline.settings import Settings
from pipeline.sinks.read_model.batch import Batch
from pipeline.sinks.read_model.building import Build, why_anew
from pipeline.sinks.read_model.connection import failure
from pipeline.sinks.read_model.keys import EpochKeys
from pipeline.sinks.read_model.plan import Plan
from pipeline.sinks.read_model.source import Fetched, Source
from pipeline.sinks.read_model.store import Displaced, Moves, Store

logger = logging.getLogger(__name__)

_BACKOFF_SECONDS = (0.1, 5.0)
_BEAT_SECONDS = 1.0
_LEAST_BATCH = 50
_DAY_SECONDS = 86_400


def new_holder() -> str:
    """A name for this process that nobody else has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Projector:
    """One projector.

    Args:
        settings: of the installation.
        store: Redis, as this projector's own holder.
        source: the output topics.
        metrics: what it tells Prometheus.
    """

    def __init__(self, settings: Settings, store: Store, source: Source, metrics: ProjectorMetrics) -> None:
        self._settings = settings
        self._outputs = output_reader(settings)
        self._store = store
        self._source = source
        self._metrics = metrics
        self._readiness = Readiness(State.NOT_READY, "connecting to Redis")
        self._keys: EpochKeys = store.keys.at("")
        self._offsets: dict[str, int] = {}
        self._build: Build | None = None
        self._anew = False
        self._limit = settings.redis.batch_records
        self._beat_seconds = min(settings.redis.lease_seconds / 3, _BEAT_SECONDS)
        self._beaten = 0.0
        self._sweeping: asyncio.Task[None] | None = None
        self.records = 0

    def readiness(self) -> Readiness:
        """What `/readyz` says."""
        return self._readiness

    def refresh(self) -> None:
        """Bring the gauges up to date, at a scrape."""
        lags = dict.fromkeys((topic.name for topic in topics.CATALOGUE if topic.role is topics.Role.OUTPUT), 0)
        lags[topics.SCORES.name] = 0
        for name, lag in self._source.lags().items():
            lags[name.rpartition(":")[0]] += lag
        for topic, lag in lags.items():
            self._metrics.lag.labels(topic).set(lag)
        self._metrics.rebuilding.set(self._build is not None)

    async def run(self, *, once: bool = False, rebuild: bool = False) -> None:
        """Go on until cancelled; with `once` until Redis holds all that the topics hold now.

        `rebuild`: take over from whoever writes, and build a new epoch first.
        Raises BrokerError, and RecoveryError for a record that cannot be read. What Redis does raises nothing.
        """
        self._anew = rebuild
        goal = (await self._source.bounds()).ends if once else None
        least, most = _BACKOFF_SECONDS
        pause = least
        try:
            while True:
                before = self.records
                try:
                    await self._serve(goal)
                except Displaced as displaced:
                    logger.warning("attaching anew: %s", displaced)
                except OffsetOutOfRangeError:
                    logger.warning("a topic does not have the offset that comes next")
                    self._anew = True
                except RedisError as error:
                    self._failed(error)
                else:
                    return
                pause = least if self.records > before else min(2 * pause, most)
                await asyncio.sleep(pause)
        finally:
            await self._leave()

    async def _serve(self, goal: Mapping[str, int] | None) -> None:
        """Attach and apply; returns once the goal is reached."""
        if not await self._become_the_one(goal):
            return
        await self._attach()
        while self._build is not None or goal is None or not reached(self._offsets, goal):
            await self._step()

    async def _become_the_one(self, goal: Mapping[str, int] | None) -> bool:
        """Wait for the lease; False if another projector reaches the goal meanwhile."""
        while not await self._store.acquire(take=self._anew):
            if self._readiness.state is not State.STANDBY:
                logger.info("another projector writes: standing by")
            self._metrics.redis_up.set(1)
            self._readiness = Readiness(State.STANDBY, "another projector writes")
            epoch = (await self._store.state()).epoch
            found = None if goal is None or epoch is None else await self._store.epoch(epoch)
            if goal is not None and found is not None and reached(found.offsets, goal):
                return False
            await asyncio.sleep(self._beat_seconds)
        return True

    async def _attach(self) -> None:
        """Find out which epoch to go on with and from where, or begin a new one."""
        bounds, state = await self._source.bounds(), await self._store.state()
        self._build, reason = None, "asked for"
        for epoch in (state.building, state.epoch) if not self._anew else ():
            found = None if epoch is None else await self._store.epoch(epoch)
            reason = why_anew(found, bounds)
            if epoch is not None and found is not None and not reason:
                self._keys, self._offsets = self._store.keys.at(epoch), found.offsets
                if epoch == state.building:
                    self._build = Build(found.offsets, bounds.ends, "it was broken off")
                break
        else:
            self._keys = await self._store.begin(bounds.starts)
            self._offsets = dict(bounds.starts)
            self._build = Build(bounds.starts, bounds.ends, reason)
            self._metrics.rebuilds.inc()
        self._anew = False
        if policy := await self._store.evicts():
            logger.warning("Redis throws out keys when it is full (%s): the read model needs noeviction", policy)
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep())
        self._source.seek(self._offsets)
        self._worked()
        logger.info("writing the read model, epoch %s", self._keys.epoch)

    async def _step(self) -> None:
        if self._build is not None and self._build.is_whole(self._offsets):
            await self._store.publish(self._keys, self._offsets)
            self._build.tell(self._offsets, self.records, done=True)
            self._build = None
            await self._sweep()
        fetched = await self._source.take(self._limit, self._beat_seconds / 2)
        moves = [
            Moves(name, self._offsets[name], position)
            for name, position in fetched.positions.items()
            if position != self._offsets[name]
        ]
        if moves:
            await self._apply(fetched, moves)
        if time.monotonic() - self._beaten > self._beat_seconds:
            await self._beat(caught_up=not moves and self._source.is_fresh())
        self._worked()

    async def _apply(self, fetched: Fetched, moves: list[Moves]) -> None:
        began = time.perf_counter()
        batch = await self._read(fetched)
        leads = await self._store.leads(self._keys, batch.lead_ids)
        plan = batch.plan(leads, Plan(self._keys, self._settings.retention.outputs_days * _DAY_SECONDS))
        await self._store.commit(self._keys, moves, plan.commands())
        self._offsets.update((move.name, move.to) for move in moves)
        self.records += fetched.count
        self._limit = min(2 * self._limit, self._settings.redis.batch_records)
        self._metrics.batch_seconds.observe(time.perf_counter() - began)
        if fetched.count:
            self._metrics.batch_records.observe(fetched.count)
        for name, records in fetched.records.items():
            topic = name.rpartition(":")[0]
            self._metrics.projected.labels(topic, Projection.WRITTEN).inc(len(records))
            self._metrics.last_record.labels(topic).set(time.time())

    async def _read(self, fetched: Fetched) -> Batch:
        with told():
            await self._outputs.prepare(r.value for records in fetched.records.values() for r in records)
        return Batch.of(fetched.records, self._outputs)

    async def _beat(self, *, caught_up: bool) -> None:
        """Keep the lease, and notice what somebody else did to Redis."""
        self._beaten = time.monotonic()
        await self._store.prolong(self._keys, self._offsets, caught_up=caught_up)
        state = await self._store.state()
        if self._keys.epoch != (state.epoch if self._build is None else state.building):
            raise Displaced("the epoch that it wrote is not there any more")
        if self._build is not None:
            self._build.tell(self._offsets, self.records)

    async def _sweep(self) -> None:
        with suppress(RedisError):  # what is left over is removed the next time
            removed = await self._store.sweep()
            if removed:
                logger.info("removed %d keys of epochs that are not used any more", removed)

    def _worked(self) -> None:
        self._metrics.redis_up.set(1)
        if self._build is None:
            self._readiness = Readiness(State.READY)
        else:
            self._readiness = Readiness(State.NOT_READY, "the read model is being built")

    def _failed(self, error: RedisError) -> None:
        label, text = failure(error)
        if isinstance(error, RedisTimeoutError):
            # A smaller step may be done in time.
            self._limit = max(self._limit // 2, _LEAST_BATCH)
        self._metrics.redis_up.set(0)
        self._metrics.redis_errors.labels(label).inc()
        self._readiness = Readiness(State.NOT_READY, f"Redis: {text}")
        logger.warning("Redis: %s. Nothing is lost, trying again", text)

    async def _leave(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        with suppress(RedisError):
            await self._store.release()


def reached(offsets: Mapping[str, int], goal: Mapping[str, int]) -> bool:
    """Whether everything up to the goal is applied."""
    return all(offsets.get(name, -1) >= end for name, end in goal.items())
