"""Working time in the model: calendars, and what is due within some of their time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Any

from pipeline.models.context import Context
from pipeline.models.durations import parse_within
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.models.zones import zone_name
from pipeline.scoring.working_time import Calendar, Within, deadline

Calendars = Mapping[str, Calendar]
"""The calendars of a model by name."""

_USUAL = Calendar("UTC")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_MINUTES = 1440
_SOME_INSTANT = 1_767_225_600_000  # the first of 2026: whether a time can be worked at all hangs on no instant
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_ALMOST_HOURS = re.compile(r"\s*(\d{1,2})(?:[:.](\d\d))?\s*(?:-|–|to)\s*(\d{1,2})(?:[:.](\d\d))?\s*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def calendars(data: Any, zone: str, context: Context) -> Calendars:
    """The model's `calendars`; one without `timezone` lies in `zone`."""
    if not isinstance(data, dict):
        return {}
    made: dict[str, Calendar] = {}
    for name, given in data.items():
        path: Path = ("calendars", name)

        def one(given: Any = given, path: Path = path) -> Calendar:
            return _calendar({} if given is None else given, path, zone, context)

        made[name] = context.build(path, one, _USUAL)
    return made


def due(data: dict[str, Any], path: Path, known: Calendars, context: Context) -> tuple[Within | None, Calendar | None]:
    """The time under `within` (None: not said), and the calendar under `calendar` that counts it (None: none)."""
    time, calendar = _within(data, path, context), _named(data, path, known, context)
    if time and calendar and calendar.weekdays and calendar.hours and deadline(time, calendar, _SOME_INSTANT) is None:
        told = f"`{time.text}` is more than the calendar `{data['calendar']}` works in ten years"
        context.say((*path, "within"), told, "write a shorter time, or give the calendar more days and hours")
    return time, calendar


def _named(data: dict[str, Any], path: Path, known: Calendars, context: Context) -> Calendar | None:
    name = data.get("calendar")
    if name is None:
        return None
    if name not in known:
        remedy = did_you_mean(name, known) if known else f"describe it: `calendars: {{{name}: {{days: mon-fri}}}}`"
        context.say((*path, "calendar"), f"there is no calendar `{name}`", remedy)
    return known.get(name)


def _within(data: dict[str, Any], path: Path, context: Context) -> Within | None:
    if "within" not in data:
        return None
    try:
        return parse_within(data["within"])
    except ValueError as error:
        context.say((*path, "within"), *error.args)
        return None


def _calendar(data: dict[str, Any], path: Path, zone: str, context: Context) -> Calendar:
    if "timezone" in data:
        zone = zone_name(data["timezone"], (*path, "timezone"), context)
    weekdays, hours = _USUAL.weekdays, _USUAL.hours
    if "days" in data:
        days = [_weekdays(text, place, context) for text, place in _each(data["days"], (*path, "days"))]
        weekdays = frozenset[int]().union(*days)
    if "hours" in data:
        hours = _all_hours(data["hours"], (*path, "hours"), weekdays, context)
    spans = [
        _holiday(text, (*path, "holidays", index), context) for index, text in enumerate(data.get("holidays") or ())
    ]
    return Calendar(zone, weekdays, hours, tuple(sorted(span for span in spans if span is not None)))


def _each(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The texts of one text or a list of them, each with its place."""
    if isinstance(value, list):
        yield from ((text, (*path, index)) for index, text in enumerate(value))
    else:
        yield value, path


def _weekdays(text: str, path: Path, context: Context) -> frozenset[int]:
    """The days that `mon` or `mon-fri` names; `sat-wed` goes round the end of the week."""
    ends = [part.strip().casefold() for part in text.split("-")]
    wrong = next((part for part in ends if part not in _DAYS), None)
    if wrong is None and len(ends) <= 2:
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    meant = "-".join(_DAYS[_FULL.index(part)] if part in _FULL else part for part in ends)
    told = all(part in _DAYS for part in meant.split("-")) and len(ends) <= 2
    remedy = f"did you mean `{meant}`?" if told else "write days such as `mon-fri`, or a list: `[mon, wed, fri]`"
    context.say(path, f"`{text}` names no days of the week", remedy)
    return frozenset()


def _all_hours(data: Any, path: Path, weekdays: frozenset[int], context: Context) -> tuple[tuple[int, int], ...]:
    made = [(span, place) for text, place in _each(data, path) if (span := _hours(text, place, context)) is not None]
    for (one, _), (other, place) in combinations(made, 2):
        if _overlap(one, other, weekdays):
            context.say(place, f"{_clock(other)} overlaps {_clock(one)}", "join the two, or let them meet")
    return tuple(sorted(span for span, _ in made))


def _hours(text: str, path: Path, context: Context) -> tuple[int, int] | None:
    found = _HOURS.fullmatch(text)
    if not found:
        almost = _ALMOST_HOURS.fullmatch(text)
        parts = almost.groups() if almost else ()
        meant = "-".join(f"{int(h):02}:{m or '00'}" for h, m in zip(parts[::2], parts[1::2], strict=True))
        remedy = f"did you mean `'{meant}'`?" if meant else "write `'09:00-18:00'`, or a list of such spans"
        context.say(path, f"`{text[:40]}` names no hours", remedy)
        return None
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES:
        context.say(path, f"`{text}`: a day has the times 00:00 to 24:00", "write `'09:00-18:00'`")
        return None
    if start == end:
        context.say(path, f"`{text}` ends when it begins", "for the whole day write `00:00-24:00`")
        return None
    return start, end


def _length(span: tuple[int, int]) -> int:
    return (span[1] - span[0]) % _DAY_MINUTES or _DAY_MINUTES


def _overlap(one: tuple[int, int], other: tuple[int, int], weekdays: frozenset[int]) -> bool:
    """Whether the two ever share a minute: on one day, or one of them with the other of the next working day."""
    shifts = [0]
    if any((day + 1) % 7 in weekdays for day in weekdays):
        shifts += [_DAY_MINUTES, -_DAY_MINUTES]
    return any(
        max(one[0], other[0] + shift) < min(one[0] + _length(one), other[0] + shift + _length(other))
        for shift in shifts
    )


def _clock(span: tuple[int, int]) -> str:
    return "`" + "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span) + "`"


def _holiday(text: str, path: Path, context: Context) -> tuple[date, date] | None:
    ends = text.split("/")
    days = [_date(part) for part in ends]
    first, last = days[0], days[-1]
    if first is None or last is None or len(days) > 2:
        wrong = next((part for part, day in zip(ends, days, strict=True) if day is None), text)
        remedy = "write a day, `2026-10-01`, or its first and last day, `2026-10-01/2026-10-07`"
        context.say(path, f"`{wrong[:40]}` is no day", remedy)
        return None
    if first > last:
        context.say(path, f"`{text}` ends before it begins", f"write `{last}/{first}`")
    return first, last


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
