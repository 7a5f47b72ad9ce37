"""What an engine wants written since the last checkpoint: one unit, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Keyed(NamedTuple):
    """A record to be written: `key` decides the partition (murmur2), `value` is JSON-ready (None: a tombstone).

    `erased_until`: the tombstone is there since the person was erased up to that instant (ms).
    """

    key: str
    value: dict[str, Any] | None
    erased_until: int | None = None


class Forward(NamedTuple):
    """A record for `leads.activity.v1`, in the partition of its key: a message (`body`) to the subject `key`.

    (`instant`, `event_id`) is its place in the order of time there, −1: at once.
    """

    key: str
    instant: int
    event_id: str
    body: bytes


@dataclass(slots=True)
class Effects:
    """Everything one checkpoint must write.

    `changelog`: packed profiles, (subject id as UTF-8, bytes), None for a tombstone. `forwards` go to any partition,
    `progress` (a message's body, or None) behind them to every other one; all else stays in the engine's partition.
    """

    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    stage_changes: list[Keyed] = field(default_factory=list)
    scores: list[Keyed] = field(default_factory=list)
    signals: list[Keyed] = field(default_factory=list)
    forwards: list[Forward] = field(default_factory=list)
    progress: bytes | None = None

    def __bool__(self) -> bool:
        written = (self.changelog, self.stage_changes, self.scores, self.signals, self.forwards, self.progress)
        return any(written)


@dataclass(slots=True)
class Outcomes:
    """Of all records given to an engine so far, those that it did not simply apply. For the metrics: cheap to count."""

    duplicates: int = 0
    """The lead had a fact of that `event_id` already."""
    forwarded: int = 0
    """The lead belongs to another partition, which gets the record over `leads.activity.v1`."""
    erased: int = 0
    """The person was erased up to a later instant, so the record is dropped."""
