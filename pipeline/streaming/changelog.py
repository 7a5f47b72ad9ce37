"""Bulk reading of the table's changelog, up to its last stable end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.clients.connection import require_topics
from pipeline.settings import Settings
from pipeline.streaming.chunk import Chunk, take_chunks
from pipeline.topics import PROFILES_CHANGELOG

_FETCH_BYTES = 4 << 20
_MAX_CHUNK_RECORDS = 10_000
_FETCH_SECONDS = 1.0


class Progress(NamedTuple):
    """How far a bulk read is: offsets done and to do, and the seconds it has taken."""

    done: int
    total: int
    seconds: float


class ChangelogReader:
    """Reads some partitions of one topic from their beginnings to the ends they had when it was opened.

    The ends are last stable offsets (`read_committed`), and it reads until the position is there, never by counting:
    control records, aborted batches and compaction leave holes.
    """

    def __init__(self, settings: Settings, *, topic: str | None = None) -> None:
        self._settings = settings
        self._topic = topic or PROFILES_CHANGELOG.full_name(settings.kafka.topic_prefix)
        self._consumer = AIOKafkaConsumer(
            **settings.kafka.client_options(),
            client_id=settings.group_id,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_bytes=8 * _FETCH_BYTES,
            fetch_max_wait_ms=50,
        )
        self.progress = Progress(0, 0, 0.0)

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def require_topic(self) -> None:
        """Raise BrokerError if the topic is not there."""
        await require_topics(self._consumer, self._settings, [self._topic])

    async def __aexit__(self, *exc: object) -> None:
        await self._consumer.stop()

    async def chunks(self, partitions: Sequence[int]) -> AsyncIterator[tuple[int, Chunk]]:
        """(partition, chunk) until every partition is read; within a partition in order."""
        consumer, began = self._consumer, time.perf_counter()
        wanted = [TopicPartition(self._topic, partition) for partition in partitions]
        if not wanted:
            return
        ends = await consumer.end_offsets(wanted)
        starts = await consumer.beginning_offsets(wanted)
        total = sum(ends[tp] - starts[tp] for tp in wanted)
        left = [tp for tp in wanted if starts[tp] < ends[tp]]
        if not left:
            return
        consumer.assign(left)
        for tp in left:
            consumer.seek(tp, starts[tp])
        position = dict(starts)
        while left:
            taken = await self._take(set(left))
            for tp, chunk in taken.items():
                position[tp] = chunk.end
                done = sum(min(position[each], ends[each]) - starts[each] for each in wanted)
                self.progress = Progress(done, total, time.perf_counter() - began)
                yield tp.partition, chunk
            # The embedded broker tells an end in the middle of the last batch: what was fetched is read as well.
            fetched = self._consumer._fetcher._records
            left = [tp for tp in left if position[tp] < ends[tp] or tp in fetched]

    async def _take(self, left: set[Any]) -> dict[Any, Chunk]:
        fetcher = self._consumer._fetcher
        with fetcher._subscriptions.fetch_context():
            return await take_chunks(
                fetcher,
                lambda tp: tp not in left,
                timeout_seconds=_FETCH_SECONDS,
                max_records=_MAX_CHUNK_RECORDS,
            )
