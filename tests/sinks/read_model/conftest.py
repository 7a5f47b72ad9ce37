"""A real Redis-compatible server, and a log in memory that stands in for the topics."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from pipeline import stores
from pipeline.settings import KafkaSettings, RedisSettings, Settings
from pipeline.sinks.read_model.keys import Keys


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a server for the whole run; each test has a prefix of its own."""
    with stores.running() as url:
        yield url


@pytest.fixture
def settings(redis_url) -> Settings:
    """An installation of this test's own."""
    kafka = KafkaSettings(topic_prefix=f"t{uuid4().hex[:8]}.")
    return Settings(kafka=kafka, redis=RedisSettings(url=redis_url, lease_seconds=1.0, timeout_seconds=2.0))


@pytest.fixture
def keys(settings) -> Keys:
    """Its keys."""
    return Keys.of(settings)


@pytest.fixture
async def client(redis_url):
    """A client to look with."""
    async with Redis.from_url(redis_url) as found:
        yield found
