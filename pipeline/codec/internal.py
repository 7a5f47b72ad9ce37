"""The records of `leads.activity.v1`: Avro in single-object encoding, whatever the outputs are written in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from pipeline.codec.avro import Read, reader_of, writer_of
from pipeline.codec.forms import single_object_prefix
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.schemas import current, fingerprint_of, history


class Activity(NamedTuple):
    """One record. `to` is the subject it is for (None: the whole partition), `occurred_at` in ms (−1: at once)."""

    to: str | None
    occurred_at: int
    event_id: str
    body: bytes


def encode_activity(activity: Activity) -> bytes:
    """The record's value."""
    return _writer()(activity._asdict())


def decode_activity(value: bytes) -> Activity:
    """The record in a value, of this release or an earlier one. Raises UnreadableError."""
    read = _readers().get(value[:10])
    if read is None:
        raise UnreadableError(Reason.UNKNOWN_SCHEMA, "no record of leads.activity.v1 that this release knows")
    return Activity(**read(value, 10))


@cache
def _writer() -> Callable[[dict[str, Any]], bytes]:
    schema = current("activity")
    return writer_of(schema, single_object_prefix(fingerprint_of(schema)))


@cache
def _readers() -> dict[bytes, Read]:
    ours = current("activity")
    return {single_object_prefix(fingerprint_of(s)): reader_of(s, ours) for s in (*history("activity"), ours)}
