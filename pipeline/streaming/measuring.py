"""What a worker counts while it works: once per checkpoint, recovery and rebalance, never per event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import sub
from typing import Any, NamedTuple

from pipeline import topics
from pipeline.metrics import Direction, Result, WorkerMetrics, labels
from pipeline.streaming.lane import Lane
from pipeline.streaming.unit import Unit
from pipeline.streaming.writer import Lag, Offsets, Writer


class _Taken(NamedTuple):
    """How many records of a lane were handed out, and were duplicates, forwarded or of somebody erased among them."""

    records: int = 0
    duplicates: int = 0
    forwarded: int = 0
    erased: int = 0

    def since(self, earlier: _Taken) -> _Taken:
        return _Taken(*map(sub, self, earlier))


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
        self._counted = dict.fromkeys(self._names, _Taken())

    async def write(self, unit: Unit, offsets: Offsets, lag: Lag) -> int:
        """Write the unit, then count it."""
        # Before anything is awaited: so far the lanes stand where they stood when the unit was gathered.
        taken = {lane.topic: _Taken(lane.taken, lane.duplicates, lane.forwarded, lane.erased) for lane in self._lanes()}
        began = time.perf_counter()
        size = await self._writer.write(unit, offsets, lag)
        self._metrics.checkpoint_seconds.observe(time.perf_counter() - began)
        self._metrics.checkpoint_bytes.observe(size)
        self._count(unit, taken)
        return size

    def _count(self, unit: Unit, taken: Mapping[str, _Taken]) -> None:
        metrics, effects, now = self._metrics, unit.effects, time.time()
        outputs = (effects.stage_changes, effects.scores, effects.signals)
        written = sum(len(records) for records in outputs) + unit.forwarded + len(unit.dead_letters)
        metrics.checkpoint_records.observe(len(effects.changelog) + 1 + written)
        metrics.last_checkpoint.set(now)
        buried = Counter(letter.topic for letter in unit.dead_letters)
        for topic, so_far in taken.items():
            new = so_far.since(self._counted[topic])
            if new.records:
                self._counted[topic] = so_far
                self._count_records(self._names[topic], new, buried[topic], now)
        for reason, letters in Counter(labels.reason(letter.reason) for letter in unit.dead_letters).items():
            metrics.dead_letters.labels(reason).inc(letters)
        for move, changes in Counter(_move(metrics, change.value) for change in effects.stage_changes).items():
            metrics.stage_changes.labels(*move).inc(changes)
        for name, signals in Counter(
            labels.signal((each.value or {}).get("signal")) for each in effects.signals
        ).items():
            metrics.signals.labels(name).inc(signals)
        metrics.forwards.labels(Direction.SENT).inc(unit.forwarded)

    def _count_records(self, topic: str, new: _Taken, buried: int, now: float) -> None:
        """New records of a topic, named without its prefix, of which `buried` became dead letters."""
        metrics = self._metrics
        # A counter refuses to fall, and no count is worth a worker.
        applied = max(0, new.records - new.duplicates - new.forwarded - new.erased - buried)
        metrics.events.labels(topic, Result.APPLIED).inc(applied)
        metrics.events.labels(topic, Result.DUPLICATE).inc(new.duplicates)
        metrics.events.labels(topic, Result.FORWARDED).inc(new.forwarded)
        metrics.events.labels(topic, Result.ERASED).inc(new.erased)
        metrics.events.labels(topic, Result.DEAD_LETTER).inc(buried)
        metrics.last_record.labels(topic).set(now)
        if topic == topics.ACTIVITY.name:
            metrics.forwards.labels(Direction.RECEIVED).inc(new.records - buried)


def _move(metrics: WorkerMetrics, change: Mapping[str, Any] | None) -> tuple[str, str]:
    document = change or {}
    return metrics.stage(document.get("from_stage")), metrics.stage(document.get("to_stage"))
