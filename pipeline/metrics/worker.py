"""What a worker tells.

Counters count what a confirmed checkpoint includes: what a dying worker had not written, the next one counts. Known
label sets begin at 0. Nothing here is touched per event: `pipeline.streaming.measuring` counts once a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from pipeline import topics
from pipeline.metrics import catalogue, labels
from pipeline.metrics.labels import Direction, Form, Result
from pipeline.metrics.process import Metrics


class WorkerMetrics(Metrics):
    """One worker's metrics.

    Args:
        stages: the ids of the model's stages; a stage change from or to another counts as `other`.
        moves: pairs (from, to) of stages that are there from the start, at 0.
        model: id and version of the model in force.
        partitions: how many partitions every topic has.
    """

    def __init__(
        self,
        *,
        stages: Iterable[str] = (),
        moves: Iterable[tuple[str, str]] = (),
        model: tuple[str, str] | None = None,
        partitions: int = 1,
    ) -> None:
        super().__init__()
        self._stages = frozenset(stages)
        self.events = self.counter(catalogue.EVENTS)
        self.chunks = self.counter(catalogue.CHUNKS)
        self.decoded = self.counter(catalogue.DECODED)
        self.dead_letters = self.counter(catalogue.DEAD_LETTERS)
        self.forwards = self.counter(catalogue.FORWARDS)
        self.lag = self.gauge(catalogue.LAG)
        self.last_record = self.gauge(catalogue.LAST_RECORD)
        self.stage_changes = self.counter(catalogue.STAGE_CHANGES)
        self.signals = self.counter(catalogue.SIGNALS)
        self.last_checkpoint = self.gauge(catalogue.LAST_CHECKPOINT)
        self.checkpoint_seconds = self.histogram(catalogue.CHECKPOINT_SECONDS)
        self.checkpoint_records = self.histogram(catalogue.CHECKPOINT_RECORDS)
        self.checkpoint_bytes = self.histogram(catalogue.CHECKPOINT_BYTES)
        self.partitions = self.gauge(catalogue.PARTITIONS)
        self.assigned = self.gauge(catalogue.ASSIGNED)
        self.owned = self.gauge(catalogue.OWNED)
        self.standby = self.gauge(catalogue.STANDBY)
        self.rebalances = self.counter(catalogue.REBALANCES)
        self.rebalance_seconds = self.histogram(catalogue.REBALANCE_SECONDS)
        self.assignment_seconds = self.histogram(catalogue.ASSIGNMENT_SECONDS)
        self.assignment_errors = self.counter(catalogue.ASSIGNMENT_ERRORS)
        self.recovery_seconds = self.histogram(catalogue.RECOVERY_SECONDS)
        self.recovered_records = self.counter(catalogue.RECOVERED_RECORDS)
        self.recovered_leads = self.counter(catalogue.RECOVERED_LEADS)
        self.leads = self.gauge(catalogue.LEADS)
        self.due = self.gauge(catalogue.DUE)
        self.next_due = self.gauge(catalogue.NEXT_DUE)
        self.tick_lag = self.gauge(catalogue.TICK_LAG)
        self._model = None if model is None else self.info(catalogue.MODEL, *model)
        self._begin(moves, partitions)

    def _begin(self, moves: Iterable[tuple[str, str]], partitions: int) -> None:
        """Put in at 0 every label set that is known."""
        for topic in topics.CONSUMED:
            self.chunks.labels(topic.name)
            self.lag.labels(topic.name)
            self.last_record.labels(topic.name)
        for topic, result in product(topics.CONSUMED, Result):
            self.events.labels(topic.name, result)
        for form in Form:
            self.decoded.labels(form)
        for direction in Direction:
            self.forwards.labels(direction)
        for reason in (*sorted(labels.REASONS), labels.OTHER):
            self.dead_letters.labels(reason)
        for signal in (*sorted(labels.SIGNALS), labels.OTHER):
            self.signals.labels(signal)
        for from_stage, to_stage in moves:
            self.stage_changes.labels(self.stage(from_stage), self.stage(to_stage))
        for partition in range(partitions):
            self.owned.labels(str(partition))
        self.next_due.set(float("inf"))

    def stage(self, name: object) -> str:
        """The label of a stage: its id, or `other` if the model has none of that id."""
        return name if isinstance(name, str) and name in self._stages else labels.OTHER

    def take_model(self, model: tuple[str, str], stages: Iterable[str]) -> None:
        """Another model (id, version) is in force; its stages join those that are known."""
        self._stages |= frozenset(stages)
        if self._model is not None:
            self._model.clear()
            self._model.labels(*model).set(1)
