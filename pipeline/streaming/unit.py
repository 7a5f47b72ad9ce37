"""One checkpoint's content: everything that must be written together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pipeline import topics
from pipeline.codec.internal import Activity, encode_activity
from pipeline.engine.effects import Effects
from pipeline.engine.messages import AT_ONCE
from pipeline.partitioning import partition_of
from pipeline.streaming.batches import Batch, OutRecord, build
from pipeline.streaming.dead_letters import DeadLetter
from pipeline.streaming.marker import MARKER_KEY, Marker, pack
from pipeline.streaming.wire import Wire, written


@dataclass(frozen=True, slots=True)
class Unit:
    """What one checkpoint of `partition` writes. `full_name` puts the installation's prefix before a topic."""

    partition: int
    partitions: int
    effects: Effects
    dead_letters: list[DeadLetter]
    marker: Marker
    full_name: Callable[[topics.Topic], str]
    wire: Wire = field(default_factory=Wire)

    @property
    def is_empty(self) -> bool:
        """Whether it only moves offsets."""
        return not self.effects and not self.dead_letters

    @property
    def forwarded(self) -> int:
        """How many records it writes to `leads.activity.v1`."""
        told = 0 if self.effects.progress is None else self.partitions - 1
        return len(self.effects.forwards) + told

    def outputs(self, producer: Any, now_ms: int) -> list[Batch]:
        """Everything but the table: stage changes, scores, signals, forwards, dead letters."""
        batches: list[Batch] = []

        def add(topic: str, partition: int, records: Iterable[OutRecord]) -> None:
            batches.extend(build(producer, topic, partition, records, now_ms=now_ms))

        effects = self.effects
        forms = self.wire.forms
        add(self.full_name(topics.STAGE_CHANGES), self.partition, written(forms["stage-change"], effects.stage_changes))
        add(self.full_name(topics.SCORES), self.partition, written(forms["score"], effects.scores))
        add(self.full_name(topics.SIGNALS), self.partition, written(forms["signal"], effects.signals))
        forwards: defaultdict[int, list[OutRecord]] = defaultdict(list)
        for forward in effects.forwards:
            key = forward.key.encode()
            forwards[partition_of(key, self.partitions)].append(OutRecord(key, encode_activity(Activity(*forward))))
        if effects.progress is not None:
            told = OutRecord(None, encode_activity(Activity(None, AT_ONCE, "", effects.progress)))
            for partition in set(range(self.partitions)) - {self.partition}:
                forwards[partition].append(told)
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
