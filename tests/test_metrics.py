"""The exposition as a Prometheus server reads it."""

import ast
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from pipeline import topics
from pipeline.bootstrap import metrics_of
from pipeline.metrics import (
    OTHER,
    REASONS,
    SIGNALS,
    Direction,
    Form,
    Metrics,
    ProjectorMetrics,
    Result,
    WorkerMetrics,
    labels,
    table,
)
from pipeline.models import load_model

ROOT = Path(__file__).parent.parent
PIPELINE = ROOT / "pipeline"
UNITS = ("_total", "_seconds", "_bytes", "_info", "_records", "_leads", "_partitions", "_entries")
STATES = ("leadtide_ready", "leadtide_standby", "leadtide_partition_owned", "leadtide_redis_up", "leadtide_rebuilding")
LABELS = {
    "topic": {topic.name for topic in topics.CONSUMED},
    "result": set(Result),
    "form": set(Form),
    "direction": set(Direction),
    "signal": SIGNALS | {OTHER},
    "partition": {"0"},
    "reason": REASONS | {OTHER},
}


def families(metrics: Metrics) -> dict:
    return {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}


@pytest.fixture(scope="module")
def model():
    return load_model("preset:standard-b2b")


def test_every_name_has_the_prefix_a_unit_and_a_meaning(model):
    for name, family in families(metrics_of(model)).items():
        exposed = f"{name}_total" if family.type == "counter" else name
        assert name.startswith(("leadtide_", "process_")), name
        assert exposed.startswith("process_") or exposed.endswith(UNITS) or exposed in STATES, exposed
        assert family.documentation, name


def test_every_label_value_is_known_beforehand(model):
    stages = {stage.id for stage in model.lifecycle.stages}
    known = LABELS | {"from_stage": stages | {OTHER}, "to_stage": stages | {OTHER}}
    for family in families(metrics_of(model)).values():
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label in known:
                    assert value in known[label], sample
                else:
                    assert label == "le" or family.name.endswith("_info"), sample


def test_known_label_sets_begin_at_zero(model):
    found = families(metrics_of(model))
    assert {sample.value for sample in found["leadtide_events"].samples} == {0}
    assert len(found["leadtide_events"].samples) == len(Result) * len(topics.CONSUMED)
    assert {sample.labels["reason"] for sample in found["leadtide_dead_letters"].samples} == REASONS | {OTHER}
    moves = {(s.labels["from_stage"], s.labels["to_stage"]) for s in found["leadtide_stage_changes"].samples}
    assert moves == {(source, move.to) for move in model.lifecycle.transitions for source in move.sources}


def test_what_is_not_known_counts_as_other():
    metrics = WorkerMetrics(stages=["lead"])
    assert [metrics.stage(name) for name in ("lead", "ada@example.com", None)] == ["lead", OTHER, OTHER]
    assert [labels.reason(code) for code in ("not_json", "crash_loop", "7f3a")] == ["not_json", "crash_loop", OTHER]


def test_every_reason_that_the_code_gives_is_known():
    given = set()
    for path in PIPELINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"Refused", "Rejection"}
            ):
                given |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REASON":
                given.add(ast.literal_eval(node.value))
    assert {"unreadable_message", "crash_loop"} <= given
    assert given <= REASONS


def test_two_workers_in_one_process_do_not_share_counts():
    one, other = WorkerMetrics(), WorkerMetrics()
    one.recovered_leads.inc(3)
    assert families(one)["leadtide_recovered_leads"].samples[0].value == 3
    assert families(other)["leadtide_recovered_leads"].samples[0].value == 0


def test_the_documentation_is_written_from_the_catalogue():
    """docs/metrics.md is what `python -m pipeline.metrics.table` writes, and has every metric of every process once."""
    rules = YAML(typ="safe", pure=True).load(ROOT / "deploy" / "prometheus" / "rules" / "alerts.yml")
    text = (ROOT / "docs" / "metrics.md").read_text()
    assert text == table.page(rules), "run the command at its head"
    rows = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `leadtide_")}
    assert list(rows) == [metric.name for metric in table.every_metric()]
    assert "LeadtideStandsStill" in rows["leadtide_lag_records"]
    assert "worker, projector" in rows["leadtide_lag_records"]
    assert "LeadtideCheckpointsSlow" in rows["leadtide_checkpoint_seconds"]


def test_no_metric_is_in_the_catalogue_that_no_process_has():
    """Each name of the catalogue is exposed by the worker or the projector."""
    exposed = set()
    for metrics in (WorkerMetrics(model=("m", "1")), ProjectorMetrics()):
        for name, family in families(metrics).items():
            exposed.add(f"{name}_total" if family.type == "counter" else name)
    assert {metric.name for metric in table.every_metric()} <= exposed
