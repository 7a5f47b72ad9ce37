"""Events and references that several tests share, and the two kinds of brokers."""

import subprocess

import pytest

from tests.e2e.installation import LEADTIDE, Installation, replayed

UNTIL = "2026-08-01T00:00:00.000Z"


@pytest.fixture(
    params=[pytest.param("embedded", marks=pytest.mark.embedded), pytest.param("kafka", marks=pytest.mark.kafka)]
)
def installation(request, topic_prefix, tmp_path):
    """An installation on each kind of broker."""
    return Installation(request.getfixturevalue(f"{request.param}_broker"), topic_prefix, tmp_path)


@pytest.fixture
def on_kafka(kafka_broker, topic_prefix, tmp_path):
    """An installation on Apache Kafka, for what takes long and is the same elsewhere."""
    return Installation(kafka_broker, topic_prefix, tmp_path)


@pytest.fixture(scope="session")
def journeys(tmp_path_factory):
    """Simulated events over all four topics."""
    path = tmp_path_factory.mktemp("journeys") / "events.ndjson"
    subprocess.run([*LEADTIDE, "simulate", "--events", "20500", "--out", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def journeys_reference(journeys, tmp_path_factory):
    """What the simulated events come to."""
    return replayed(journeys, UNTIL, tmp_path_factory.mktemp("reference"))
