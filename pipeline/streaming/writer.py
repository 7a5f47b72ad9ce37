"""How a unit is written: in one transaction, or in an order that loses nothing where there are none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

import aiokafka.producer.sender
from aiokafka import AIOKafkaProducer, TopicPartition

from pipeline.settings import Settings
from pipeline.streaming.batches import MAX_BATCH_BYTES, Batch, OutRecord, build
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.unit import Unit

Offsets = Mapping[TopicPartition, int]
Lag = Callable[[], int]

# The broker still says CONCURRENT_TRANSACTIONS for 1-3 ms after a commit; aiokafka's 20 ms would double the latency.
aiokafka.producer.sender.BACKOFF_OVERRIDE = 0.001


class Writer(Protocol):
    """One partition's way out."""

    transactional: bool

    async def start(self) -> None:
        """Connect; with transactions this fences whoever wrote the partition before and ends what it left open."""

    async def write(self, unit: Unit, offsets: Offsets, lag: Lag) -> int:
        """Write the unit; when this returns, all of it counts: the bytes of its batches.

        Raises KafkaError: then nobody knows, so exit.
        """

    async def note(self, topic: str, partition: int, record: OutRecord) -> None:
        """Write one record by itself. Raises KafkaError."""

    async def stop(self) -> None:
        """Close the connections."""


def _producer(settings: Settings, **more: Any) -> AIOKafkaProducer:
    timeout_ms = int(settings.checkpoint.timeout_seconds * 1000)
    return AIOKafkaProducer(
        **settings.kafka.client_options(),
        client_id=settings.group_id,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=timeout_ms,
        retry_backoff_ms=20,
        **more,
    )


async def _send(producer: AIOKafkaProducer, batches: Iterable[Batch]) -> None:
    sent = [await producer.send_batch(batch.builder, batch.topic, partition=batch.partition) for batch in batches]
    await asyncio.gather(*sent)


def _size(batches: Iterable[Batch]) -> int:
    return sum(batch.builder.size() for batch in batches)


def transactional_id(settings: Settings, partition: int) -> str:
    """One id a partition, so that a new owner fences the old one."""
    return f"{settings.group_id}-{partition}"


class TransactionalWriter:
    """Everything and the input offsets in one transaction."""

    transactional = True

    def __init__(self, settings: Settings, partition: int, failpoints: Failpoints) -> None:
        self._group = settings.group_id
        self._failpoints = failpoints
        self._producer = _producer(
            settings,
            enable_idempotence=True,
            transactional_id=transactional_id(settings, partition),
            transaction_timeout_ms=int(settings.checkpoint.timeout_seconds * 1000),
        )

    async def start(self) -> None:
        """Fence the previous owner: from here on its transactions fail, and an open one of its has ended."""
        await self._producer.start()

    async def write(self, unit: Unit, offsets: Offsets, lag: Lag) -> int:
        """Data first, then the offsets: side by side the broker at times answers NOT_ENOUGH_REPLICAS (KIP-890)."""
        producer, now_ms = self._producer, int(time.time() * 1000)
        batches = [*unit.outputs(producer, now_ms), *unit.table(producer, now_ms)]
        self._reach("before_data", unit, lag, transaction_open=False)
        await producer.begin_transaction()
        await _send(producer, batches)
        self._reach("after_data", unit, lag, transaction_open=True)
        await producer.send_offsets_to_transaction(dict(offsets), self._group)
        self._reach("after_offsets", unit, lag, transaction_open=True)
        await producer.commit_transaction()
        self._reach("after_commit", unit, lag, transaction_open=False)
        return _size(batches)

    async def note(self, topic: str, partition: int, record: OutRecord) -> None:
        """Write one record in a transaction of its own."""
        await self._producer.begin_transaction()
        await _send(self._producer, build(self._producer, topic, partition, [record], now_ms=int(time.time() * 1000)))
        await self._producer.commit_transaction()

    async def stop(self) -> None:
        """Close the connections."""
        await self._producer.stop()

    def _reach(self, point: str, unit: Unit, lag: Lag, *, transaction_open: bool) -> None:
        if not unit.is_empty:
            self._failpoints.reach(point, transaction_open=transaction_open, lag=lag)


class PlainWriter:
    """Outputs confirmed, then the table and its marker, then the group's offsets: a crash in between repeats."""

    transactional = False

    def __init__(
        self, settings: Settings, failpoints: Failpoints, commit: Callable[[Offsets], Awaitable[None]]
    ) -> None:
        self._failpoints = failpoints
        self._commit = commit
        self._producer = _producer(settings, enable_idempotence=False)

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def write(self, unit: Unit, offsets: Offsets, lag: Lag) -> int:
        """The marker counts: it comes after the outputs it speaks of."""
        producer, now_ms = self._producer, int(time.time() * 1000)
        outputs, table = unit.outputs(producer, now_ms), unit.table(producer, now_ms)
        self._reach("before_data", unit, lag)
        await _send(producer, outputs)
        await _send(producer, table)
        self._reach("after_data", unit, lag)
        await self._commit(offsets)
        self._reach("after_offsets", unit, lag)
        self._reach("after_commit", unit, lag)
        return _size([*outputs, *table])

    async def note(self, topic: str, partition: int, record: OutRecord) -> None:
        """Write one record."""
        await _send(self._producer, build(self._producer, topic, partition, [record], now_ms=int(time.time() * 1000)))

    async def stop(self) -> None:
        """Close the connections."""
        await self._producer.stop()

    def _reach(self, point: str, unit: Unit, lag: Lag) -> None:
        if not unit.is_empty:
            self._failpoints.reach(point, transaction_open=False, lag=lag)
