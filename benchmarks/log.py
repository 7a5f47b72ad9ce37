"""Put a log on a broker, as fast as it goes: full batches, no key hashed, one partition."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.traffic import Record
from pipeline.settings import Settings
from pipeline.streaming.batches import MAX_BATCH_BYTES, OutRecord, build
from pipeline.topic_setup import administrator, create


class Log(NamedTuple):
    """What lies on the broker: records by topic (full name), and how many bytes their values have."""

    records: dict[str, int]
    value_bytes: int

    @property
    def events(self) -> int:
        """Records over all topics."""
        return sum(self.records.values())


def put(settings: Settings, records: Iterable[Record], others: Iterable[str] = ()) -> Log:
    """Create the installation's topics, and `others` (full names, for peers), and send the records."""
    return asyncio.run(_put(settings, records, list(others)))


async def _put(settings: Settings, records: Iterable[Record], others: list[str]) -> Log:
    async with administrator(settings) as admin:
        await create(admin, settings)
        await _create_others(admin, others)
    by_topic: dict[str, list[OutRecord]] = defaultdict(list)
    for record in records:
        by_topic[settings.kafka.topic_prefix + record.topic].append(OutRecord(record.key, record.value))
    producer = AIOKafkaProducer(
        **settings.kafka.client_options(), acks="all", max_batch_size=MAX_BATCH_BYTES, max_request_size=2_000_000
    )
    async with producer:
        for topic, found in by_topic.items():
            for batch in build(producer, topic, 0, found, now_ms=0):
                await (await producer.send_batch(batch.builder, topic, partition=0))
    value_bytes = sum(len(record.value or b"") for found in by_topic.values() for record in found)
    return Log({topic: len(found) for topic, found in by_topic.items()}, value_bytes)


async def _create_others(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    if names:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in names])
