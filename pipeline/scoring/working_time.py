"""Working time: when a deadline falls that is counted in office hours (contract: lifecycle.md, rule 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
_MOST_DAYS = 3_660
"""A calendar that works less than asked for in ten years never gets there."""


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

    `holidays` are spans of days, both ends included. Hours are given in minutes of the day and do not overlap; an end
    at or before its start lies on the next day.
    """

    timezone: str
    weekdays: frozenset[int] = frozenset(range(5))
    hours: tuple[tuple[int, int], ...] = ((540, 1080),)
    holidays: tuple[tuple[date, date], ...] = ()

    @property
    def day_ms(self) -> int:
        """How long a working day is."""
        return sum(_minutes(start, end) for start, end in self.hours) * 60_000


def deadline(within: Within, calendar: Calendar | None, since: int) -> int | None:
    """The least instant at which the (working) time from `since` on reaches `within`, in ms; None: never.

    Time is what clocks measure: on a day on which they change, an hour may be missing or come twice.
    """
    if calendar is None:
        return since + (within.days + 7 * within.weeks) * DAY_MS + within.ms
    left = (within.days + 5 * within.weeks) * calendar.day_ms + within.ms
    for start, end in _shifts(calendar, since):
        begins = max(start, since)
        if end - begins >= left:
            return begins + left
        left -= max(0, end - begins)
    return None


def _shifts(calendar: Calendar, since: int) -> Iterator[tuple[int, int]]:
    """The stretches of work, in order, from the day before `since` on (one may last past midnight)."""
    zone = ZoneInfo(calendar.timezone)
    try:
        day = datetime.fromtimestamp(since / 1000, UTC).astimezone(zone).date() - timedelta(days=1)
    except (OverflowError, ValueError):
        return
    for _ in range(_MOST_DAYS):
        if day.weekday() in calendar.weekdays and not any(first <= day <= last for first, last in calendar.holidays):
            for start, end in sorted(calendar.hours):
                yield _instant(day, start, zone), _instant(day, start + _minutes(start, end), zone)
        if day >= date.max - timedelta(days=2):
            return
        day += timedelta(days=1)


def _minutes(start: int, end: int) -> int:
    return end - start if end > start else end - start + 1440


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    """The instant of a local time; one that the clocks skip is the instant of the change."""
    days, minutes = divmod(minutes, 1440)
    local = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), zone)
    back = local.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):  # no such local time: with either fold it lies beside
        before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
        return _first_after(before, after, zone)
    return round(local.timestamp() * 1000)


def _first_after(before: datetime, after: datetime, zone: ZoneInfo) -> int:
    """The instant between the two at which the clocks were set forward, to the second."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = after.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high * 1000
