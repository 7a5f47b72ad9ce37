"""A process that can be watched: its metrics and its health, served where the settings say, from start to end.

Any asyncio process does it so (the projector, for example)::

    metrics = ProjectorMetrics()
    health = Health("connecting to Redis")

    async with watched(settings.metrics, metrics, health, refresh=lambda: projector.show(metrics)):
        await projector.connect()
        health.ready()
        async for batch in projector.batches():     # one call a batch, never one a record
            try:
                await projector.write(batch)
            except RedisConnectionError:
                metrics.redis_up.set(0)
                metrics.redis_errors.labels(RedisError.CONNECTION).inc()
                health.not_ready("Redis does not answer")
                continue
            metrics.redis_up.set(1)
            metrics.projected.labels(batch.topic, Projection.WRITTEN).inc(len(batch))
            metrics.last_record.labels(batch.topic).set(time.time())
            health.ready()

`refresh` is called at each scrape, before the metrics are written out: the place for gauges that are read when somebody
asks (lag). Nothing listens where `LEADTIDE_METRICS__PORT` is 0.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pipeline.health import HealthServer, Readiness, State
from pipeline.metrics import Metrics
from pipeline.settings import MetricsSettings

logger = logging.getLogger(__name__)


class Health:
    """Whether a process is ready, said by itself whenever that changes. At first it is not, for the reason given."""

    def __init__(self, reason: str = "starting") -> None:
        self._readiness = Readiness(State.NOT_READY, reason)

    def __call__(self) -> Readiness:
        """What `/readyz` says."""
        return self._readiness

    def ready(self) -> None:
        """It does its work."""
        self._readiness = Readiness(State.READY)

    def not_ready(self, reason: str) -> None:
        """It does not, for this reason: a sentence for operators, with no address or id of a person in it."""
        self._readiness = Readiness(State.NOT_READY, reason)


def _nothing() -> None:
    """Nothing is read at a scrape."""


async def serve(
    settings: MetricsSettings,
    metrics: Metrics,
    readiness: Callable[[], Readiness],
    *,
    refresh: Callable[[], None] = _nothing,
) -> HealthServer | None:
    """Begin to answer; None if the settings say not to. For a process that ends without stopping what it started.

    Raises:
        InputError: the address is taken.
    """
    if not settings.port:
        return None

    def exposition() -> bytes:
        metrics.ready.set(readiness().is_ok)
        refresh()
        return metrics.text()

    server = HealthServer(metrics=exposition, readiness=readiness)
    await server.start(settings.host, settings.port)
    logger.info("metrics and health on http://%s:%d (/metrics, /livez, /readyz)", settings.host, settings.port)
    return server


@asynccontextmanager
async def watched(
    settings: MetricsSettings,
    metrics: Metrics,
    readiness: Callable[[], Readiness],
    *,
    refresh: Callable[[], None] = _nothing,
) -> AsyncIterator[None]:
    """Answer while the block lasts. Raises InputError if the address is taken."""
    server = await serve(settings, metrics, readiness, refresh=refresh)
    try:
        yield
    finally:
        if server is not None:
            await server.stop()
