"""Record batches built beside aiokafka's accumulator: one future a batch, none a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

MAX_BATCH_BYTES = 900_000
"""Below the least `max.message.bytes` of our topics (1 MiB); one record larger than this is a batch of its own."""


class OutRecord(NamedTuple):
    """A record to be written."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] = []  # noqa: RUF012 - a NamedTuple's default; aiokafka takes lists only


class Batch(NamedTuple):
    """A full batch and where it goes."""

    topic: str
    partition: int
    builder: Any


def build(producer: Any, topic: str, partition: int, records: Iterable[OutRecord], *, now_ms: int) -> list[Batch]:
    """The records in as few batches as fit, in order. `producer` is an AIOKafkaProducer with MAX_BATCH_BYTES."""
    batches: list[Batch] = []
    builder: Any = None
    for key, value, headers in records:
        if builder is None or builder.append(timestamp=now_ms, key=key, value=value, headers=headers) is None:
            builder = producer.create_batch()
            batches.append(Batch(topic, partition, builder))
            if builder.append(timestamp=now_ms, key=key, value=value, headers=headers) is None:
                raise ValueError(f"a record of {len(value or b'')} bytes for {topic} fits no batch")
    for batch in batches:
        batch.builder.close()
    return batches
