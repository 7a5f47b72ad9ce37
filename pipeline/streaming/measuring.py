"""What a worker counts while it works: once per checkpoint, recovery and rebalance, never per event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import faust

from pipeline import topics
from pipeline.metrics import Result, WorkerMetrics, labels
from pipeline.streaming.faust_logger import FAUST_LOGGER
from pipeline.streaming.lane import Lane
from pipeline.streaming.unit import Unit
from pipeline.streaming.writer import Lag, Offsets, Writer


class MeasuredWriter:
    """A partition's writer that counts what was confirmed. `lanes` are the partition's at the time of the call."""

    def __init__(
        self, writer: Writer, metrics: WorkerMetrics, *, topic_prefix: str, lanes: Callable[[], Iterable[Lane]]
    ) -> None:
        self.transactional = writer.transactional
        self.start, self.note, self.stop = writer.start, writer.note, writer.stop
        self._writer = writer
        self._metrics = metrics
        self._lanes = lanes
        self._names = {topic.full_name(topic_prefix): topic.name for topic in topics.CONSUMED}
        self._counted = dict.fromkeys(self._names, 0)

    async def write(self, unit: Unit, offsets: Offsets, lag: Lag) -> None:
        """Write the unit, then count it."""
        # Before anything is awaited: so far the lanes stand where they stood when the unit was gathered.
        taken = {lane.topic: lane.taken for lane in self._lanes()}
        began = time.perf_counter()
        await self._writer.write(unit, offsets, lag)
        self._count(unit, taken, time.perf_counter() - began)

    def _count(self, unit: Unit, taken: Mapping[str, int], seconds: float) -> None:
        metrics, effects, now = self._metrics, unit.effects, time.time()
        metrics.checkpoint_seconds.observe(seconds)
        outputs = (effects.stage_changes, effects.scores, effects.signals, effects.forwards)
        written = sum(len(records) for records in outputs) + len(unit.dead_letters)
        metrics.checkpoint_records.observe(len(effects.changelog) + 1 + written)
        metrics.last_checkpoint.set(now)
        buried = Counter(letter.topic for letter in unit.dead_letters)
        for topic, records in taken.items():
            new, name = records - self._counted[topic], self._names[topic]
            if new:
                self._counted[topic] = records
                metrics.events.labels(name, Result.APPLIED).inc(new - buried[topic])
                metrics.events.labels(name, Result.DEAD_LETTER).inc(buried[topic])
                metrics.last_record.labels(name).set(now)
        for reason, letters in Counter(labels.reason(letter.reason) for letter in unit.dead_letters).items():
            metrics.dead_letters.labels(reason).inc(letters)
        moves = Counter(_move(metrics, change.value) for change in effects.stage_changes)
        for (from_stage, to_stage), changes in moves.items():
            metrics.stage_changes.labels(from_stage, to_stage).inc(changes)


def _move(metrics: WorkerMetrics, change: Mapping[str, Any] | None) -> tuple[str, str]:
    document = change or {}
    return metrics.stage(document.get("from_stage")), metrics.stage(document.get("to_stage"))


class RebalanceSensor(faust.Sensor):
    """Faust's own sign of a rebalance's beginning and end."""

    logger = FAUST_LOGGER

    def __init__(self, metrics: WorkerMetrics) -> None:
        super().__init__()
        self._metrics = metrics

    def on_rebalance_start(self, app: Any) -> dict[str, float]:  # noqa: ARG002 - Faust's signature
        """Remember when."""
        return {"began": time.perf_counter()}

    def on_rebalance_end(self, app: Any, state: dict[str, float]) -> None:  # noqa: ARG002 - as above
        """Count it."""
        self._metrics.rebalance_seconds.observe(time.perf_counter() - state["began"])
