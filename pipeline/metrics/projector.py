"""What a projector tells: how far the read model is behind the topics, and how Redis does.

Count once a batch: `metrics.projected.labels(topic, Projection.WRITTEN).inc(len(batch))`, with the topic's name without
prefix. Set `lag` and the like in the `refresh` that `pipeline.watched` calls at each scrape, or when they change.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from pipeline import topics
from pipeline.metrics import catalogue
from pipeline.metrics.labels import Projection, RedisError
from pipeline.metrics.process import Metrics

PROJECTED = (topics.STAGE_CHANGES, topics.SCORES, topics.SIGNALS)


class ProjectorMetrics(Metrics):
    """One projector's metrics; `projected` are the topics that it reads."""

    def __init__(self, projected: Iterable[topics.Topic] = PROJECTED) -> None:
        super().__init__()
        names = [topic.name for topic in projected]
        self.projected = self.counter(catalogue.PROJECTED)
        self.lag = self.gauge(catalogue.LAG)
        self.last_record = self.gauge(catalogue.LAST_RECORD)
        self.batch_seconds = self.histogram(catalogue.BATCH_SECONDS)
        self.batch_records = self.histogram(catalogue.BATCH_RECORDS)
        self.redis_up = self.gauge(catalogue.REDIS_UP)
        self.redis_errors = self.counter(catalogue.REDIS_ERRORS)
        self.rebuilds = self.counter(catalogue.REBUILDS)
        self.rebuilding = self.gauge(catalogue.REBUILDING)
        for name in names:
            self.lag.labels(name)
            self.last_record.labels(name)
        for name, result in product(names, Projection):
            self.projected.labels(name, result)
        for error in RedisError:
            self.redis_errors.labels(error)
