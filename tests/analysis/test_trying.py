"""Two models over the same events: leads per stage before and after, and the leads that move."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from pipeline.analysis.trying import try_both
from pipeline.cli.model import app
from pipeline.models import parse_model
from pipeline.ndjson import read_lines

MODEL = """\
id: m
version: 1
implicit:
  rules:
    - {{id: visit, on: web.visit_started, points: {points}}}
    - {{id: chat, on: web.chat_started, points: 1}}
lifecycle:
  entry: visitor
  stages: {{visitor: {{}}, warm: {{}}, {last}: {{}}}}
  transitions:
    - {{from: visitor, to: warm, when: {{implicit: {{at_least: 20}}}}, sticky: true}}
    - {{from: warm, to: {last}, when: {{implicit: {{at_least: 40}}}}, sticky: true}}
"""
OLD, NEW = MODEL.format(points=10, last="hot"), MODEL.format(points=20, last="boiling")


@pytest.fixture
def events(tmp_path):
    """Lead a visits once, b twice, c chats."""
    path = tmp_path / "events.ndjson"
    facts = [
        ("a", "web.visit_started"),
        ("b", "web.visit_started"),
        ("b", "web.visit_started"),
        ("c", "web.chat_started"),
    ]
    path.write_text(
        "".join(
            json.dumps({"event_id": f"e{i}", "type": kind, "occurred_at": f"2026-03-02T09:0{i}:00Z", "lead_id": lead})
            + "\n"
            for i, (lead, kind) in enumerate(facts)
        )
    )
    return path


@pytest.fixture
def models(tmp_path):
    paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for path, text in zip(paths, (OLD, NEW), strict=True):
        path.write_text(text)
    return [str(path) for path in paths]


def test_stages_of_both_models_are_counted_before_and_after(events):
    trial = try_both(parse_model(OLD), parse_model(NEW), list(read_lines([str(events)])))
    assert trial.leads == 3
    assert trial.stages == {"visitor": (2, 1), "warm": (1, 1), "hot": (0, 0), "boiling": (0, 1)}
    assert trial.announced == (1, 3)


def test_leads_that_move_are_told_those_of_another_stage_first_and_the_far_ones_before_the_near(events):
    trial = try_both(parse_model(OLD), parse_model(NEW), list(read_lines([str(events)])))
    told = [(m.old["lead_id"], m.old["stage"], m.new["stage"], m.old["total"], m.new["total"]) for m in trial.moves]
    assert told == [("b", "warm", "boiling", 20.0, 40.0), ("a", "visitor", "warm", 10.0, 20.0)]


def test_the_same_model_moves_nobody(events):
    trial = try_both(parse_model(OLD), parse_model(OLD), list(read_lines([str(events)])))
    assert (trial.moves, trial.announced) == ((), (1, 1))


def test_progress_is_told_of_both_runs_together(events):
    told = []
    try_both(parse_model(OLD), parse_model(NEW), list(read_lines([str(events)])), lambda *done: told.append(done))
    assert told == sorted(told)
    assert {of for _, of in told} == {8}
    assert told[-1] == (8, 8)


def run(*args):
    return CliRunner().invoke(app, ["diff", *args], catch_exceptions=False)


def test_the_command_shows_stages_and_leads(models, events):
    shown = run(*models, "--events", str(events)).stdout
    assert "3 leads: 2 in another stage, 2 with another score or stage; 1 stage changes → 3" in shown
    words = [line.split() for line in shown.splitlines()]
    assert ["visitor", "2", "1", "-1"] in words
    assert ["b", "warm", "→", "boiling", "0.0", "20.0", "→", "40.0", "20.0", "→", "40.0", "D4", "→", "D3"] in words


def test_the_command_shows_no_more_leads_than_asked_for_and_says_how_many_are_left(models, events):
    result = run(*models, "--events", str(events), "--top", "1")
    assert "and 1 more: --top 2, or --json" in result.stderr
    assert not any(line.split()[:1] == ["a"] for line in result.stdout.splitlines())


def test_programs_get_every_lead_that_moves(models, events):
    trial = SimpleNamespace(**json.loads(run(*models, "--events", str(events), "--top", "0", "--json").stdout)["trial"])
    assert trial.stages["boiling"] == {"old": 0, "new": 1}
    assert trial.stage_changes == {"old": 1, "new": 3}
    assert [move["lead_id"] for move in trial.moves] == ["b", "a"]
    scores = {"explicit": 0.0, "implicit": 40.0, "total": 40.0}
    assert trial.moves[0]["new"] == {"stage": "boiling", "grade": "D3"} | scores


def test_signals_of_both_models_are_counted_before_and_after(models, events, tmp_path):
    """Approvals and overdue calls are work of people: how much more there will be is part of what a change does."""
    asked = tmp_path / "asked.yaml"
    approved = "sticky: true, approvals: [{step: boss, within: 1s}]}\n    - {from: warm"
    asked.write_text(OLD.replace("sticky: true}\n    - {from: warm", approved))
    old = models[0]
    result = run(old, str(asked), "--events", str(events))
    words = [line.split() for line in result.stdout.splitlines()]
    assert ["approval_requested", "0", "1", "+1"] in words
    found = json.loads(run(str(asked), old, "--events", str(events), "--json").stdout)["trial"]["signals"]
    assert found["approval_requested"] == {"old": 1, "new": 0}
    assert found["approval_overdue"] == {"old": 1, "new": 0}
    assert "signal" not in run(*models, "--events", str(events)).stdout
