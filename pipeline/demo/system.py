"""The system that the demo runs: an embedded broker and Redis, a worker, a projector. All of it ends with the demo."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import brokers, stores, topic_setup
from pipeline.brokers import leash
from pipeline.brokers.process import stop
from pipeline.clients.connection import consumer
from pipeline.clients.lag import watching
from pipeline.codec.instants import format_instant
from pipeline.demo.script import Script
from pipeline.errors import InputError, LeadtideError
from pipeline.metrics import Metrics
from pipeline.redis_settings import RedisSettings
from pipeline.settings import PREFIX, KafkaSettings, MetricsSettings, Settings
from pipeline.watched import Health, watched

_PARTITIONS = 4
_READY_SECONDS = 60
_LOG_LINES = 15
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class System:
    """A running system: how to reach it, its worker and where that logs."""

    settings: Settings
    worker: subprocess.Popen[bytes]
    log: Path

    def require_worker(self) -> None:
        """Raise LeadtideError, with the end of its log, if the worker has ended."""
        if self.worker.poll() is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            raise LeadtideError("\n".join([f"the worker ended with status {self.worker.returncode}:", *lines]))


@asynccontextmanager
async def running(script: Script, model: str, metrics: MetricsSettings) -> AsyncIterator[System]:
    """Start everything; yields once the worker has its partitions. Afterwards nothing is left behind.

    The demo itself is watched where `metrics` says, its worker on the next port.

    Raises BrokerError if there is no embedded broker, InputError if a port is taken, and LeadtideError if the worker
    does not come up.
    """
    health = Health("starting the broker and the worker")
    async with watched(metrics, Metrics(), health), _started(script, model, _next(metrics)) as system:
        health.ready()
        yield system


def _next(metrics: MetricsSettings) -> MetricsSettings:
    if metrics.port == _LAST_PORT:
        raise InputError(
            f"{PREFIX}METRICS__PORT={_LAST_PORT}: the demo's worker needs the next port, and there is none"
        )
    return metrics.model_copy(update={"port": metrics.port and metrics.port + 1})


@asynccontextmanager
async def _started(script: Script, model: str, metrics: MetricsSettings) -> AsyncIterator[System]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leadtide-demo-")))
        bootstrap = stack.enter_context(brokers.running("embedded"))
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=bootstrap, partitions=_PARTITIONS),
            model=model,
            metrics=metrics,
            redis=RedisSettings(url=stack.enter_context(stores.running())),
            clock=f"scaled:{script.speed:.3f}@{format_instant(script.start)}",
        )
        async with topic_setup.administrator(settings) as admin:
            await topic_setup.create(admin, settings)
        stack.enter_context(_process("project", settings.model_copy(update={"metrics": MetricsSettings()}), folder))
        worker = stack.enter_context(_process("worker", settings, folder))
        system = System(settings, worker, folder / "worker.log")
        await _until_ready(system)
        yield system


@contextmanager
def _process(name: str, settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a session of its own, so that Ctrl-C does not reach it, but on a leash, so that it dies with us."""
    command = [sys.executable, "-I", leash.__file__, str(os.getpid()), sys.executable, "-m", "pipeline.cli", name]
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process.pid, process=process)


def _environment(settings: Settings) -> Mapping[str, str]:
    """Nothing of the user's own settings; a short session makes the worker ready sooner."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | {
        f"{PREFIX}KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        f"{PREFIX}KAFKA__PARTITIONS": str(settings.kafka.partitions),
        f"{PREFIX}REDIS__URL": settings.redis.url or "",
        f"{PREFIX}MODEL": settings.model,
        f"{PREFIX}CLOCK": settings.clock,
        f"{PREFIX}SESSION_TIMEOUT_SECONDS": "2",
        f"{PREFIX}METRICS__HOST": settings.metrics.host,
        f"{PREFIX}METRICS__PORT": str(settings.metrics.port),
    }


async def _until_ready(system: System) -> None:
    """Wait until the worker has its partitions. Raises LeadtideError if it never does."""
    try:
        async with asyncio.timeout(_READY_SECONDS), consumer(system.settings, group=system.settings.group_id) as client:
            watch = await watching(system.settings, client)
            while (await watch.group())[0] != "Stable":
                system.require_worker()
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise LeadtideError(f"the worker was not ready within {_READY_SECONDS} s") from error
