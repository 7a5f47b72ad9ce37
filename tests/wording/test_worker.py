"""The worker tells titles in the language of its settings, as a replay in that language does."""

import subprocess

import pytest

from tests.e2e.installation import FILES, LEADTIDE, Installation, rows

pytestmark = pytest.mark.embedded

UNTIL = "2025-06-01T00:00:00.000Z"


def test_a_worker_in_chinese_comes_to_the_files_of_a_replay_in_chinese(embedded_broker, topic_prefix, tmp_path):
    """Stage changes, signals and ledgers are equal to the byte, and their titles are in traditional characters."""
    installation = Installation(embedded_broker, topic_prefix, tmp_path, partitions=2)
    installation.environment["LEADTIDE_LANGUAGE"] = "zh_HK"
    events, exported, reference = tmp_path / "events.ndjson", tmp_path / "exported", tmp_path / "reference"
    installation.run("simulate", "--people", "15", "--days", "60", "--poison", "0", "--out", events)
    installation.run("produce", events)
    installation.run_to(UNTIL, exported)
    installation.run("export", "--until", UNTIL, "--explain", "--out", exported)
    command = [*LEADTIDE, "replay", "--until", UNTIL, "--explain", "--language", "zh-TW", "--out", reference, events]
    subprocess.run(command, check=True, capture_output=True)
    for name in FILES[:3]:
        assert (exported / f"{name}.ndjson").read_bytes() == (reference / f"{name}.ndjson").read_bytes(), name
    titles = {reason["title"] for change in rows(exported, "stage-changes") for reason in change["reasons"]}
    assert titles >= {"瀏覽頁面", "目標產業"}
