"""The file docs/metrics.md: every metric with its type, labels, meaning and alerts, written from the catalogue.

python -m pipeline.metrics.table deploy/prometheus/rules/alerts.yml > docs/metrics.md
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from pipeline.metrics import catalogue, labels
from pipeline.metrics.catalogue import CounterMetric, GaugeMetric, HistogramMetric, InfoMetric, Metric
from pipeline.metrics.process import Metrics
from pipeline.metrics.projector import ProjectorMetrics
from pipeline.metrics.worker import WorkerMetrics

_HEAD: Final = """\
# Metrics and health
Written by `python -m pipeline.metrics.table deploy/prometheus/rules/alerts.yml > docs/metrics.md`; change
`pipeline/metrics/catalogue.py`, not this file.

Every process (`leadtide worker`, `leadtide project`, `leadtide demo`) answers on 127.0.0.1
(`LEADTIDE_METRICS__HOST`) once `LEADTIDE_METRICS__PORT` is set; each process on a machine needs a port of its own.

| path | says |
|---|---|
| `/metrics` | Prometheus's text format |
| `/livez` | 200: the event loop runs. A worker that stands still ends by itself |
| `/readyz` | 200 `{"status":"ready"}`; 200 `{"status":"standby","reason":…}` of a process that has nothing to do and \
takes over when it can; \
503 `{"status":"not_ready","reason":…}` else, as in a rebalance or a recovery |

A worker that stands by answers 200, since a rollout that waits for readiness would otherwise wait for ever: there are
more workers than partitions, which its log, its `/readyz` and `leadtide_standby` say.

Counters of a worker advance with a confirmed checkpoint: what a dying worker had not written, the next one counts (and
what it counted after its last scrape, Prometheus never sees). Instants are exported, not ages. `process_*` are
Prometheus's usual ones (start, CPU, memory, open files). Where alerts are and what they ask: `deploy/prometheus/`.

| metric | type | labels | meaning | of | alerts |
|---|---|---|---|---|---|
"""

_LABELS: Final = """
## Labels
No label holds an id or an address. Each value is known beforehand and begins at 0; anything else counts as `other`.

| label | values |
|---|---|
"""

_KINDS: Final[Mapping[type[Metric], str]] = {
    CounterMetric: "counter",
    GaugeMetric: "gauge",
    HistogramMetric: "histogram",
    InfoMetric: "info",
}

_VALUES: Final[Sequence[tuple[str, str]]] = (
    ("topic", "the topics' names without the installation's prefix"),
    ("result", f"a worker's: {labels.listed(labels.Result)}; a projector's: {labels.listed(labels.Projection)}"),
    ("form", labels.listed(labels.Form)),
    ("reason", f"{labels.listed(sorted(labels.REASONS))}, `other`"),
    ("direction", labels.listed(labels.Direction)),
    ("from_stage, to_stage", "the stages of the model, `other`"),
    ("signal", f"{labels.listed(sorted(labels.SIGNALS))}, `other`"),
    ("partition", "0 to the number of partitions, less one"),
    ("error", labels.listed(labels.RedisError)),
    ("model, version, python", "what runs, as labels of a constant 1"),
)


def every_metric() -> list[Metric]:
    """The catalogue, in its order."""
    return [value for value in vars(catalogue).values() if isinstance(value, Metric)]


def page(rules: Mapping[str, Any]) -> str:
    """The text of the file; `rules` is the document of alerts.yml."""
    rows = "".join(f"| {' | '.join(row)} |\n" for row in _rows(rules))
    return _HEAD + rows + _LABELS + "".join(f"| {label} | {values} |\n" for label, values in _VALUES)


def _rows(rules: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    alerts = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    processes = {"every process": Metrics(), "worker": WorkerMetrics(model=("", "")), "projector": ProjectorMetrics()}
    names = {process: set(_names(metrics)) for process, metrics in processes.items()}
    for metric in every_metric():
        of = (
            ["every process"]
            if metric.name in names["every process"]
            else [p for p in names if metric.name in names[p]]
        )
        asked = [alert for alert, expr in alerts.items() if re.search(rf"\b{metric.name}(_bucket)?\b", expr)]
        yield (
            f"`{metric.name}`",
            _KINDS[type(metric)],
            ", ".join(metric.labels),
            metric.meaning,
            ", ".join(of),
            ", ".join(asked),
        )


def _names(metrics: Metrics) -> Iterator[str]:
    for family in metrics.registry.collect():
        yield f"{family.name}_total" if family.type == "counter" else family.name


if __name__ == "__main__":
    sys.stdout.write(page(YAML(typ="safe", pure=True).load(Path(sys.argv[1]))))
