"""What the streaming layer needs of an engine (and nothing else)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pipeline.engine.activating import ModelChange
from pipeline.engine.effects import Effects, Outcomes
from pipeline.events import Event


class PartitionEngine(Protocol):
    """All scoring of one partition. Synchronous, no I/O, no wall clock except the stamp `decided_at`."""

    time: int
    """The partition's time in ms: under `clock=stream` the latest `occurred_at` applied, else the latest tick."""

    outcomes: Outcomes
    """What became of the records so far; only grows."""

    def apply(self, event: Event) -> None:
        """Apply one inbound event. Call in order of (`occurred_at`, `event_id`) as far as known."""

    def apply_forward(self, body: bytes) -> None:
        """Apply one record of `leads.activity.v1` (the body of some engine's `Effects.forwards` or `progress`)."""

    def progress(self, instant: int | None, *, trusting: bool) -> bool:
        """The inputs have nothing before `instant` any more (None: nothing at all, for now).

        Not `trusting`: they have just gone on after having been at their end, so the others' may have, too.
        Returns whether leads may be decided now that could not before: then the next steps may have something to do.
        """

    def prepare(self, instant: int, limit: int) -> int:
        """Do what comes before an event of this instant: under `stream` it makes other leads due.

        Decides leads `limit` times at most (a checkpoint and the other partitions must get their turn) and returns how
        often; once that is 0, `apply` has nothing of this kind left to do.
        """

    def tick(self, instant: int, limit: int) -> int:
        """The time is `instant`: decide every lead that is due by then, each at its own due instant.

        Decides `limit` times at most and returns how often; the tick is worked off once that is less than `limit`.
        """

    def settle(self, limit: int) -> int:
        """No more facts are at hand now: decide leads whose newest facts wait for others of the same instant.

        Called by the worker in the clock modes live and scaled whenever it has caught up, until it returns 0; never
        under `stream`, where an instant is decided when time moves past it. `limit` as with `prepare`.
        """

    def activate(self, change: ModelChange) -> None:
        """Put another model in force at the change's place in the log, after what `tick` says of its instant.

        The leads come over with `bring_over`, beside the stream. The same change again changes nothing. Raises Refused
        if it cannot be used.
        """

    @property
    def is_changing(self) -> bool:
        """Whether leads are still to come over to the model in force."""

    def bring_over(self, limit: int) -> int:
        """Let leads come over to the model in force, `limit` at most.

        0: none can at present (what they wait for comes in records), or all have.
        """

    def next_due(self) -> int | None:
        """The earliest instant at which some lead changes by itself, or None: when the next tick is worth sending."""

    def in_force(self) -> tuple[str, str, list[str]] | None:
        """The model in force: id, version, its stages; None without one. For the metrics."""

    def queued(self) -> int:
        """Entries in the queue of leads that change by themselves, outdated ones included: what the queue costs."""

    def take(self) -> Effects:
        """Hand over what has to be written since the last call. The packed values are immutable."""

    def load(self, key: bytes, value: bytes | None) -> None:
        """Recovery: put one changelog record (None: tombstone) into the table."""

    def state(self) -> dict[str, Any]:
        """The engine's own few values (such as its time), JSON-ready, for the checkpoint's marker."""

    def restore(self, state: dict[str, Any]) -> None:
        """Recovery: the values of the last marker. Called after the last `load`."""

    def write_over(self, keys: Sequence[bytes]) -> None:
        """Recovery: hand out these changelog keys with the next `take`, as the table has them (None: it has not).

        A checkpoint that was cut off has left other values for them, which were not loaded.
        """

    def __len__(self) -> int:
        """How many profiles the table holds."""
