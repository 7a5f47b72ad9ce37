"""Records that cannot be read: kept as they are, with where they come from and why in headers of their own.

Header names: Kafka Streams (KIP-1034), and `leadtide-reason` for the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import LeadtideError
from pipeline.events import Rejection
from pipeline.streaming.chunk import Record

Header = tuple[str, bytes]

_PREFIX = "__streams.errors."
REASON_HEADER = "leadtide-reason"
_MESSAGE_LIMIT = 1_000
_DROPPED = "faust-"
"""`Faust-Ag-ReplyTo` lets a producer choose a topic to answer to: such headers go no further."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record on its way to `<topic>.dlq`: key, value and headers as they came, ours behind them."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]

    @classmethod
    def of(cls, topic: str, partition: int, record: Record, rejection: Rejection) -> DeadLetter:
        """The dead letter of a record of `topic` that was rejected."""
        kept = [(name, value) for name, value in record.headers if not name.lower().startswith(_DROPPED)]
        return cls(topic, record.key, record.value, (*kept, *_why(topic, partition, record.offset, rejection)))

    @property
    def target(self) -> str:
        """The topic that keeps it."""
        return f"{self.topic}.dlq"

    @property
    def reason(self) -> str:
        """The code in our header, which stands last."""
        return (self.headers[-1][1] or b"").decode()


def _why(topic: str, partition: int, offset: int, rejection: Rejection) -> tuple[Header, ...]:
    return (
        (_PREFIX + "topic", topic.encode()),
        (_PREFIX + "partition", str(partition).encode()),
        (_PREFIX + "offset", str(offset).encode()),
        (_PREFIX + "exception", b"pipeline.events.Rejection"),
        (_PREFIX + "message", rejection.message[:_MESSAGE_LIMIT].encode(errors="replace")),
        (REASON_HEADER, str(rejection.reason).encode()),
    )


class TooManyDeadLettersError(LeadtideError):
    """So many records were rejected that something is wrong with us, or with what is sent: stop, do not divert all."""

    exit_code = 7


class DeadLetterLimit:
    """Counts a partition's records and says when rejections are no accident any more.

    More than `max_run` in a row, or more than `max_ratio` of the records since the last look, of which there must be
    at least `min_records`. `check` looks; a look with enough records begins a new count.
    """

    def __init__(self, *, max_run: int, max_ratio: float, min_records: int) -> None:
        self._max_run, self._max_ratio, self._min_records = max_run, max_ratio, min_records
        self._run = self._records = self._rejected = 0

    def readable(self, records: int) -> None:
        """Count records that could be used."""
        if records:
            self._run = 0
            self._records += records

    def rejected(self) -> None:
        """Count one that could not."""
        self._run += 1
        self._records += 1
        self._rejected += 1

    def check(self) -> None:
        """Raise TooManyDeadLettersError if it is too much."""
        if self._run >= self._max_run:
            raise TooManyDeadLettersError(
                f"{self._run} records in a row cannot be used: look at them with `leadtide dlq list`; mend the "
                "producer or the model, or raise LEADTIDE_DEAD_LETTERS__MAX_RUN"
            )
        if self._records < self._min_records:
            return
        if self._rejected > self._max_ratio * self._records:
            raise TooManyDeadLettersError(
                f"{self._rejected} of {self._records} records cannot be used: look at them with `leadtide dlq list`; "
                "mend the producer or the model, or raise LEADTIDE_DEAD_LETTERS__MAX_RATIO"
            )
        self._records = self._rejected = 0
