"""What an engine wants written since the last checkpoint: one unit, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Keyed(NamedTuple):
    """A record to be written: `key` decides the partition (murmur2), `value` is JSON-ready (None: a tombstone)."""

    key: str
    value: dict[str, Any] | None


@dataclass(slots=True)
class Effects:
    """Everything one checkpoint must write.

    `changelog`: packed profiles, (subject id as UTF-8, bytes), None for a tombstone. `forwards` belong on
    `leads.activity.v1` under their own keys (any partition); everything else stays in the engine's partition.
    """

    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    stage_changes: list[Keyed] = field(default_factory=list)
    scores: list[Keyed] = field(default_factory=list)
    signals: list[Keyed] = field(default_factory=list)
    forwards: list[Keyed] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changelog or self.stage_changes or self.scores or self.signals or self.forwards)


@dataclass(slots=True)
class Outcomes:
    """Of all records given to an engine so far, those that it did not simply apply. For the metrics: cheap to count."""

    duplicates: int = 0
    """The lead had a fact of that `event_id` already."""
    forwarded: int = 0
    """The lead belongs to another partition, which gets the record over `leads.activity.v1`."""
