"""Another model in mid-stream, on a running system: the files are those of a replay with the change at that place."""

import json
import subprocess

import pytest

from pipeline.models import read_model_text
from tests.e2e.conftest import UNTIL
from tests.e2e.installation import LEADTIDE, assert_equal, rows

PRESET = "preset:standard-b2b"
AT = "2025-03-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """Journeys in order of time, cut at the change; and another model, stricter, with other points."""
    folder = tmp_path_factory.mktemp("halves")
    command = [*LEADTIDE, "simulate", "--events", "4000", "--poison", "0", "--out", folder / "all.ndjson"]
    subprocess.run(command, check=True, capture_output=True)
    lines = sorted((folder / "all.ndjson").read_text().splitlines(), key=lambda line: json.loads(line)["occurred_at"])
    early = [line for line in lines if json.loads(line)["occurred_at"] <= AT]
    (folder / "before.ndjson").write_text("".join(line + "\n" for line in early))
    (folder / "after.ndjson").write_text("".join(line + "\n" for line in lines[len(early) :]))
    text = read_model_text(PRESET)[0].replace("version: 1\n", "version: 2\n", 1)
    changed = text.replace("points: 60", "points: 30").replace("half_life: 14d", "half_life: 21d", 1)
    changed = changed.replace("leave: {implicit: {at_least: 10}}", "leave: {implicit: {at_least: 25}}")
    assert changed != text
    (folder / "new.yaml").write_text(changed)
    return folder


def reference(halves, out):
    command = [*LEADTIDE, "replay", "--model", PRESET, "--then", f"{AT}={halves / 'new.yaml'}", "--until", UNTIL]
    command += ["--out", out, halves / "before.ndjson", halves / "after.ndjson"]
    subprocess.run(command, check=True, capture_output=True)
    return out


def test_a_change_in_mid_stream_ends_as_a_replay_with_it(installation, halves, tmp_path):
    """Half the log, another model, the other half: scores, stage changes and signals equal the reference's bytes."""
    here, new = installation, halves / "new.yaml"
    here.run("produce", halves / "before.ndjson")
    with here.worker():
        here.run("status", "--wait", "--timeout", "120")
        forecast = json.loads(here.run("model", "activate", new, "--at", AT, "--dry-run", "--json"))
        said = json.loads(here.run("model", "activate", new, "--at", AT, "--yes", "--json", "--timeout", "120"))
        assert said["moves"] == forecast["moves"]
        here.run("produce", halves / "after.ndjson")
        here.run("tick", "--until", UNTIL)
        here.run("status", "--wait", "--timeout", "120")
    here.run("export", "--until", UNTIL, "--out", tmp_path / "exported")
    expected = reference(halves, tmp_path / "reference")
    assert_equal(tmp_path / "exported", expected)
    caused = [row for row in rows(expected, "stage-changes") if row["cause"] == "model_change"]
    assert len(caused) == sum(move["leads"] for move in said["moves"]) > 0
    assert here.run("model", "show", "--running") == new.read_text()


@pytest.mark.kafka
def test_a_worker_killed_while_leads_come_over_is_followed_by_one_that_goes_on(on_kafka, halves, tmp_path):
    """Killed with -9 right after the change was sent, the next worker ends in the same files."""
    here, new = on_kafka, halves / "new.yaml"
    here.environment["LEADTIDE_CHECKPOINT__MAX_CHANGES"] = "20"
    here.run("produce", halves / "before.ndjson")
    with here.worker():
        here.run("status", "--wait", "--timeout", "120")
    here.run("model", "activate", new, "--at", AT, "--yes", "--no-wait")
    victim = here.start_worker(LEADTIDE_FAILPOINT="after_data:4")
    assert victim.wait(120) == -9, here.worker_log()
    here.run("produce", halves / "after.ndjson")
    with here.worker():
        here.run("tick", "--until", UNTIL)
        here.run("status", "--wait", "--timeout", "120")
    here.run("export", "--until", UNTIL, "--out", tmp_path / "exported")
    assert_equal(tmp_path / "exported", reference(halves, tmp_path / "reference"))
