"""What the processes tell Prometheus: names in `catalogue`, label values in `labels`, one class per kind of process."""

from pipeline.metrics.labels import OTHER, REASONS, SIGNALS, Direction, Form, Projection, RedisError, Result
from pipeline.metrics.process import CONTENT_TYPE, Metrics
from pipeline.metrics.projector import ProjectorMetrics
from pipeline.metrics.worker import WorkerMetrics

__all__ = [
    "CONTENT_TYPE",
    "OTHER",
    "REASONS",
    "SIGNALS",
    "Direction",
    "Form",
    "Metrics",
    "Projection",
    "ProjectorMetrics",
    "RedisError",
    "Result",
    "WorkerMetrics",
]
