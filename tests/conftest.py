"""Real brokers for the tests, one of each kind for the whole run."""

from collections.abc import Iterator
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
