"""Every metric of every process: name, kind, meaning, labels. Whoever adds one adds it here.

Names have the prefix `leadtide_` and base units. Labels take few values, all known beforehand (`labels.py`); no label
ever holds an id or an address. Instants are exported, not ages: `time() - <instant>` is an age. docs/metrics.md is
written from this file (`python -m pipeline.metrics.table`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; its subclass says of which kind."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


class CounterMetric(Metric):
    """A number that only grows while the process lives. Its name ends in `_total`."""

    __slots__ = ()


class GaugeMetric(Metric):
    """A number that comes and goes."""

    __slots__ = ()


class InfoMetric(Metric):
    """What is running, as labels of a constant 1. Its name ends in `_info`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class HistogramMetric(Metric):
    """How often a value fell up to each boundary. There is a boundary at each objective and each default setting."""

    buckets: tuple[float, ...] = ()


_PAUSE_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_WRITE_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_RECORDS = (1, 10, 100, 1_000, 4_000, 10_000, 40_000, 100_000)
_BYTES = (1_000, 10_000, 100_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000)

# Every process.
BUILD: Final = InfoMetric(
    "leadtide_build_info", "What is running: versions of Leadtide and Python.", ("version", "python")
)
READY: Final = GaugeMetric("leadtide_ready", "1 while /readyz answers 200 (standing by included), else 0.")

# Worker: what comes in.
EVENTS: Final = CounterMetric(
    "leadtide_events_total",
    "Records of the consumed topics that a confirmed checkpoint includes, by what became of them.",
    ("topic", "result"),
)
CHUNKS: Final = CounterMetric(
    "leadtide_chunks_total",
    "Chunks that Faust handed to an agent (a chunk: one partition's records of one fetch).",
    ("topic",),
)
DECODED: Final = CounterMetric(
    "leadtide_decoded_records_total", "Records of the input topics read, by their form on the wire.", ("form",)
)
DEAD_LETTERS: Final = CounterMetric("leadtide_dead_letters_total", "Records kept as dead letters.", ("reason",))
FORWARDS: Final = CounterMetric(
    "leadtide_forwards_total",
    "Records sent to other partitions over leads.activity.v1, and received from there.",
    ("direction",),
)
LAG: Final = GaugeMetric(
    "leadtide_lag_records",
    "Records known to be in the topic and not applied yet, over this process's partitions.",
    ("topic",),
)
LAST_RECORD: Final = GaugeMetric(
    "leadtide_last_record_timestamp_seconds",
    "When a record of the topic was last applied and confirmed (Unix time); 0: not yet.",
    ("topic",),
)

# Worker: what goes out.
STAGE_CHANGES: Final = CounterMetric(
    "leadtide_stage_changes_total", "Stage changes announced, history included.", ("from_stage", "to_stage")
)
SIGNALS: Final = CounterMetric("leadtide_signals_total", "Signals announced.", ("signal",))
LAST_CHECKPOINT: Final = GaugeMetric(
    "leadtide_last_checkpoint_timestamp_seconds",
    "When a checkpoint was last confirmed (Unix time); 0: not yet. Without input there is none.",
)
CHECKPOINT_SECONDS: Final = HistogramMetric(
    "leadtide_checkpoint_seconds",
    "Time from gathering a checkpoint to its confirmation by the broker.",
    buckets=_WRITE_SECONDS,
)
CHECKPOINT_RECORDS: Final = HistogramMetric(
    "leadtide_checkpoint_records",
    "Records written in a checkpoint: changelog with its marker, outputs, forwards, dead letters.",
    buckets=_RECORDS,
)
CHECKPOINT_BYTES: Final = HistogramMetric(
    "leadtide_checkpoint_bytes", "Bytes of the record batches written in a checkpoint.", buckets=_BYTES
)

# Worker: partitions and how it came by them.
PARTITIONS: Final = GaugeMetric("leadtide_partitions", "Partitions that this worker serves now.")
ASSIGNED: Final = GaugeMetric("leadtide_assigned_partitions", "Partitions that the group has assigned to this worker.")
OWNED: Final = GaugeMetric(
    "leadtide_partition_owned", "1 while this worker serves the partition, else 0.", ("partition",)
)
STANDBY: Final = GaugeMetric(
    "leadtide_standby", "1 while the worker has no partition (more workers than partitions) and stands by, else 0."
)
REBALANCES: Final = CounterMetric("leadtide_rebalances_total", "Rebalances of the group that this worker took part in.")
REBALANCE_SECONDS: Final = HistogramMetric(
    "leadtide_rebalance_seconds",
    "Time from the revocation of partitions until processing went on, recovery included.",
    buckets=_PAUSE_SECONDS,
)
ASSIGNMENT_SECONDS: Final = HistogramMetric(
    "leadtide_assignment_seconds",
    "Time in which this worker, as the group's leader, worked out who gets which partition.",
    buckets=(0.001, 0.01, 0.1, 1, 10),
)
ASSIGNMENT_ERRORS: Final = CounterMetric(
    "leadtide_assignment_errors_total", "Assignments that could not be worked out."
)
RECOVERY_SECONDS: Final = HistogramMetric(
    "leadtide_recovery_seconds",
    "Time in which newly assigned partitions were taken over: fenced, read, checked.",
    buckets=_PAUSE_SECONDS,
)
RECOVERED_RECORDS: Final = CounterMetric(
    "leadtide_recovered_records_total", "Records of the changelog read in recoveries."
)
RECOVERED_LEADS: Final = CounterMetric("leadtide_recovered_leads_total", "Leads read from the changelog in recoveries.")

# Worker: the table and its time.
MODEL: Final = InfoMetric(
    "leadtide_model_info", "The scoring model in force: its id and version.", ("model", "version")
)
LEADS: Final = GaugeMetric("leadtide_leads", "Profiles in the table of this worker's partitions.")
DUE: Final = GaugeMetric(
    "leadtide_due_queue_entries",
    "Entries in the queue of leads that will change by themselves, outdated ones included.",
)
NEXT_DUE: Final = GaugeMetric(
    "leadtide_next_due_timestamp_seconds",
    "The earliest instant at which a lead changes by itself, on the pipeline's clock (Unix time); +Inf: never.",
)
TICK_LAG: Final = GaugeMetric(
    "leadtide_tick_lag_seconds",
    "By how much the lead that is due first is late, on the pipeline's clock; 0: nobody is overdue.",
)

# Projector.
PROJECTED: Final = CounterMetric(
    "leadtide_projected_records_total",
    "Records of the output topics that are in the read model, by result.",
    ("topic", "result"),
)
BATCH_SECONDS: Final = HistogramMetric(
    "leadtide_projection_batch_seconds", "Time in which Redis took a batch.", buckets=_WRITE_SECONDS
)
BATCH_RECORDS: Final = HistogramMetric("leadtide_projection_batch_records", "Records in a batch.", buckets=_RECORDS)
REDIS_UP: Final = GaugeMetric("leadtide_redis_up", "1 if the last call to Redis succeeded, else 0.")
REDIS_ERRORS: Final = CounterMetric("leadtide_redis_errors_total", "Calls to Redis that failed.", ("error",))
REBUILDS: Final = CounterMetric("leadtide_rebuilds_total", "Rebuilds of the read model from the topics, begun.")
REBUILDING: Final = GaugeMetric("leadtide_rebuilding", "1 while the read model is being rebuilt, else 0.")
