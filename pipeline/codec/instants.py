"""Instants on the wire: ISO-8601 text or integer milliseconds, UTC inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST_MS = 0
"""1970-01-01T00:00:00.000Z."""
LATEST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z."""

_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?\ ?([Zz]|[+-]\d\d(?::?[0-5]\d)?)?)?",
    re.ASCII,
)


def parse_instant(text: str, timezone: tzinfo | None = None) -> int:
    """Milliseconds since the epoch of ISO-8601 `text`, from 1970 to 9999; digits below the millisecond are cut off.

    A time without offset, or a date alone (its first instant), is read in `timezone`; without one it is refused.
    As POSIX time has it, a leap second (23:59:60 UTC) is the first second of the next day; so is 24:00:00.
    Raises ValueError, with a message for people, for anything else.
    """
    milliseconds = _quickly(text)
    if milliseconds is None:
        milliseconds = _thoroughly(text, timezone)
    if not EARLIEST_MS <= milliseconds <= LATEST_MS:
        raise ValueError("the year must lie between 1970 and 9999")
    return milliseconds


def format_instant(milliseconds: int) -> str:
    """ISO-8601 in UTC with milliseconds: '2026-03-02T09:30:00.000Z'."""
    days, of_day = divmod(milliseconds, _DAY_MS)
    seconds, fraction = divmod(of_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    day = (_EPOCH + timedelta(days=days)).date().isoformat()
    return f"{day}T{hour:02d}:{minute:02d}:{second:02d}.{fraction:03d}Z"


def _quickly(text: str) -> int | None:
    """The two forms that nearly every producer writes: whole seconds or milliseconds, ending in Z."""
    length = len(text)
    if length not in (20, 24) or text[-1] != "Z" or text[4] != "-" or text[7] != "-" or text[10] != "T":
        return None
    if text[13] != ":" or (length == 24 and text[19] != "."):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - _EPOCH) // _MILLISECOND


def _thoroughly(text: str, timezone: tzinfo | None) -> int:
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError("not an ISO-8601 time such as 2026-03-02T09:30:00Z")
    day, hour, minute, second, fraction, offset = found.groups()
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    milliseconds = int((fraction or "").ljust(3, "0")[:3])
    extra = timedelta(milliseconds=milliseconds)
    is_leap = clock[2] == 60
    if is_leap:
        clock = (clock[0], clock[1], 59)
        extra += timedelta(seconds=1)
    if clock == (24, 0, 0):
        if milliseconds:
            raise ValueError("24:00 is the end of the day, with nothing after it")
        clock = (0, 0, 0)
        extra += timedelta(days=1)
    try:
        moment = datetime.fromisoformat(f"{day}T{clock[0]:02d}:{clock[1]:02d}:{clock[2]:02d}")
    except ValueError as error:
        raise ValueError("no such date or time of day") from error
    if offset is None:
        if timezone is None:
            raise ValueError("a time without an offset could be anywhere: end it with Z or an offset such as +08:00")
        since = moment.replace(tzinfo=timezone) - _EPOCH
    else:
        since = moment.replace(tzinfo=UTC) - _EPOCH - _offset(offset)
    if is_leap and since % timedelta(days=1) != timedelta(hours=23, minutes=59, seconds=59):
        raise ValueError("a leap second is the last of a day in UTC")
    return (since + extra) // _MILLISECOND


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 23:
        raise ValueError("an offset is less than a day")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if text[0] == "-" else offset
