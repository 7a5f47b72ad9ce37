"""A model that reads what earlier facts were not kept with: stopped, rebuilt, started again."""

import json
import os
import subprocess
from collections import defaultdict
from itertools import pairwise

import pytest

from pipeline.models import read_model_text
from tests.e2e.conftest import UNTIL
from tests.e2e.installation import LEADTIDE, replayed, rows

PRESET = "preset:standard-b2b"
ASSUME = ["--assume-stopped"]
"""The embedded broker lists workers that are gone."""

AT = "2025-03-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """Journeys in order of time, cut in the middle; and a model that reads a property that the preset does not."""
    folder = tmp_path_factory.mktemp("halves")
    command = [*LEADTIDE, "simulate", "--events", "4000", "--poison", "0", "--out", folder / "all.ndjson"]
    subprocess.run(command, check=True, capture_output=True)
    lines = sorted((folder / "all.ndjson").read_text().splitlines(), key=lambda line: json.loads(line)["occurred_at"])
    early = [line for line in lines if json.loads(line)["occurred_at"] <= AT]
    (folder / "before.ndjson").write_text("".join(line + "\n" for line in early))
    (folder / "after.ndjson").write_text("".join(line + "\n" for line in lines[len(early) :]))
    text = read_model_text(PRESET)[0].replace("version: 1\n", "version: 2\n", 1)
    rule = "    - {id: rebuilt-titled, on: web.page_viewed, when: {title: {exists: true}}, points: 4}\n"
    head, found, tail = text.partition("implicit:\n")
    before, rules, after = tail.partition("  rules:\n")
    assert found
    assert rules
    (folder / "new.yaml").write_text((head + found + before + rules + rule + after).replace("points: 60", "points: 30"))
    return folder


def started(here, halves, partitions):
    """A system that has scored the first half under the preset, and is stopped."""
    here.environment["LEADTIDE_KAFKA__PARTITIONS"] = str(partitions)
    here.environment["LEADTIDE_KAFKA__TOPIC_PREFIX"] += "few."
    here.run("topics", "create")
    here.run("produce", halves / "before.ndjson")
    with here.worker():
        here.run("status", "--wait", "--timeout", "60")


def finished(here, halves, out):
    """The second half, up to the end."""
    here.run("produce", halves / "after.ndjson")
    with here.worker():
        here.run("tick", "--until", UNTIL)
        here.run("status", "--wait", "--timeout", "60")
    here.run("export", "--until", UNTIL, "--out", out)
    return out


def assert_rebuilt(exported, halves, tmp_path, said):
    """Every score is the reference's under the new model; each lead's `seq` is 1..n, each change follows the last."""
    reference = replayed(halves / "all.ndjson", UNTIL, tmp_path / "reference", halves / "new.yaml")
    assert rows(exported, "scores") == rows(reference, "scores")
    changes = defaultdict(list)
    for row in rows(exported, "stage-changes"):
        changes[row["lead_id"]].append(row)
    for lead, told in changes.items():
        assert [row["seq"] for row in told] == list(range(1, len(told) + 1)), lead
        for first, second in pairwise(told):
            assert second["cause"] == "merge" or second["from_stage"] == first["to_stage"], (lead, first, second)
    caused = [row for told in changes.values() for row in told if row["cause"] == "model_change"]
    assert len(caused) == sum(move["leads"] for move in said["moves"]) > 0


PARTITIONS = 3


def test_a_rebuilt_system_goes_on_as_if_the_model_had_always_been_in_force(installation, halves, tmp_path):
    """Rebuilt in the middle of the log, the rest scored: the scores are those of a replay under the new model."""
    here, new = installation, halves / "new.yaml"
    started(here, halves, PARTITIONS)
    here.run("model", "activate", new, "--yes", code=2)
    tried = json.loads(here.run("rebuild", *ASSUME, "--model", new, "--dry-run", "--json"))
    assert here.run("model", "show", "--running") != new.read_text()
    said = json.loads(here.run("rebuild", *ASSUME, "--model", new, "--yes", "--json"))
    assert said["moves"] == tried["moves"]
    assert said["partitions"] == PARTITIONS
    assert here.run("model", "show", "--running") == new.read_text()
    assert_rebuilt(finished(here, halves, tmp_path / "exported"), halves, tmp_path, said)


@pytest.mark.kafka
def test_a_rebuild_that_is_killed_is_mended_by_another(on_kafka, halves, tmp_path):
    """Killed with -9 between or inside partitions, run again: it ends as one that was not, and nobody is told twice."""
    here, new, point = on_kafka, halves / "new.yaml", "after_data:2"
    started(here, halves, PARTITIONS)
    said = json.loads(here.run("rebuild", *ASSUME, "--model", new, "--dry-run", "--json"))
    command = [*LEADTIDE, "rebuild", *ASSUME, "--model", str(new), "--yes"]
    killed = subprocess.run(
        command, env=os.environ | here.environment | {"LEADTIDE_FAILPOINT": point}, capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    here.run("rebuild", *ASSUME, "--model", new, "--yes")
    assert_rebuilt(finished(here, halves, tmp_path / "exported"), halves, tmp_path, said)


@pytest.mark.kafka
def test_while_workers_run_nothing_is_rebuilt(on_kafka, halves):
    """With a member in the group it is refused, and the table stays as it is."""
    here, new = on_kafka, halves / "new.yaml"
    started(here, halves, 1)
    with here.worker():
        here.run("status", "--wait", "--timeout", "60")
        here.run("rebuild", "--model", new, "--yes", code=2)
    assert here.run("model", "show", "--running") != new.read_text()
