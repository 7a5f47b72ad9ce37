"""What Faust's own sensors tell: chunks that reach the agents, rebalances, assignments. Nothing here is per record."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import faust

from pipeline import topics
from pipeline.metrics import Form, WorkerMetrics
from pipeline.streaming.chunk import Record
from pipeline.streaming.faust_logger import FAUST_LOGGER

_REGISTRY = (0x00, 0x01)
_SINGLE_OBJECT = 0xC3
_JSON = 0x7B


class FaustSensor(faust.Sensor):
    """Counts into one worker's metrics. `topic_prefix` is the installation's: labels hold the names without it."""

    logger = FAUST_LOGGER

    def __init__(self, metrics: WorkerMetrics, *, topic_prefix: str) -> None:
        super().__init__()
        self._metrics = metrics
        self._names = {topic.full_name(topic_prefix): topic.name for topic in topics.CONSUMED}
        self._inputs = {topic.full_name(topic_prefix) for topic in topics.INPUTS}

    def on_message_in(self, tp: Any, offset: int, message: Any) -> None:  # noqa: ARG002 - Faust's signature
        """A chunk reaches its agent."""
        self._metrics.chunks.labels(self._names[tp.topic]).inc()
        if tp.topic in self._inputs:
            for form, records in forms(message.value.records).items():
                if records:
                    self._metrics.decoded.labels(form).inc(records)

    def on_rebalance_start(self, app: Any) -> dict[str, float]:  # noqa: ARG002 - as above
        """Remember when."""
        self._metrics.rebalances.inc()
        return {"began": time.perf_counter()}

    def on_rebalance_end(self, app: Any, state: dict[str, float]) -> None:  # noqa: ARG002 - as above
        """Count how long it took."""
        self._metrics.rebalance_seconds.observe(time.perf_counter() - state["began"])

    def on_assignment_start(self, assignor: Any) -> dict[str, float]:  # noqa: ARG002 - as above
        """Remember when; only the group's leader works out assignments."""
        return {"began": time.perf_counter()}

    def on_assignment_completed(self, assignor: Any, state: dict[str, float]) -> None:  # noqa: ARG002 - as above
        """Count how long it took."""
        self._metrics.assignment_seconds.observe(time.perf_counter() - state["began"])

    def on_assignment_error(self, assignor: Any, state: dict[str, float], exc: BaseException) -> None:  # noqa: ARG002 - as above
        """Count it."""
        self._metrics.assignment_errors.inc()


def forms(records: Iterable[Record]) -> dict[Form, int]:
    """How many records have which form on the wire, told by their first byte."""
    first = [record.value[0] if record.value else -1 for record in records]
    found = {
        Form.JSON: first.count(_JSON),
        Form.AVRO_REGISTRY: sum(map(first.count, _REGISTRY)),
        Form.AVRO_SINGLE_OBJECT: first.count(_SINGLE_OBJECT),
    }
    return found | {Form.UNKNOWN: len(first) - sum(found.values())}
