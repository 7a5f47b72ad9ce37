"""What every process tells: a registry of its own, what is running, whether it is ready."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from pipeline.metrics import catalogue
from pipeline.metrics.catalogue import CounterMetric, GaugeMetric, HistogramMetric, InfoMetric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One process's metrics in a registry of their own; a kind of process with more to tell has a subclass."""

    def __init__(self) -> None:
        # They would double the exposition: Prometheus notices a restart by itself.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no annotations
        self.registry = CollectorRegistry()
        self.ready = self.gauge(catalogue.READY)
        self.info(catalogue.BUILD, version("leadtide"), platform.python_version())
        ProcessCollector(registry=self.registry)

    def counter(self, metric: CounterMetric) -> Counter:
        """A counter of this process."""
        return Counter(metric.name, metric.meaning, metric.labels, registry=self.registry)

    def gauge(self, metric: GaugeMetric) -> Gauge:
        """A gauge of this process."""
        return Gauge(metric.name, metric.meaning, metric.labels, registry=self.registry)

    def histogram(self, metric: HistogramMetric) -> Histogram:
        """A histogram of this process."""
        return Histogram(metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self.registry)

    def info(self, metric: InfoMetric, *values: str) -> Gauge:
        """An info metric with its labels' first values."""
        gauge = Gauge(metric.name, metric.meaning, metric.labels, registry=self.registry)
        gauge.labels(*values).set(1)
        return gauge

    def text(self) -> bytes:
        """The exposition, as `CONTENT_TYPE` says."""
        return generate_latest(self.registry)
