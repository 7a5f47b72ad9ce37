"""What a lane holds once decoded: one item a record, in the order of time that the merge needs."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from pipeline.codec import decode
from pipeline.codec.internal import Activity, decode_activity
from pipeline.codec.reasons import UnreadableError
from pipeline.engine.activating import ModelChange
from pipeline.events import Event, Rejection
from pipeline.streaming.chunk import Record

_LOG_APPEND_TIME = 1
_AT_ONCE = -1
"""A record without a time of its own (a dead letter to be) goes as soon as it is at its lane's head."""


class Rank(IntEnum):
    """At one instant facts come before ticks: a tick T is applied after everything that happened by T.

    Another model at T comes after both: what was due by then was due under the former one.
    """

    FACT = 0
    TICK = 1
    MODEL = 2


class Item(NamedTuple):
    """One record, decoded. Items compare by (`time`, `rank`, `event_id`)."""

    time: int
    rank: Rank
    event_id: str
    offset: int
    payload: Event | Rejection | Activity | ModelChange | int
    """An event, why there is none, a forwarded message, another model, or the instant of a tick."""
    record: Record


Decoder = Callable[[Record], Item]
Key = tuple[int, Rank, str]
"""The first three fields of an item, which decide the order."""


def input_item(record: Record, read: Callable[..., Event | Rejection] = decode) -> Item:
    """A record of one of the input topics. `read` is a codec's `decode`, and may raise SchemaAwaited."""
    append_time = record.timestamp if record.timestamp_type == _LOG_APPEND_TIME else None
    decoded = read(record.value, append_time_ms=append_time, headers=record.headers)
    if type(decoded) is Event:
        return Item(decoded.occurred_at, Rank.FACT, decoded.event_id, record.offset, decoded, record)
    return Item(_AT_ONCE, Rank.FACT, "", record.offset, decoded, record)


def forward_item(record: Record) -> Item:
    """A record of `leads.activity.v1`."""
    try:
        activity = decode_activity(record.value or b"")
    except UnreadableError as error:
        return unreadable(record, error.message)
    return Item(activity.occurred_at, Rank.FACT, activity.event_id, record.offset, activity, record)


def unreadable(record: Record, message: str) -> Item:
    """What becomes of a record of an internal topic that cannot be read: a dead letter."""
    rejection = Rejection("unreadable_message", message)
    return Item(_AT_ONCE, Rank.FACT, "", record.offset, rejection, record)
