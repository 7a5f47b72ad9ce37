"""The same events in three forms on the wire come to the same files."""

import subprocess

import pytest

from tests.e2e.conftest import UNTIL
from tests.e2e.installation import FILES, LEADTIDE, Installation, assert_equal, replayed, rows
from tests.registry import apicurio, twin

SAME = FILES[:3]


@pytest.fixture(
    params=[pytest.param("embedded", marks=pytest.mark.embedded), pytest.param("kafka", marks=pytest.mark.kafka)]
)
def place(request, tmp_path):
    """A broker, and a registry beside it: with real Kafka a real one."""
    broker = request.getfixturevalue(f"{request.param}_broker")
    if request.param == "embedded":
        with twin.running() as here:
            yield broker, here.url
    else:
        with apicurio.running(tmp_path) as address:
            yield broker, address


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    path = tmp_path_factory.mktemp("forms") / "events.ndjson"
    subprocess.run([*LEADTIDE, "simulate", "--events", "3000", "--out", path], check=True, capture_output=True)
    return path


def test_events_as_json_single_object_and_registered_avro_come_to_identical_files(
    place, topic_prefix, events, tmp_path
):
    """Scores, stage changes and signals are equal to the byte whatever the events and the outputs were written in.

    Dead letters are the same records. They are compared without topic, place and reason: each form has topics of its
    own, and a frame of a registry is `unsupported_format` without one and `unknown_schema` with one.
    """
    broker, registry = place
    forms = {
        "json": ({"LEADTIDE_JSON_OUTPUTS": "true"}, ["--format", "json"]),
        "avro": ({}, ["--format", "avro"]),
        "confluent": ({"LEADTIDE_REGISTRY__URL": registry}, ["--format", "confluent"]),
    }
    exported = {}
    for name, (environment, options) in forms.items():
        here = Installation(broker, f"{topic_prefix}{name}.", tmp_path / name)
        here.environment |= environment
        here.run("produce", events, *options)
        exported[name] = here.run_to(UNTIL, tmp_path / name / "exported")
        changes = here.run("tail", "stage-changes", "--from-beginning", "--no-follow")
        assert len(changes.splitlines()) == len(rows(exported[name], "stage-changes"))
    reference = replayed(events, UNTIL, tmp_path / "reference")
    assert_equal(exported["json"], reference)
    for name in SAME:
        assert len({(folder / f"{name}.ndjson").read_bytes() for folder in exported.values()}) == 1, name
        assert rows(reference, name)
    buried = [sorted(row["sha256"] for row in rows(folder, "dead-letters")) for folder in exported.values()]
    assert buried[0] == buried[1] == buried[2] != []
    reasons = {row["reason"] for row in rows(exported["confluent"], "dead-letters")}
    assert "unknown_schema" in reasons
