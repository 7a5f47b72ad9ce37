"""The engines: how each is started on a log. A further peer is one more function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from benchmarks.log import Log, put
from benchmarks.measuring import Measurement, measure
from benchmarks.traffic import Record
from pipeline import brokers
from pipeline.events import INPUT_TOPICS
from pipeline.settings import Settings

MODEL = "preset:standard-b2b"


class Job(NamedTuple):
    """A log of so many events, and the module that is our worker on it."""

    name: str
    traffic: Callable[[int], Iterator[Record]]
    events: int
    worker: tuple[str, ...]


class Broker(NamedTuple):
    """Where all engines read and write."""

    kind: brokers.Kind
    bootstrap: str


class Ground(NamedTuple):
    """Where one round of one job takes place: topics of its own, which every engine reads. `seconds` at most."""

    job: Job
    broker: Broker
    settings: Settings
    log: Log
    directory: Path
    seconds: float

    @property
    def prefix(self) -> str:
        """Of the topics."""
        return self.settings.kafka.topic_prefix

    def run(self, command: list[str], environment: Mapping[str, str], group: str) -> Measurement:
        """Measure a worker of this consumer group."""
        said = self.directory / f"{group}.log"
        return measure(
            command, environment, group, self.log, bootstrap=self.broker.bootstrap, seconds=self.seconds, said=said
        )


def ground(job: Job, broker: Broker, directory: Path, number: int, seconds: float) -> Ground:
    """Topics for round `number`, with the job's log in them."""
    prefix = f"{job.name}-{number}."
    settings = Settings(kafka={"bootstrap_servers": broker.bootstrap, "topic_prefix": prefix, "partitions": 1})
    outputs = [f"{prefix}faust-{name}" for name in ("stage-changes", "scores", "signals")]
    # All on one topic: peers do not merge topics by time, and in another order the core has other work to do.
    records = (record._replace(topic=INPUT_TOPICS["web"]) for record in job.traffic(job.events))
    return Ground(job, broker, settings, put(settings, records, outputs), directory, seconds)


def leadtide(here: Ground) -> Measurement:
    """Our worker."""
    environment = {
        "LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": here.broker.bootstrap,
        "LEADTIDE_KAFKA__TOPIC_PREFIX": here.prefix,
        "LEADTIDE_KAFKA__PARTITIONS": "1",
        "LEADTIDE_CLOCK": "stream",
        "LEADTIDE_MODEL": MODEL,
    }
    return here.run([sys.executable, "-m", *here.job.worker], environment, here.settings.group_id)


def idiomatic_faust(here: Ground) -> Measurement:
    """`peers/idiomatic_faust.py`, as Faust is started everywhere."""
    app = f"{here.prefix}faust"
    environment = {
        "BENCH_JOB": here.job.name,
        "BENCH_PREFIX": here.prefix,
        "BENCH_APP": app,
        "BENCH_BROKER": here.broker.bootstrap,
        "BENCH_MODEL": MODEL,
    }
    options = ["--datadir", str(here.directory / app), "worker", "-l", "warn", "--without-web"]
    return here.run(
        [sys.executable, "-m", "faust", "-A", "benchmarks.peers.idiomatic_faust", *options], environment, app
    )


ENGINES: Mapping[str, Callable[[Ground], Measurement]] = MappingProxyType(
    {"leadtide": leadtide, "faust": idiomatic_faust}
)
"""Ours first: the others' ratios are to it."""


def delivery(engine: str, broker: Broker) -> str:
    """What an engine promises on this broker."""
    return "exactly-once" if engine == "leadtide" and broker.kind == "kafka" else "at-least-once"
