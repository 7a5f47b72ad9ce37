"""Real brokers for the tests, one of each kind for the whole run."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline import brokers


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """The bootstrap address of an embedded broker. Mark the tests that take it `embedded`."""
    with brokers.running("embedded") as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[str]:
    """The bootstrap address of an Apache Kafka. Mark the tests that take it `kafka`."""
    with brokers.running("kafka") as bootstrap:
        yield bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """A prefix of this test's own, so that tests can share a broker."""
    return f"t{uuid4().hex[:8]}."


@pytest.fixture(scope="session")
def access_log() -> Path:
    """The real access log beside the repository, or where LEADTIDE_TEST_DATA says; CI must have it."""
    default = Path(__file__).parents[1].parent / "shared" / "data"
    path = Path(os.environ.get("LEADTIDE_TEST_DATA", default)) / "access_log_2015.gz"
    if not path.exists():
        message = f"{path} is missing: set LEADTIDE_TEST_DATA to the folder of the real data"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
