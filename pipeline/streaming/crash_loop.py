"""A record that breaks the engine again and again becomes a dead letter instead of stopping its partition for ever.

The engine's state is unknown after an exception, so the process ends (crash-only); before it does, it notes the record
in the changelog. The next owner reads the note, and gives up on a record that was noted LIMIT times. A process that
dies without a chance to note (killed, out of memory, a fault in native code) is not covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from pipeline.errors import RecoveryError
from pipeline.events import Rejection

NOTE_KEY = b"\x00crash"
"""Like the marker's, no subject id's."""

LIMIT = 3
REASON = "crash_loop"


@dataclass(frozen=True, slots=True)
class Suspect:
    """The record at `offset` of `topic` (full name) was in the engine's hand in `count` crashes in a row."""

    topic: str
    offset: int
    count: int = 1
    error: str = ""

    def rejection(self) -> Rejection | None:
        """Why it is given up, None as long as it gets another try."""
        if self.count < LIMIT:
            return None
        return Rejection(REASON, f"it crashed the worker {self.count} times in a row: {self.error}")

    def again(self, topic: str, offset: int, error: str) -> Suspect:
        """The note after a crash at this record."""
        count = self.count + 1 if (topic, offset) == (self.topic, self.offset) else 1
        return Suspect(topic, offset, count, error)

    def pack(self) -> bytes:
        """The note's value."""
        return orjson.dumps(self)

    @classmethod
    def unpack(cls, value: bytes) -> Suspect:
        """The suspect in a note. Raises RecoveryError if it is none."""
        try:
            return cls(**orjson.loads(value))
        except (orjson.JSONDecodeError, TypeError) as error:
            raise RecoveryError(
                f"the changelog's note of a crash cannot be read ({error!r}): {value[:80]!r}"
            ) from error


NOBODY = Suspect("", -1, 0)
