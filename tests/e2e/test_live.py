"""Under the live clock a lead steps down by itself, at the very millisecond its interest ends."""

import json
from datetime import UTC, datetime, timedelta

MODEL = """
id: brief
version: 1
implicit:
  rules:
    - {id: demo, on: form.submitted, points: 50, decay: {window: 4s}}
lifecycle:
  entry: lead
  stages: {lead: {}, mql: {}}
  transitions:
    - {from: lead, to: mql, when: {implicit: {at_least: 40}}, leave: {implicit: {at_least: 40}}}
"""


def test_interest_that_ends_is_announced_without_another_event(installation, tmp_path):
    """A form makes a lead MQL; four seconds after it, to the millisecond, the lead is back, by a tick and no event."""
    model, events = tmp_path / "brief.yaml", tmp_path / "events.ndjson"
    model.write_text(MODEL)
    installation.environment |= {"LEADTIDE_CLOCK": "live", "LEADTIDE_MODEL": str(model)}
    with installation.worker():
        at = datetime.now(UTC)
        event = {
            "event_id": "e-1",
            "type": "form.submitted",
            "occurred_at": at.isoformat(timespec="milliseconds"),
            "email": "ann@acme.example",
        }
        events.write_text(json.dumps(event) + "\n")
        installation.run("produce", events)
        output = installation.run("tail", "stage-changes", "--from-beginning", "--json", "--limit", "2")
    up, down = (json.loads(line) for line in output.splitlines())
    assert (up["from_stage"], up["to_stage"], up["cause"], up["trigger_event_id"]) == ("lead", "mql", "activity", "e-1")
    assert (down["from_stage"], down["to_stage"], down["cause"]) == ("mql", "lead", "decay")
    gone = datetime.fromisoformat(down["occurred_at"]) - datetime.fromisoformat(up["occurred_at"])
    assert gone == timedelta(seconds=4)
    assert down["decided_at"] >= down["occurred_at"]


def test_another_model_on_the_same_table_is_said_at_the_start(installation, tmp_path):
    """A worker whose settings name another model goes on with the one in force and says so: two are never mixed."""
    model, events = tmp_path / "brief.yaml", tmp_path / "events.ndjson"
    model.write_text(MODEL)
    event = {"event_id": "e", "type": "form.submitted", "occurred_at": "2026-01-01T00:00:00Z", "lead_id": "l"}
    events.write_text(json.dumps(event) + "\n")
    installation.run("produce", events)
    with installation.worker(LEADTIDE_MODEL=str(model)):
        installation.run("status", "--wait", "--timeout", "60")
    assert "is not used" not in installation.worker_log()
    installation.run("produce", events)
    with installation.worker():
        installation.run("status", "--wait", "--timeout", "60")
    assert "the model in force is brief 1+" in installation.worker_log()
