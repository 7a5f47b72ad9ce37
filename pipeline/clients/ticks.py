"""Telling every partition what time it is."""

from __future__ import annotations

import asyncio

from pipeline.clients.connection import producer, require_topics
from pipeline.settings import Settings
from pipeline.streaming.rescore import pack_tick
from pipeline.topics import RESCORE


async def tick(settings: Settings, instant: int) -> int:
    """Send the tick to every partition; returns how many there are. Raises BrokerError."""
    topic = RESCORE.full_name(settings.kafka.topic_prefix)
    async with producer(settings) as client:
        await require_topics(client, settings, [topic])
        partitions = await client.partitions_for(topic)
        sent = [await client.send(topic, pack_tick(instant), partition=number) for number in sorted(partitions)]
        await asyncio.gather(*sent)
    return len(partitions)
