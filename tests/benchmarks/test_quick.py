"""`make bench-quick` in small: the whole way, not the figures."""

import json
import subprocess
import sys

import pytest


@pytest.mark.kafka
def test_every_engine_is_measured_on_every_job(tmp_path):
    """Each row has a figure a round, of events that were committed and of CPU that was used."""
    out = tmp_path / "rows.json"
    command = [sys.executable, "-m", "benchmarks.quick", "--rounds", "1", "--seconds", "1", "--events", "40000"]
    done = subprocess.run([*command, "--out", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())["rows"]
    assert [(row["job"], row["engine"], row["delivery"], row["format"]) for row in rows] == [
        ("full", "leadtide", "exactly-once", "json"),
        ("full", "faust", "at-least-once", "json"),
        ("sum", "leadtide", "exactly-once", "json"),
        ("sum", "faust", "at-least-once", "json"),
    ]
    for row in rows:
        assert len(row["events_per_s"]) == len(row["cpu_us_per_event"]) == 1
        assert row["events_per_s"][0] > 0
        assert row["cpu_us_per_event"][0] > 0
    assert "CPU µs/event" in done.stdout
