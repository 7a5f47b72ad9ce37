"""How fast a worker process is, seen from outside: the offsets that it commits, and the CPU that it used by then.

The same for every engine, and nothing of an engine's own word is taken. Start-up is left out: the clock starts at the
first commit that is seen and ends at the last.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from benchmarks.log import Log

_LOOK_EVERY_SECONDS = 0.05
_PATIENCE_SECONDS = 60


class Measurement(NamedTuple):
    """Between the first commit seen and the last."""

    events: int
    seconds: float
    cpu_seconds: float

    @property
    def events_per_s(self) -> float:
        """Events a second of wall time."""
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        """User and system time of the process and its children, in microseconds."""
        return 1e6 * self.cpu_seconds / self.events


class _Sample(NamedTuple):
    committed: int
    at: float
    cpu: float


def measure(
    command: list[str],
    environment: Mapping[str, str],
    group: str,
    log: Log,
    *,
    bootstrap: str,
    seconds: float,
    said: Path,
) -> Measurement:
    """Run a worker until it has worked off the log, or `seconds` after its first commit, and kill it.

    `said` takes its output. Raises RuntimeError if it ends by itself, or commits less than twice.
    """
    with said.open("ab") as output:
        process = subprocess.Popen(command, env=os.environ | dict(environment), stdout=output, stderr=output)
    try:
        first, last = asyncio.run(_watch(process, group, log, bootstrap, seconds))
    except RuntimeError as error:
        raise RuntimeError(f"{' '.join(command)}: {error}\n{said.read_text()[-3000:]}") from error
    finally:
        # What it would still write is of no use.
        process.kill()
        process.wait()
    return Measurement(last.committed - first.committed, last.at - first.at, last.cpu - first.cpu)


async def _watch(
    process: subprocess.Popen[bytes], group: str, log: Log, bootstrap: str, seconds: float
) -> tuple[_Sample, _Sample]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        patience = time.monotonic() + _PATIENCE_SECONDS
        first = last = await _look(admin, process, group, log)
        while last.committed < log.events and (not first.committed or last.at - first.at < seconds):
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            if process.poll() is not None:
                raise RuntimeError(f"ended with {process.returncode}")
            now = await _look(admin, process, group, log)
            if now.committed > last.committed:
                last = now
                first = first if first.committed else now
                patience = time.monotonic() + _PATIENCE_SECONDS
            elif time.monotonic() > patience:
                raise RuntimeError(f"committed {last.committed} of {log.events} events, and no more")
    finally:
        await admin.close()
    if last.committed == first.committed:
        raise RuntimeError("all was committed at once: the log is too short to measure")
    return first, last


async def _look(admin: AIOKafkaAdminClient, process: subprocess.Popen[bytes], group: str, log: Log) -> _Sample:
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:  # a new broker, before the first group: nothing is committed
        offsets = {}
    committed = sum(max(0, offsets[tp].offset) for topic in log.records if (tp := TopicPartition(topic, 0)) in offsets)
    return _Sample(committed, time.monotonic(), _cpu_seconds(process.pid))


def _cpu_seconds(pid: int) -> float:
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
    return used
