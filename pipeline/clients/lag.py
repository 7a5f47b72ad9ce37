"""Whether the workers have caught up: committed offsets against the ends of the topics."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.clients.assignment import Group, group_of
from pipeline.clients.connection import consumer, require_topics
from pipeline.clients.reading import ends_of, partitions_of
from pipeline.settings import Settings
from pipeline.streaming.markers import read_markers
from pipeline.topics import CONSUMED, names


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition of one topic. `committed` is None before the first checkpoint."""

    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the group is. `checkpoints`: partition → when its latest checkpoint was written (ms), where known.

    `undecided`: partitions whose leads are not decided up to their time yet (under a clock that is in the events).
    """

    name: str
    group: Group
    lags: tuple[Lag, ...]
    checkpoints: dict[int, int]
    undecided: tuple[int, ...]

    @property
    def members(self) -> int:
        """How many workers run."""
        return len(self.group.workers)

    @property
    def lag(self) -> int:
        """Records still to be worked off, over all topics."""
        return sum(lag.lag for lag in self.lags)

    @property
    def caught_up(self) -> bool:
        """Whether everything sent before we asked has been worked off, ticks and forwards included."""
        return self.lag == 0 and not self.undecided

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "group": self.name,
            "state": self.group.state,
            "members": self.members,
            "caught_up": self.caught_up,
            "undecided": self.undecided,
            "lag": self.lag,
            "partitions": [asdict(lag) for lag in self.lags],
            "workers": [worker._asdict() for worker in self.group.workers],
            "checkpoints": self.checkpoints,
        }


class Watch:
    """A connection to look through as often as wanted."""

    def __init__(self, settings: Settings, client: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        self._settings = settings
        self._client = client
        self._partitions = partitions

    async def lags(self) -> tuple[Lag, ...]:
        """Every partition that the workers read.

        The offsets are asked for before the ends: what a worker forwards is written before its offsets are, so a
        forward that is still to be worked off is seen.
        """
        committed = await asyncio.gather(*(self._client.committed(partition) for partition in self._partitions))
        starts = await self._client.beginning_offsets(list(self._partitions))
        ends = await ends_of(self._client, self._partitions)
        lags = []
        for partition, offset in zip(self._partitions, committed, strict=True):
            end = ends[partition]
            behind = max(end - max(offset or 0, starts[partition]), 0)
            lags.append(Lag(partition.topic, partition.partition, offset, end, behind))
        return tuple(lags)

    async def group(self) -> Group:
        """The consumer group: its state, its workers and what they have."""
        return await group_of(self._settings)

    async def progress(self) -> Progress:
        """Everything at once."""
        group, lags = await self.group(), await self.lags()
        markers = await read_markers(self._settings)
        checkpoints = {number: marker.written_at for number, marker in markers.items()}
        undecided = [
            number for number, marker in markers.items() if marker.state.get("until", 0) < marker.state.get("wanted", 0)
        ]
        return Progress(self._settings.group_id, group, lags, checkpoints, tuple(sorted(undecided)))


async def progress(settings: Settings) -> Progress:
    """How far the workers are now. Raises BrokerError."""
    async with consumer(settings, group=settings.group_id) as client:
        return await (await watching(settings, client)).progress()


async def wait_until_caught_up(settings: Settings, timeout_seconds: float) -> Progress:
    """Wait until everything sent before this call (and what comes of it) is worked off, or the time is over."""
    async with consumer(settings, group=settings.group_id) as client:
        watch = await watching(settings, client)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while True:
            if not any(lag.lag for lag in await watch.lags()) or loop.time() >= deadline:
                found = await watch.progress()
                if found.caught_up or loop.time() >= deadline:
                    return found
            await asyncio.sleep(0.25)


async def watching(settings: Settings, client: AIOKafkaConsumer) -> Watch:
    """A watch over what the workers read, through a consumer of their group. Raises BrokerError."""
    topics = names(CONSUMED, settings.kafka.topic_prefix)
    await require_topics(client, settings, topics)
    return Watch(settings, client, await partitions_of(client, topics))
