"""Telling every partition what time it is."""

from __future__ import annotations

import asyncio

import orjson

from pipeline.clients.connection import producer, require_topics
from pipeline.settings import Settings
from pipeline.topics import RESCORE


def tick_record(instant: int) -> bytes:
    """The value of a tick: "the time is `instant`" (ms)."""
    return orjson.dumps({"type": "tick", "instant": instant})


async def tick(settings: Settings, instant: int) -> int:
    """Send the tick to every partition; returns how many there are. Raises BrokerError."""
    topic = RESCORE.full_name(settings.kafka.topic_prefix)
    async with producer(settings) as client:
        await require_topics(client, settings, [topic])
        partitions = await client.partitions_for(topic)
        sent = [await client.send(topic, tick_record(instant), partition=number) for number in sorted(partitions)]
        await asyncio.gather(*sent)
    return len(partitions)
