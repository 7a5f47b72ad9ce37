"""Every metric of a worker: name, meaning, labels. Whoever adds one adds it here.

Names have the prefix `leadtide_` and base units. Labels take few values, all known beforehand (topics, reason codes,
stages of the model) and begin at 0; what is not known counts as `other`. No label ever holds an id or an address.
Counters count what a confirmed checkpoint includes: what a dying worker had not written, the next one counts.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from pipeline import topics
from pipeline.codec.reasons import Reason

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

OTHER: Final = "other"
"""The label value of everything that is not known beforehand."""

APPLIED: Final = "applied"
DEAD_LETTER: Final = "dead_letter"

REASONS: Final = frozenset({*map(str, Reason), "unreadable_message", "not_forwarded", "crash_loop"})
"""The reason codes of dead letters: the decoder's, and those of the engine and the worker."""

_CHECKPOINT_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Boundaries at the cadences (0.02 and 0.1) and at the time-out (60) that are set by default."""

_CHECKPOINT_RECORDS = (1, 10, 100, 1_000, 4_000, 10_000, 40_000, 100_000)
_PAUSE_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """One worker's metrics in a registry of their own.

    Args:
        stages: the ids of the model's stages; a stage change from or to another counts as `other`.
        moves: pairs (from, to) of stages that are there from the start, at 0.
    """

    def __init__(self, *, stages: Iterable[str] = (), moves: Iterable[tuple[str, str]] = ()) -> None:
        # They would double the exposition: Prometheus notices a restart by itself.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no annotations
        self._stages = frozenset(stages)
        self.registry = registry = CollectorRegistry()
        names = [topic.name for topic in topics.CONSUMED]

        self.events = Counter(
            "leadtide_events_total",
            "Records of the input topics that a confirmed checkpoint includes.",
            ["topic", "result"],
            registry=registry,
        )
        self.dead_letters = Counter(
            "leadtide_dead_letters_total", "Records kept as dead letters.", ["reason"], registry=registry
        )
        self.stage_changes = Counter(
            "leadtide_stage_changes_total",
            "Stage changes announced, history included.",
            ["from_stage", "to_stage"],
            registry=registry,
        )
        self.lag = Gauge(
            "leadtide_lag_records",
            "Records known to be in the topic and not applied yet, over this worker's partitions.",
            ["topic"],
            registry=registry,
        )
        self.last_record = Gauge(
            "leadtide_last_record_timestamp_seconds",
            "When a record of the topic was last part of a confirmed checkpoint (Unix time); 0: not yet.",
            ["topic"],
            registry=registry,
        )
        self.last_checkpoint = Gauge(
            "leadtide_last_checkpoint_timestamp_seconds",
            "When a checkpoint was last confirmed (Unix time); 0: not yet. Without input there is none.",
            registry=registry,
        )
        self.checkpoint_seconds = Histogram(
            "leadtide_checkpoint_seconds",
            "Time from gathering a checkpoint to its confirmation by the broker.",
            buckets=_CHECKPOINT_SECONDS,
            registry=registry,
        )
        self.checkpoint_records = Histogram(
            "leadtide_checkpoint_records",
            "Records written in a checkpoint: changelog with its marker, outputs, forwards, dead letters.",
            buckets=_CHECKPOINT_RECORDS,
            registry=registry,
        )
        self.recovery_seconds = Histogram(
            "leadtide_recovery_seconds",
            "Time in which newly assigned partitions were taken over: fenced, read, checked.",
            buckets=_PAUSE_SECONDS,
            registry=registry,
        )
        self.recovered_leads = Counter(
            "leadtide_recovered_leads_total", "Leads read from the changelog in recoveries.", registry=registry
        )
        self.rebalance_seconds = Histogram(
            "leadtide_rebalance_seconds",
            "Time from the revocation of partitions until processing went on.",
            buckets=_PAUSE_SECONDS,
            registry=registry,
        )
        self.next_due = Gauge(
            "leadtide_next_due_timestamp_seconds",
            "The earliest instant at which a lead changes by itself, on the pipeline's clock (Unix time); +Inf: never.",
            registry=registry,
        )
        self.leads = Gauge("leadtide_leads", "Profiles in the table of this worker's partitions.", registry=registry)
        self.partitions = Gauge("leadtide_partitions", "Partitions that this worker serves now.", registry=registry)
        self.ready = Gauge("leadtide_ready", "1 while /readyz says ready.", registry=registry)
        Info("leadtide_build", "What is running.", registry=registry).info(
            {"version": version("leadtide"), "python": platform.python_version()}
        )
        ProcessCollector(registry=registry)

        for name in names:
            self.lag.labels(name)
            self.last_record.labels(name)
            for result in (APPLIED, DEAD_LETTER):
                self.events.labels(name, result)
        for reason in (*sorted(REASONS), OTHER):
            self.dead_letters.labels(reason)
        for from_stage, to_stage in moves:
            self.stage_changes.labels(self.stage(from_stage), self.stage(to_stage))
        self.next_due.set(float("inf"))

    def stage(self, name: object) -> str:
        """The label of a stage: its id, or `other` if the model has none of that id."""
        return name if isinstance(name, str) and name in self._stages else OTHER

    def reason(self, code: str) -> str:
        """The label of a dead letter's reason."""
        return code if code in REASONS else OTHER

    def text(self) -> bytes:
        """The exposition, as `CONTENT_TYPE` says."""
        return generate_latest(self.registry)
