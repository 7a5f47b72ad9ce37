"""The output topics, read from given offsets: no group, since the offsets stand with the data they led to."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from pipeline import topics
from pipeline.clients.connection import consumer, require_topics, told
from pipeline.clients.reading import ends_of, partitions_of
from pipeline.settings import Settings

PROJECTED = (topics.SCORES, topics.STAGE_CHANGES, topics.SIGNALS)

_FRESH_SECONDS = 60.0


class Bounds(NamedTuple):
    """Where the topics begin and end, by `<topic>:<partition>`."""

    starts: dict[str, int]
    ends: dict[str, int]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records by `<topic>:<partition>`, and the offsets up to which everything has now been read."""

    records: dict[str, list[ConsumerRecord]]
    positions: dict[str, int]

    @property
    def count(self) -> int:
        """How many records."""
        return sum(map(len, self.records.values()))


async def bounds(settings: Settings) -> Bounds:
    """Where the committed records of the output topics begin and end now. Raises BrokerError."""
    names = topics.names(PROJECTED, settings.kafka.topic_prefix)
    async with consumer(settings) as client:
        await require_topics(client, settings, names)
        partitions = await partitions_of(client, names)
        starts = await client.beginning_offsets(partitions)
        ends = await ends_of(client, partitions)
    known = Names(settings)
    return Bounds(
        {known.of(partition): offset for partition, offset in starts.items()},
        {known.of(partition): offset for partition, offset in ends.items()},
    )


class Names:
    """Partitions by `<topic without prefix>:<number>`, and back."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.kafka.topic_prefix

    def of(self, partition: TopicPartition) -> str:
        """The name of a partition."""
        return f"{partition.topic.removeprefix(self._prefix)}:{partition.partition}"

    def partition(self, name: str) -> TopicPartition:
        """The partition of a name."""
        topic, _, number = name.rpartition(":")
        return TopicPartition(self._prefix + topic, int(number))


class Source:
    """A consumer of committed records. It raises OffsetOutOfRangeError where the topic has no such offset."""

    def __init__(self, settings: Settings, client: AIOKafkaConsumer) -> None:
        self._settings = settings
        self._client = client
        self._names = Names(settings)
        self._assigned: dict[TopicPartition, str] = {}

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings) -> AsyncIterator[Self]:
        """A source that reads nothing yet. Raises BrokerError."""
        client = AIOKafkaConsumer(
            **settings.kafka.client_options(),
            client_id=f"{settings.group_id}-projector",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=1 << 20,
        )
        with told(settings):
            await client.start()
        try:
            yield cls(settings, client)
        finally:
            await client.stop()

    async def bounds(self) -> Bounds:
        """Where the topics begin and end now. Raises BrokerError."""
        return await bounds(self._settings)

    def seek(self, offsets: Mapping[str, int]) -> None:
        """Go on from these offsets."""
        self._assigned = {self._names.partition(name): name for name in offsets}
        # What was fetched for the old places is dropped.
        self._client.unsubscribe()
        self._client.assign(list(self._assigned))
        for partition, name in self._assigned.items():
            self._client.seek(partition, offsets[name])

    async def take(self, most: int, seconds: float) -> Fetched:
        """What there is, waiting for the first record so long at most."""
        found = await self._client.getmany(timeout_ms=int(seconds * 1000), max_records=most)
        positions = {name: await self._client.position(partition) for partition, name in self._assigned.items()}
        return Fetched({self._assigned[partition]: records for partition, records in found.items()}, positions)

    def lags(self) -> dict[str, int]:
        """Records between the places read up to and the topics' ends, as far as the broker has told them."""
        lags = {}
        for partition, name in self._assigned.items():
            end = self._client.last_stable_offset(partition)
            if end is None or end < 0:
                end = self._client.highwater(partition)
            state = self._client._subscription.subscription.assignment.state_value(partition)  # noqa: SLF001
            lags[name] = 0 if end is None or not state.has_valid_position else max(end - state.position, 0)
        return lags

    def is_fresh(self) -> bool:
        """Whether the broker has lately answered for every partition."""
        latest = [self._client.last_poll_timestamp(partition) for partition in self._assigned]
        return all(at is not None and at > (time.time() - _FRESH_SECONDS) * 1000 for at in latest)
