"""The same events through broker, agents and checkpoints come to the same files as in one process."""

import json
import subprocess

from tests.e2e.conftest import UNTIL
from tests.e2e.installation import LEADTIDE, assert_equal, replayed, rows

LOG_UNTIL = "2015-05-21T00:00:00.000Z"


VISITORS = """
id: visitors
version: 1
implicit:
  decay: {half_life: 1d}
  rules:
    - {id: page, on: web.page_viewed, points: 2, limit: {count: 20, per: 24h}}
lifecycle:
  entry: cold
  stages: {cold: {}, warm: {}}
  transitions:
    - {from: cold, to: warm, when: {implicit: {at_least: 15}}, leave: {implicit: {at_least: 8}}}
"""


def test_a_real_access_log_comes_to_the_same_files(installation, access_log, tmp_path):
    """A real site's log is scored by the worker as by replay, to the byte, under a model that moves visitors."""
    events, model = tmp_path / "log.ndjson", tmp_path / "visitors.yaml"
    model.write_text(VISITORS)
    installation.environment["LEADTIDE_MODEL"] = str(model)
    installation.run("import", "access-log", access_log, "--out", events)
    installation.run("produce", events)
    exported = installation.run_to(LOG_UNTIL, tmp_path / "exported")
    assert_equal(exported, replayed(events, LOG_UNTIL, tmp_path / "reference", model))
    assert len(rows(exported, "scores")) > 1_000
    assert {row["direction"] for row in rows(exported, "stage-changes")} == {"up", "down"}


def test_simulated_journeys_come_to_the_same_files(installation, journeys, journeys_reference, tmp_path):
    """Journeys with absorptions, step-downs, signals and poison are scored by the worker as by replay, to the byte."""
    installation.run("produce", journeys)
    assert_equal(installation.run_to(UNTIL, tmp_path / "exported"), journeys_reference)


def test_the_simulated_journeys_hold_what_they_are_there_for(journeys, journeys_reference):
    """The reference is no trivial one: enough events, absorptions, step-downs, signals and dead letters."""
    scores, changes = rows(journeys_reference, "scores"), rows(journeys_reference, "stage-changes")
    assert len(journeys.read_bytes().splitlines()) >= 20_000
    assert sum(len(row["aliases"]) for row in scores) >= 500
    assert sum(row["direction"] == "down" for row in changes) >= 100
    assert len(rows(journeys_reference, "dead-letters")) >= 50
    told = {row["signal"] for row in rows(journeys_reference, "signals")}
    assert told >= {"duplicate_suspected", "shared_visitor", "surge", "cooling", "re_engaged", "nurture"}
    assert {row["trend"] for row in scores} >= {"steady", "declining"}


def test_self_declared_crawlers_score_nothing_and_say_why(access_log, tmp_path):
    """A visitor with a crawler's user agent has no points, and its ledger names the crawler."""
    events = tmp_path / "log.ndjson"
    importing = [*LEADTIDE, "import", "access-log", access_log, "--out", events]
    subprocess.run(importing, check=True, capture_output=True)
    out = tmp_path / "out"
    replay = [*LEADTIDE, "replay", "--explain", "--out", out, events]
    subprocess.run(replay, check=True, capture_output=True)
    found = [row for row in rows(out, "scores") if "bot: crawler" in str(row["ledger"])]
    assert len(found) > 20
    assert all(row["implicit"] == 0.0 for row in found)
    googlebot = next(line for line in events.read_text().splitlines() if "Googlebot" in line)
    visitor = googlebot.split('"visitor_id":"')[1].split('"')[0]
    assert f"v:{visitor}" in {row["lead_id"] for row in found}


def test_a_back_fill_marks_old_transitions_as_history(installation, tmp_path):
    """With --announce-from, transitions before that instant carry `history`; what is exported equals replay."""
    events = tmp_path / "events.ndjson"
    forms = [("2026-01-01T00:00:00Z", "a@acme.example"), ("2026-02-01T00:00:00Z", "b@acme.example")]
    lines = [
        {"event_id": f"e-{number}", "type": "form.submitted", "occurred_at": at, "email": email}
        for number, (at, email) in enumerate(forms)
    ]
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    installation.run("produce", events)
    with installation.worker("--announce-from", "2026-01-15"):
        installation.run("tick", "--until", "2026-03-01")
        installation.run("status", "--wait", "--timeout", "60")
    output = installation.run("tail", "stage-changes", "--from-beginning", "--json", "--no-follow")
    changes = [json.loads(line) for line in output.splitlines()]
    assert sorted((c["email"], c.get("history", False)) for c in changes) == [
        ("a@acme.example", True),
        ("b@acme.example", False),
    ]
    installation.run("export", "--until", "2026-03-01", "--out", tmp_path / "exported")
    assert_equal(tmp_path / "exported", replayed(events, "2026-03-01", tmp_path / "reference"))
