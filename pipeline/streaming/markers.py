"""The last marker of each partition, for processes that ask how far the workers are."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.clients.connection import consumer, require_topics
from pipeline.settings import Settings
from pipeline.streaming.marker import MARKER_KEY, Marker, unpack
from pipeline.topics import PROFILES_CHANGELOG

_REACH = 64
"""How far from the end to look first: a marker is the last record of every checkpoint."""

_POLL_MS = 200


async def read_markers(settings: Settings) -> dict[int, Marker]:
    """Partition → its last committed marker; a partition without a checkpoint is left out.

    Raises:
        BrokerError: the broker or the changelog is not there.
        RecoveryError: a marker cannot be read.
    """
    topic = PROFILES_CHANGELOG.full_name(settings.kafka.topic_prefix)
    async with consumer(settings) as client:
        await require_topics(client, settings, [topic])
        partitions = [TopicPartition(topic, number) for number in range(settings.kafka.partitions)]
        starts = await client.beginning_offsets(partitions)
        ends = await client.end_offsets(partitions)
        found: dict[int, Marker] = {}
        for partition in partitions:
            value = await _last(client, partition, starts[partition], ends[partition])
            if value is not None:
                found[partition.partition] = unpack(value)
    return found


async def _last(client: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> bytes | None:
    reach, upper = _REACH, end
    while upper > start:
        lower = max(start, end - reach)
        value = await _last_between(client, partition, lower, upper)
        if value is not None:
            return value
        # An aborted transaction may be longer than the reach.
        reach, upper = reach * 16, lower
    return None


async def _last_between(client: AIOKafkaConsumer, partition: TopicPartition, lower: int, upper: int) -> bytes | None:
    client.assign([partition])
    client.seek(partition, lower)
    value: bytes | None = None
    while await client.position(partition) < upper:
        for records in (await client.getmany(timeout_ms=_POLL_MS)).values():
            for record in records:
                if record.key == MARKER_KEY:
                    value = record.value
    return value
