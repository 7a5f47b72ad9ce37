"""One topic of one partition: chunks received and not yet applied."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.codec import SchemaAwaited
from pipeline.errors import RecoveryError
from pipeline.streaming.chunk import Chunk, Record
from pipeline.streaming.items import Decoder, Item, Key

HOLD_RECORDS = 4_000
"""A lane with so many records waiting takes no more: at most one chunk above this, and one fetch in the fetcher."""

HOLD_BYTES = 2 << 20
"""The same in bytes of values."""

_SLICE = 256
"""So many records are decoded at a time: decoded ones are several times larger than their bytes."""


@dataclass(slots=True)
class _Waiting:
    """A chunk of which the records from `next` on are still raw."""

    records: Sequence[Record]
    end: int
    size: int
    next: int = 0


class Lane:
    """A queue of records between what was received from the broker and what the engine has applied.

    `received`: the next offset to arrive. `applied`: the next offset to apply, what a checkpoint commits. `taken`: how
    many records were handed out, of which `duplicates`, `forwarded` and `erased` were so for the engine.
    """

    def __init__(
        self,
        topic: str,
        decode: Decoder,
        *,
        start: int,
        end_of_log: Callable[[], int | None],
        one_by_one: bool = False,
    ) -> None:
        self.topic = topic
        self.one_by_one = one_by_one
        self.received = start
        self.applied = start
        self.taken = 0
        self.reached = -1
        """The latest instant (ms) among what was handed out."""
        self.duplicates = 0
        self.forwarded = 0
        self.erased = 0
        self.held = False
        self.awaits_schema = False
        """Whether the next record is in Avro under a schema that the registry has not told yet."""
        self.end_of_log = end_of_log
        self._decode = decode
        self._raw: deque[_Waiting] = deque()
        self._items: deque[Item] = deque()
        self._waiting_records = 0
        self._waiting_bytes = 0

    def accept(self, chunk: Chunk) -> None:
        """Take a chunk that follows what was received; what arrives again is left out.

        Raises:
            RecoveryError: offsets between what was received and the chunk are missing, or it belongs to another log.
        """
        end = self.end_of_log()
        if chunk.start < self.received and end is not None and end < self.received:
            raise RecoveryError(
                f"{self.topic}: its log ends at offset {end}, but {self.received} was read already: the topic was made "
                "anew, or lost records. Its new records would be taken for old ones: restore it, or start anew under "
                "another LEADTIDE_KAFKA__TOPIC_PREFIX with all events"
            )
        if chunk.start > self.received:
            raise RecoveryError(
                f"{self.topic}: records {self.received} to {chunk.start - 1} were never received; if they fell to the "
                "topic's retention, the next start goes on without them"
            )
        if chunk.end <= self.received:
            return
        records = chunk.records
        if chunk.start < self.received:
            records = [record for record in records if record.offset >= self.received]
        size = sum([len(record.value or b"") for record in records])
        self.received = chunk.end
        self._raw.append(_Waiting(records, chunk.end, size))
        self._waiting_records += len(records)
        self._waiting_bytes += size

    def head(self) -> Item | None:
        """The next record, or None if nothing is waiting."""
        return self._items[0] if self._items or self._refill() else None

    def take(self, bound: Key | None, limit: int) -> list[Item]:
        """Take the head and what follows it without exceeding `bound`, at most `limit`: they count as applied."""
        items = self._items
        run = [items.popleft()]
        if bound is None:
            run += [items.popleft() for _ in range(min(limit - 1, len(items)))]
        else:
            while items and len(run) < limit and items[0][:3] <= bound:
                run.append(items.popleft())
        self.taken += len(run)
        self.reached = max(self.reached, run[-1].time)
        self._waiting_records -= len(run)
        self.applied = run[-1].offset + 1
        if not items:
            self._refill()
        return run

    def at_end(self) -> bool:
        """Whether everything that can be read has been received, as of the latest fetch."""
        end = self.end_of_log()
        return end is not None and self.received >= end and not self.awaits_schema

    @property
    def is_empty(self) -> bool:
        """Whether nothing is waiting."""
        return not self._items and not self._raw

    @property
    def is_full(self) -> bool:
        """Whether the lane wants no more records for now."""
        return self._waiting_records >= HOLD_RECORDS or self._waiting_bytes >= HOLD_BYTES

    @property
    def is_roomy(self) -> bool:
        """Whether a held lane wants records again (well below full, so that holds do not flutter)."""
        return self._waiting_records < HOLD_RECORDS // 2 and self._waiting_bytes < HOLD_BYTES // 2

    @property
    def lag(self) -> int:
        """How many offsets are known to lie ahead of what is applied."""
        end = self.end_of_log()
        return 0 if end is None else max(0, end - self.applied)

    def _refill(self) -> bool:
        """Decode the next records; True if there is an item now.

        Offsets behind a chunk's last record (control records, compacted ones) count as applied once it is.
        """
        while self._raw:
            waiting = self._raw[0]
            if waiting.next < len(waiting.records):
                part = waiting.records[waiting.next : waiting.next + _SLICE]
                try:
                    self._items.extend(map(self._decode, part))
                    self.awaits_schema = False
                except SchemaAwaited:
                    # What came before it can be applied; it is tried again with the next look.
                    self.awaits_schema = True
                waiting.next += len(self._items)
                return bool(self._items)
            self._raw.popleft()
            self._waiting_bytes -= waiting.size
            self.applied = max(self.applied, waiting.end)
        return False
