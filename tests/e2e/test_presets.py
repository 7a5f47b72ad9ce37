"""Each preset's sample through broker, agents and checkpoints comes to the files of replay."""

import json

import pytest

from pipeline.codec.instants import format_instant, parse_instant
from tests.e2e.installation import Installation, assert_equal, replayed
from tests.presets.stories import NAMES, sample


def last_instant(name):
    """The time of the sample's last event."""
    times = (json.loads(line)["occurred_at"] for line in sample(name).read_text().splitlines())
    return format_instant(max(map(parse_instant, times)))


def comes_to_the_same(installation, name, folder):
    """Produce the sample, let a worker score it under the preset, and compare all files with replay's."""
    preset, until = f"preset:{name}", last_instant(name)
    installation.environment["LEADTIDE_MODEL"] = preset
    installation.run("produce", sample(name))
    exported = installation.run_to(until, folder / "exported")
    reference = replayed(sample(name), until, folder / "reference", preset)
    assert_equal(exported, reference)
    accounts = [path / "accounts.ndjson" for path in (exported, reference)]
    assert [path.exists() for path in accounts] == [name == "committee"] * 2
    if name == "committee":
        assert accounts[0].read_bytes() == accounts[1].read_bytes()


@pytest.mark.kafka
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_through_kafka_comes_to_the_same_files(on_kafka, name, tmp_path):
    """Scores, stage changes, signals and accounts of each preset's sample are replay's, to the byte, on Kafka."""
    comes_to_the_same(on_kafka, name, tmp_path)


@pytest.mark.embedded
def test_a_sample_through_the_embedded_broker_comes_to_the_same_files(embedded_broker, topic_prefix, tmp_path):
    """So it is on the embedded broker, for the sample with approvals, accounts and SLAs."""
    comes_to_the_same(Installation(embedded_broker, topic_prefix, tmp_path, partitions=3), "committee", tmp_path)
