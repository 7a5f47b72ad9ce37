"""One checkpoint's content: everything that must be written together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka.partitioner import murmur2

from pipeline import topics
from pipeline.engine.effects import Effects, Keyed
from pipeline.streaming.batches import Batch, OutRecord, build
from pipeline.streaming.dead_letters import DeadLetter
from pipeline.streaming.marker import MARKER_KEY, Marker, pack


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Java's default partitioner has it (murmur2)."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


@dataclass(frozen=True, slots=True)
class Unit:
    """What one checkpoint of `partition` writes. `full_name` puts the installation's prefix before a topic."""

    partition: int
    partitions: int
    effects: Effects
    dead_letters: list[DeadLetter]
    marker: Marker
    full_name: Callable[[topics.Topic], str]

    @property
    def is_empty(self) -> bool:
        """Whether it only moves offsets."""
        return not self.effects and not self.dead_letters

    def outputs(self, producer: Any, now_ms: int) -> list[Batch]:
        """Everything but the table: stage changes, scores, signals, forwards, dead letters."""
        batches: list[Batch] = []

        def add(topic: str, partition: int, records: Iterable[OutRecord]) -> None:
            batches.extend(build(producer, topic, partition, records, now_ms=now_ms))

        effects = self.effects
        add(self.full_name(topics.STAGE_CHANGES), self.partition, map(_record, effects.stage_changes))
        add(self.full_name(topics.SCORES), self.partition, map(_record, effects.scores))
        add(self.full_name(topics.SIGNALS), self.partition, map(_record, effects.signals))
        forwards: defaultdict[int, list[OutRecord]] = defaultdict(list)
        for record in map(_record, effects.forwards):
            forwards[partition_of(record.key or b"", self.partitions)].append(record)
        for partition, records in forwards.items():
            add(self.full_name(topics.ACTIVITY), partition, records)
        buried: defaultdict[str, list[OutRecord]] = defaultdict(list)
        for letter in self.dead_letters:
            buried[letter.target].append(OutRecord(letter.key, letter.value, list(letter.headers)))
        for topic, records in buried.items():
            add(topic, self.partition, records)
        return batches

    def table(self, producer: Any, now_ms: int) -> list[Batch]:
        """The changelog's batch, the marker last: whoever reads the marker has read what it speaks of."""
        records = [OutRecord(key, value) for key, value in self.effects.changelog]
        records.append(OutRecord(MARKER_KEY, pack(self.marker)))
        return build(producer, self.full_name(topics.PROFILES_CHANGELOG), self.partition, records, now_ms=now_ms)


def _record(keyed: Keyed) -> OutRecord:
    return OutRecord(keyed.key.encode(), None if keyed.value is None else orjson.dumps(keyed.value))
