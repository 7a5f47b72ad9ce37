"""All records of one partition out of one fetch, and how they are taken from aiokafka's fetcher."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka.consumer.fetcher import FetchResult


class Record(Protocol):
    """A record as aiokafka's Cython parser hands it out, without the ConsumerRecord around it."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The records of the offsets [start, end) of one partition.

    The range is covered even where control records, aborted transactions or compaction leave holes, so a chunk that
    went missing shows: the next one starts beyond what was received.
    """

    records: Sequence[Record]
    start: int
    end: int


def _as_parsed(_tp: Any, record: Any) -> Any:
    return record


async def take_chunks(
    fetcher: Any, is_held: Callable[[Any], bool], *, timeout_seconds: float, max_records: int
) -> dict[Any, Chunk]:
    """What the fetcher holds, as {aiokafka TopicPartition: Chunk}; empty after `timeout_seconds`, or when woken early.

    Like `Fetcher.fetched_records`, but chunk-wise, also for fetches without a visible record, and leaving alone the
    partitions that `is_held` names: aiokafka fetches no more of a partition while its records are not taken.
    """
    if fetcher._subscriptions.reassignment_in_progress:
        await fetcher._subscriptions.wait_for_assignment()
    chunks = _drain(fetcher, is_held, max_records)
    if chunks or fetcher._closed:
        return chunks
    waiter = fetcher._create_fetch_waiter()
    done, _ = await asyncio.wait([waiter], timeout=timeout_seconds)
    if not done:
        waiter.cancel()
        return {}
    waiter.result()
    # Woken by data, by a hold that ended or by a rebalance: in each case the caller looks around first.
    return {} if fetcher._subscriptions.reassignment_in_progress else _drain(fetcher, is_held, max_records)


def _drain(fetcher: Any, is_held: Callable[[Any], bool], max_records: int) -> dict[Any, Chunk]:
    chunks: dict[Any, Chunk] = {}
    left = max_records
    for tp in list(fetcher._records):
        if not fetcher._subscriptions.is_assigned(tp):
            del fetcher._records[tp]
            continue
        if is_held(tp):
            continue
        result = fetcher._records[tp]
        if type(result) is not FetchResult:
            if chunks:
                break
            _release(fetcher, tp)
            result.check_raise()
            continue
        chunk = _chunk_of(result, left)
        if not result.has_more():
            _release(fetcher, tp)
        if chunk is not None:
            chunks[tp] = chunk
            left -= len(chunk.records)
            if left <= 0:
                break
    return chunks


def _chunk_of(result: Any, max_records: int) -> Chunk | None:
    parsed = result._partition_records
    if parsed is None:
        return None
    parsed._consumer_record = _as_parsed
    start = parsed.next_fetch_offset
    records = result.getall(max_records)
    end = parsed.next_fetch_offset
    state = result._assignment.state_value(result._topic_partition)
    if not result._assignment.active or not state.has_valid_position or state.position != end:
        # Somebody sought or the assignment ended meanwhile: these records are read again from the new position.
        return None
    return Chunk(records, start, end) if end > start else None


def _release(fetcher: Any, tp: Any) -> None:
    """Let the fetcher fetch on."""
    del fetcher._records[tp]
    fetcher._notify(fetcher._wait_consume_future)
