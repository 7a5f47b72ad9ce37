"""Connections that end cleanly, and errors that say what to do."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from pipeline.errors import BrokerError
from pipeline.settings import Settings
from pipeline.topics import INPUT_MAX_BYTES

MAX_RECORD_BYTES = INPUT_MAX_BYTES
"""The largest record that a producer of ours sends."""


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A connected producer: all replicas acknowledge, keys go to partitions by murmur2. Raises BrokerError."""
    with told(settings):
        client = AIOKafkaProducer(
            **settings.kafka.client_options(),
            client_id=f"{settings.group_id}-client",
            acks="all",
            linger_ms=5,
            max_batch_size=256 * 1024,
            max_request_size=MAX_RECORD_BYTES,
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


@asynccontextmanager
async def consumer(settings: Settings, *, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """A connected `read_committed` consumer that commits nothing and joins no group. Raises BrokerError."""
    with told(settings):
        client = AIOKafkaConsumer(
            **settings.kafka.client_options(),
            client_id=f"{settings.group_id}-client",
            group_id=group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


async def require_topics(client: AIOKafkaConsumer | AIOKafkaProducer, settings: Settings, names: Iterable[str]) -> None:
    """Raise BrokerError if one of the topics (full names) is not there; asking for it by name might create it."""
    transport = client.client if isinstance(client, AIOKafkaProducer) else client._client  # noqa: SLF001 - has no other
    cluster = await transport.fetch_all_metadata()
    missing = sorted(set(names) - cluster.topics(exclude_internal_topics=False))
    if missing:
        raise BrokerError(
            f"{settings.kafka.bootstrap_servers} has no topic {', '.join(missing)}: run `leadtide topics create`"
        )


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Turn what goes wrong with the broker into one message with what to do."""
    # The client logs each failed attempt; the message below says it once.
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    except (KafkaError, ConnectionError) as error:
        name = type(error).__name__
        raise BrokerError(
            f"the broker at {settings.kafka.bootstrap_servers} cannot be used ({name}): is it running "
            "(`leadtide broker status`, `leadtide broker start`), and is LEADTIDE_KAFKA__BOOTSTRAP_SERVERS right?"
        ) from error
    finally:
        logger.setLevel(level)


def text_of(header: str, headers: Iterable[tuple[str, Any]]) -> str | None:
    """The value of a record's header as text, or None."""
    for name, value in headers:
        if name == header and value is not None:
            return bytes(value).decode("utf-8", "replace")
    return None
