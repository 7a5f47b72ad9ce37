"""Sending NDJSON lines to the input topics, as they are or in another form."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from pipeline.clients.connection import MAX_RECORD_BYTES, producer, require_topics
from pipeline.clients.sending import AS_IT_IS, Sending
from pipeline.codec import decode
from pipeline.events import INPUT_TOPICS, Event, Rejection, topic_of
from pipeline.identity import identities
from pipeline.ndjson import Line
from pipeline.settings import Settings
from pipeline.topics import INPUTS, names

_IN_FLIGHT = 10_000
_OVERHEAD_BYTES = 1024


@dataclass(slots=True)
class Produced:
    """What was sent: records by topic, how many of them will be dead letters by reason, and what was too large."""

    records: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    unsendable: list[Line] = field(default_factory=list)


def destination(event: Event | Rejection) -> tuple[str, str | None]:
    """Topic (without prefix) and key of a line.

    A line that is no event goes without a key where its worker will make a dead letter of it.
    """
    if isinstance(event, Rejection):
        return INPUT_TOPICS["web"], None
    return topic_of(event.type), identities(event).subject


async def produce(
    settings: Settings,
    lines: Iterable[Line],
    *,
    rate: float | None = None,
    progress: Callable[[Produced], None] = lambda _: None,
    sending: Sending = AS_IT_IS,
) -> Produced:
    """Send every line, at most `rate` a second, and wait until all are acknowledged.

    `sending` says in which form; a line that is no event is sent as it is. Lines beyond what a topic takes cannot be
    sent and are listed. Raises BrokerError.
    """
    produced = Produced()
    async with producer(settings) as client:
        await require_topics(client, settings, names(INPUTS, settings.kafka.topic_prefix))
        began = time.monotonic()
        in_flight: list[asyncio.Future[object]] = []
        for count, line in enumerate(lines):
            if rate is not None:
                await _until(began + count / rate)
            if len(line.value) > MAX_RECORD_BYTES - _OVERHEAD_BYTES:
                produced.unsendable.append(line)
                continue
            event = decode(line.value)
            topic, key = destination(event)
            if isinstance(event, Rejection):
                produced.rejected[str(event.reason)] += 1
                value, headers = line.value, None
            else:
                value, headers = sending(event, line.value)
            in_flight.append(await send(client, settings, topic, key, value, headers=headers))
            produced.records[topic] += 1
            if len(in_flight) >= _IN_FLIGHT or (rate is not None and count % max(int(rate), 1) == 0):
                await asyncio.gather(*in_flight)
                in_flight.clear()
                progress(produced)
        await asyncio.gather(*in_flight)
        progress(produced)
    return produced


async def send(
    client: AIOKafkaProducer,
    settings: Settings,
    topic: str,
    key: str | None,
    value: bytes,
    *,
    headers: list[tuple[str, bytes]] | None = None,
) -> asyncio.Future[object]:
    """Hand one record to the producer; the future is done when it is acknowledged."""
    sent: asyncio.Future[object] = await client.send(
        settings.kafka.topic_prefix + topic, value, key=None if key is None else key.encode(), headers=headers
    )
    return sent


async def _until(moment: float) -> None:
    delay = moment - time.monotonic()
    if delay > 0:
        await asyncio.sleep(delay)
