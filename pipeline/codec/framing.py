"""One record's bytes to one event: the form on the wire is told by the first bytes."""

from __future__ import annotations

from pipeline.codec.envelope import event_of
from pipeline.codec.json_form import read_json
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.events import Event, Rejection

MAX_BYTES = 256 * 1024

_CONFLUENT = (b"\x00", b"\x01")
_SINGLE_OBJECT = b"\xc3\x01"


def decode(value: bytes | None, *, append_time_ms: int | None = None) -> Event | Rejection:
    """The event in a record's value, or why there is none. Never raises, whatever the bytes are.

    `append_time_ms` is the broker's append time where the record carries one (timestamp type LogAppendTime): an
    event from the future is clamped to five minutes after it.
    """
    if value is None:
        return Rejection(Reason.NULL_VALUE, "the record has no value")
    if len(value) > MAX_BYTES:
        return Rejection(Reason.TOO_LARGE, f"{len(value)} bytes, {MAX_BYTES} are allowed")
    if value.startswith(_SINGLE_OBJECT) or value[:1] in _CONFLUENT:
        return Rejection(Reason.UNSUPPORTED_FORMAT, "Avro cannot be read yet: send the JSON form")
    try:
        return event_of(read_json(value), append_time_ms)
    except UnreadableError as error:
        return Rejection(error.reason, error.message)
