"""What the consumer group and the logs say of our partitions, asked through Faust's consumer thread."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

if TYPE_CHECKING:
    from pipeline.streaming.app import App

logger = logging.getLogger(__name__)

Positions = dict[int, dict[str, int]]
"""Partition → topic's full name → offset."""


class Group:
    """Offsets of `topics` (full names) by partition."""

    def __init__(self, app: App, topics: Sequence[str]) -> None:
        self._app = app
        self._topics = topics

    async def committed(self, partitions: Sequence[int]) -> Positions:
        """The group's offsets; a topic without one is left out."""
        thread = self._app.chunk_consumer._thread
        coordinator = thread._ensure_consumer()._coordinator
        found = await thread.call_thread(coordinator.fetch_committed_offsets, self._all(partitions))
        offsets: Positions = {partition: {} for partition in partitions}
        for tp, committed in found.items():
            if committed.offset >= 0:
                offsets[tp.partition][tp.topic] = committed.offset
        return offsets

    async def beginnings(self, partitions: Sequence[int]) -> Positions:
        """The first offsets that can be read."""
        thread = self._app.chunk_consumer._thread
        found = await thread.call_thread(thread._ensure_consumer().beginning_offsets, self._all(partitions))
        offsets: Positions = {partition: {} for partition in partitions}
        for tp, offset in found.items():
            offsets[tp.partition][tp.topic] = offset
        return offsets

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit as a member. Without transactions the marker counts, so a commit that comes too late is no harm."""
        thread = self._app.chunk_consumer._thread
        try:
            await thread.call_thread(thread._ensure_consumer().commit, dict(offsets))
        except CommitFailedError as error:
            logger.warning("the group's offsets were not committed: %s", error)

    def _all(self, partitions: Sequence[int]) -> list[TopicPartition]:
        return [TopicPartition(topic, partition) for partition in partitions for topic in self._topics]
