"""The composition root of a projector: settings → Redis and topics → projector, watched, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal

from pipeline.bootstrap import set_up_logging
from pipeline.errors import InputError
from pipeline.metrics import ProjectorMetrics
from pipeline.settings import Settings
from pipeline.sinks.read_model.connection import connected
from pipeline.sinks.read_model.keys import Keys
from pipeline.sinks.read_model.projector import Projector, new_holder
from pipeline.sinks.read_model.source import Source
from pipeline.sinks.read_model.store import Store
from pipeline.watched import watched

logger = logging.getLogger(__name__)


async def run(settings: Settings, *, once: bool = False, rebuild: bool = False) -> int:
    """Run a projector until SIGTERM or Ctrl-C, or with `once` until it has caught up; how many records it applied.

    Raises InputError without an address of Redis, BrokerError, RecoveryError. Trouble with Redis raises nothing.
    """
    if settings.redis.url is None:
        raise InputError("there is no read model: set LEADTIDE_REDIS__URL, for example to redis://127.0.0.1:6379/0")
    set_up_logging(settings)
    metrics = ProjectorMetrics()
    async with connected(settings.redis) as client, Source.connected(settings) as source:
        store = Store(client, Keys.of(settings), holder=new_holder(), lease_seconds=settings.redis.lease_seconds)
        projector = Projector(settings, store, source, metrics)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("run must be called in a task")
        for order in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(order, task.cancel)
        async with watched(settings.metrics, metrics, projector.readiness, refresh=projector.refresh):
            try:
                await projector.run(once=once, rebuild=rebuild)
            except asyncio.CancelledError:
                task.uncancel()
                logger.info("stopped; the next projector goes on here")
        return projector.records
