"""Working time: when a deadline falls that is counted in office hours (contract: lifecycle.md, rule 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.scoring.instants import LATEST_MS

DAY_MS = 86_400_000
_MOST_DAYS = 3_660
"""A calendar that works less than asked for in ten years never gets there."""
_LAST_DAY = date.max.toordinal() - 2
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Within:
    """A length of time: whole `days` (a week is seven, or five working ones) and `ms` beside them.

    With a calendar a day is one of its working days, without one 24 hours. `text` is how the model writes it.
    """

    days: int = 0
    weeks: int = 0
    ms: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work: `hours` (start, end) on each of `weekdays` (0 is Monday) in `timezone`, not on `holidays`.

    `holidays` are spans of days, both ends included: no shift begins on one (a shift of the evening before ends as
    ever). Hours are given in minutes of the day and do not overlap; an end at or before its start lies on the next day.
    """

    timezone: str
    weekdays: frozenset[int] = frozenset(range(5))
    hours: tuple[tuple[int, int], ...] = ((540, 1080),)
    holidays: tuple[tuple[date, date], ...] = ()

    @property
    def day_ms(self) -> int:
        """How long a working day is by the clock on the wall."""
        return sum(_minutes(start, end) for start, end in self.hours) * 60_000


@lru_cache(maxsize=16_384)
def deadline(within: Within, calendar: Calendar | None, since: int) -> int | None:
    """The least instant at which the (working) time from `since` on reaches `within`, in ms; None: never.

    Working time is time that passes. Where the clocks change, a shift lasts from the first instant at which they show
    a time within it to the last: one that begins in the missing hour begins when they jump, one that begins or ends
    in the hour that comes twice begins the first time and ends the second. So a night shift of eight hours counts
    seven in the night of spring and nine in the night of autumn; no instant counts twice.
    """
    if calendar is None:
        due_at = since + (within.days + 7 * within.weeks) * DAY_MS + within.ms
        return due_at if due_at <= LATEST_MS else None
    left = (within.days + 5 * within.weeks) * calendar.day_ms + within.ms
    counted = since
    for start, end in _shifts(calendar, since):
        begins = max(start, counted)
        if end - begins >= left:
            return begins + left
        if end > begins:
            left -= end - begins
            counted = end
    return None


def _shifts(calendar: Calendar, since: int) -> Iterator[tuple[int, int]]:
    """The stretches of work, in order, from the day before `since` on (one may last past midnight)."""
    try:
        local = datetime.fromtimestamp(since / 1000, UTC).astimezone(ZoneInfo(calendar.timezone))
    except (OverflowError, ValueError):
        return
    first = max(local.toordinal() - 1, 1)
    for day in range(first, min(first + _MOST_DAYS, _LAST_DAY)):
        yield from _of_day(calendar, day)


@lru_cache(maxsize=8_192)
def _of_day(calendar: Calendar, ordinal: int) -> tuple[tuple[int, int], ...]:
    """The shifts that begin on a day (its proleptic ordinal), as instants."""
    day = date.fromordinal(ordinal)
    if day.weekday() not in calendar.weekdays or any(first <= day <= last for first, last in calendar.holidays):
        return ()
    zone = ZoneInfo(calendar.timezone)
    return tuple(
        (_first(ordinal, start, zone) * 1000, _end(ordinal, start + _minutes(start, end), zone) * 1000)
        for start, end in sorted(calendar.hours)
    )


def _minutes(start: int, end: int) -> int:
    return end - start if end > start else end - start + 1440


def _first(ordinal: int, minutes: int, zone: ZoneInfo) -> int:
    """The first second at which the clocks show a local time, or one after it if they skip it."""
    return _seconds(ordinal, minutes, zone)[0]


def _end(ordinal: int, minutes: int, zone: ZoneInfo) -> int:
    """The second from which on the clocks never again show a local time before this one."""
    first, second = _seconds(ordinal, minutes, zone)
    # At the very change, the second time, nothing before it is shown again.
    is_change = second > first and _offset_at(second - 1, zone) != _offset_at(second, zone)
    return first if is_change else second


def _seconds(ordinal: int, minutes: int, zone: ZoneInfo) -> tuple[int, int]:
    """The seconds since 1970 of a local time: as a rule twice the same, two if it comes twice.

    One that the clocks skip is the second at which they jump.
    """
    days, minutes = divmod(minutes, 1440)
    local = datetime.combine(date.fromordinal(ordinal + days), time(minutes // 60, minutes % 60), zone)
    seconds = (ordinal + days - _EPOCH) * 86_400 + minutes * 60
    first, second = (seconds - _offset(local.replace(fold=fold)) for fold in (0, 1))
    if first > second:  # skipped: with the offset of before it lies after the jump, with the one of after before it
        first = second = _jump(second, first, zone)
    return first, second


def _offset(local: datetime) -> int:
    offset = local.utcoffset() or timedelta()
    return offset.days * 86_400 + offset.seconds


def _offset_at(second: int, zone: ZoneInfo) -> int:
    return _offset(datetime.fromtimestamp(second, UTC).astimezone(zone))


def _jump(before: int, after: int, zone: ZoneInfo) -> int:
    """The second in (before, after] at which the clocks are set forward."""
    offset = _offset_at(after, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(middle, zone) == offset:
            after = middle
        else:
            before = middle
    return after
