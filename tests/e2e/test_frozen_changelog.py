"""An upgrade over a changelog that an earlier version wrote: its profiles are read, and the files are the same."""

import asyncio
import base64
import gzip
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.codec.instants import format_instant
from pipeline.topics import PROFILES_CHANGELOG
from tests.e2e.installation import Installation, rows

pytestmark = pytest.mark.embedded

PREFIX = "frozen."
"""The frozen marker names its topics so."""
UNTIL = "2025-09-01T00:00:00Z"
FROZEN = sorted((Path(__file__).parents[1] / "data").glob("changelog-v*"))


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def frozen(request):
    """The folder of one frozen version."""
    return request.param


def lines(path):
    return gzip.decompress(path.read_bytes()).splitlines()


async def fill_changelog(here, frozen):
    """Put the frozen records into the changelog, in their order."""
    records = [json.loads(line) for line in lines(frozen / "changelog.ndjson.gz")]
    async with AIOKafkaProducer(
        bootstrap_servers=here.environment["LEADTIDE_KAFKA__BOOTSTRAP_SERVERS"], max_request_size=1 << 20
    ) as producer:
        for record in records:
            key, value = base64.b64decode(record["key"]), base64.b64decode(record["value"])
            await producer.send_and_wait(PREFIX + PROFILES_CHANGELOG.name, value, key=key, partition=0)


def test_profiles_of_an_earlier_version_are_read_after_an_upgrade(frozen, embedded_broker, tmp_path):
    """A worker that finds an old version's table goes on from there: the files are those of that version's replay."""
    here = Installation(embedded_broker, PREFIX, tmp_path, partitions=1)
    here.environment["LEADTIDE_MODEL"] = str(frozen / "model.yaml")
    here.run("produce", frozen / "before.ndjson.gz")
    asyncio.run(fill_changelog(here, frozen))
    here.run("produce", frozen / "after.ndjson.gz")
    exported = tmp_path / "exported"
    with here.worker():
        here.run("tick", "--until", UNTIL)
        here.run("status", "--wait", "--timeout", "90")
    here.run("export", "--until", UNTIL, "--out", exported)

    scores = [json.loads(line) for line in lines(frozen / "expected" / "scores.ndjson.gz")]
    found = {row["lead_id"]: row for row in rows(exported, "scores")}
    assert len(scores) > 150
    # A later version may know more of a lead, never anything else.
    assert [{name: found[row["lead_id"]][name] for name in row} for row in scores] == scores
    assert len(found) == len(scores)

    # What was announced before the upgrade lies on topics that this installation does not have.
    changes = rows(exported, "stage-changes")
    expected = {}
    for line in lines(frozen / "expected" / "stage-changes.ndjson.gz"):
        row = json.loads(line)
        expected[row["lead_id"], row["seq"]] = row
    said = ("from_stage", "to_stage", "direction", "occurred_at", "cause", "trigger_event_id", "total", "reasons")
    assert len(changes) > 100
    for change in changes:
        row = expected.pop((change["lead_id"], change["seq"]))
        assert [change[name] for name in said] == [row[name] for name in said]
    assert expected
    assert max(row["occurred_at"] for row in expected.values()) <= scored_until(frozen)


def scored_until(frozen):
    """The partition's time in the frozen marker."""
    *_, marker = lines(frozen / "changelog.ndjson.gz")
    state = json.loads(base64.b64decode(json.loads(marker)["value"]))["state"]
    return format_instant(state["time"])
