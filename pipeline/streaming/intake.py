"""One partition's records of all topics, applied to its engine in one order of time.

Pure: no I/O, no waiting. Whoever drives it calls `accept` with what arrives and `step` for as long as there is work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from pipeline.codec.internal import Activity
from pipeline.engine.activating import ModelChange
from pipeline.engine.errors import Refused
from pipeline.engine.port import PartitionEngine
from pipeline.events import Event, Rejection
from pipeline.streaming.chunk import Chunk
from pipeline.streaming.crash_loop import NOBODY
from pipeline.streaming.dead_letters import DeadLetter, DeadLetterLimit
from pipeline.streaming.items import Item, Key, Rank
from pipeline.streaming.lane import Lane

_FACTS = (Event, Activity)

RUN_LIMIT = 256
"""Records applied in one step at most."""


@dataclass(slots=True)
class Pending:
    """What has happened since the last checkpoint, beside the engine's own effects."""

    applied: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)


class Intake:
    """The merge over one partition's lanes.

    The record with the least (`occurred_at`, facts before ticks before changes of model, `event_id`) among the lanes'
    heads goes first. A lane with nothing waiting holds the merge back unless it is at its end: its next record might be
    older. `on_hold` is told of a topic that is to be fetched no further, or again. `stream_time`: the records' own time
    makes leads due; otherwise ticks do, and what waits for more facts of its instant is decided once nothing more is at
    hand. After a change of model, its leads and the records take turns.
    """

    def __init__(
        self,
        engine: PartitionEngine,
        lanes: Mapping[str, Lane],
        *,
        inputs: Collection[str],
        partition: int,
        limit: DeadLetterLimit,
        on_hold: Callable[[str, bool], None],
        stream_time: bool,
    ) -> None:
        self.engine = engine
        self.partition = partition
        self.lanes = dict(lanes)
        self.pending = Pending()
        self.suspect = NOBODY
        """The record that was in hand when the worker crashed last."""
        self._tick_until: int | None = None
        self._changing: tuple[str, int] | None = None
        """Topic and offset of the change of model that leads are still to come over to."""
        self._leads_turn = False
        self._on_hold = on_hold
        self._stream_time = stream_time
        self.limit = limit
        self._order = list(self.lanes.values())
        self.inputs = [lane for topic, lane in self.lanes.items() if topic in inputs]
        """The lanes of the input topics."""
        self._in_hand: tuple[Lane, Item] | None = None

    def accept(self, topic: str, chunk: Chunk) -> None:
        """Take what was fetched. Raises RecoveryError if records before it are missing."""
        lane = self.lanes[topic]
        lane.accept(chunk)
        if lane.is_full and not lane.held:
            lane.held = True
            self._on_hold(topic, True)  # noqa: FBT003 - (topic, held)

    def step(self, limit: int = RUN_LIMIT) -> int:
        """Apply the next records or decide leads, at most `limit`; the number of both.

        0 means: nothing can be done now (`waits_for` says why).
        """
        if self._tick_until is not None:
            return self._tick(self._tick_until, limit)
        self._leads_turn = not self._leads_turn
        if self._leads_turn and (moved := self._bring_over(limit)):
            return moved
        heads = self._heads()
        if heads is None:
            return self._bring_over(limit)
        if not heads:
            return self._decided(self.engine.settle(limit)) or self._bring_over(limit)
        (head, first), *others = heads
        until = others[0][0][:3] if others else None
        if self._stream_time and type(head.payload) in _FACTS:
            if decided := self._decided(self.engine.prepare(head.time, limit)):
                return decided
            due = self.engine.next_due()
            if due is not None:
                # What is due before a later record of the run is decided before that, in steps again.
                until = min(until or (due, Rank.TICK, ""), (due, Rank.TICK, ""))
        run = first.take(until, 1 if first.one_by_one else limit)
        self._apply(first, run, limit)
        if first.held and first.is_roomy:
            first.held = False
            self._on_hold(first.topic, False)  # noqa: FBT003 - (topic, held)
        return len(run)

    def _heads(self) -> list[tuple[Item, Lane]] | None:
        """The lanes' next records, the one that goes first in front; None: a lane holds the merge back."""
        heads = []
        for lane in self._order:
            item = lane.head()
            if item is not None:
                heads.append((item, lane))
            elif not lane.at_end():
                return None
        return sorted(heads, key=_order) if len(heads) > 1 else heads

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and every topic is at its end, as of the latest fetches."""
        at_end = all(lane.is_empty and lane.at_end() for lane in self._order)
        return at_end and self._tick_until is None and not self.engine.is_changing

    def read_until(self) -> int | None:
        """The instant before which the inputs have nothing any more, as far as they are in order; None: nothing at all.

        A topic that is at its end says nothing about the others.
        """
        instants = []
        for lane in self.inputs:
            head = lane.head()
            if head is not None:
                instants.append(max(lane.reached, head.time))
            elif not lane.at_end():
                instants.append(lane.reached)
        return min(instants, default=None)

    def waits_for(self) -> list[str]:
        """The topics that hold the merge back: nothing is waiting there, and more is to come or not yet known."""
        return [lane.topic for lane in self._order if lane.head() is None and not lane.at_end()]

    def offsets(self) -> dict[str, int]:
        """The next offset to apply, by topic: everything before it is in the engine or among the dead letters.

        A tick or a change of model that is still being worked off is not behind us: the engine does again only what is
        left to do.
        """
        offsets = {lane.topic: lane.applied for lane in self._order}
        if self._changing is not None:
            offsets.update([self._changing])
            return offsets
        if self._tick_until is not None and self._in_hand is not None:
            lane, item = self._in_hand
            offsets[lane.topic] = item.offset
        return offsets

    def in_hand(self) -> tuple[str, int] | None:
        """Topic and offset of the record that the engine was given last and has not finished, to explain a crash."""
        return None if self._in_hand is None else (self._in_hand[0].topic, self._in_hand[1].offset)

    def take(self) -> Pending:
        """Hand over what has happened since the last call."""
        pending, self.pending = self.pending, Pending()
        return pending

    def _apply(self, lane: Lane, run: list[Item], limit: int) -> None:
        engine, used, outcomes = self.engine, 0, self.engine.outcomes
        duplicates, forwarded, erased = outcomes.duplicates, outcomes.forwarded, outcomes.erased
        self._give_up_on_suspect(lane, run)
        for item in run:
            payload = item.payload
            self._in_hand = (lane, item)
            try:
                if type(payload) is Event:
                    engine.apply(payload)
                elif type(payload) is Activity:
                    engine.apply_forward(payload.body)
                elif type(payload) is int:
                    # A tick comes alone: its lane hands out one record at a time.
                    self._tick_until = payload
                    self._tick(payload, limit)
                    return
                elif type(payload) is ModelChange:
                    engine.activate(payload)
                    self._changing = (lane.topic, item.offset) if engine.is_changing else None
                elif type(payload) is Rejection:
                    self.limit.readable(used)
                    used = 0
                    self._bury(lane.topic, item, payload)
                    continue
                used += 1
            except Refused as refused:
                self.limit.readable(used)
                used = 0
                self._bury(lane.topic, item, Rejection(refused.reason, refused.message))
        self._in_hand = None
        self.limit.readable(used)
        lane.duplicates += outcomes.duplicates - duplicates
        lane.forwarded += outcomes.forwarded - forwarded
        lane.erased += outcomes.erased - erased
        self.pending.applied += len(run)

    def _give_up_on_suspect(self, lane: Lane, run: list[Item]) -> None:
        suspect = self.suspect
        if lane.topic != suspect.topic or not run[0].offset <= suspect.offset <= run[-1].offset:
            return
        rejection = suspect.rejection()
        if rejection is not None:
            run[:] = [item._replace(payload=rejection) if item.offset == suspect.offset else item for item in run]

    def _tick(self, until: int, limit: int) -> int:
        """Work off a tick in steps: a million leads may be due at once."""
        decided = self._decided(self.engine.tick(until, limit))
        if decided < limit:
            self._tick_until = self._in_hand = None
        return max(1, decided)

    def _bring_over(self, limit: int) -> int:
        if not self.engine.is_changing:
            return 0
        moved = self._decided(self.engine.bring_over(limit))
        self._note_change()
        return moved

    def _note_change(self) -> None:
        """A change of model is behind us once all leads have come over."""
        if not self.engine.is_changing:
            self._changing = None

    def _decided(self, leads: int) -> int:
        self.pending.applied += leads
        return leads

    def _bury(self, topic: str, item: Item, rejection: Rejection) -> None:
        self.limit.rejected()
        self.pending.dead_letters.append(DeadLetter.of(topic, self.partition, item.record, rejection))


def _order(waiting: tuple[Item, Lane]) -> Key:
    return waiting[0][:3]
