"""The expected instants worked out again, the slow and simple way, from what `because` says of them.

Nothing here is of the product: points that halve are summed at a time, working time is counted minute by minute.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from math import fsum
from typing import Any
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_UNITS = {"h": HOUR_MS, "d": DAY_MS}

Json = dict[str, Any]


def parse(text: str) -> int:
    """Milliseconds of an ISO-8601 instant."""
    moment = datetime.fromisoformat(text)
    return round(moment.timestamp() * 1000)


def duration(text: str) -> int:
    """Milliseconds of a duration such as 14d or 4h."""
    return int(text[:-1]) * _UNITS[text[-1]]


def score(parts: list[list[Any]], instant: int) -> float:
    """Points of [points, when, half-life in days] at an instant."""
    ages = ((points, instant - parse(when), days * DAY_MS) for points, when, days in parts)
    return fsum(points * 0.5 ** (age / half) for points, age, half in ages if 0 <= age < 20 * half)


def agrees(because: Json, instant: int, events: dict[str, Json], calendars: Json) -> bool:
    """Whether the instant is the first at which what is said of it is true."""
    if "score_of" in because:
        at = instant + duration(because.get("ahead", "0d"))
        return _met(because, at) and not _met(because, at - 1)
    if "window" in because:  # closes when the activity is exactly so old
        return instant == parse(events[because["of"]]["occurred_at"]) + duration(because["window"])
    if "after" in because:
        return instant == parse(because["since"]) + duration(because["after"])
    if "date" in because:
        midnight = datetime.fromisoformat(because["date"]).replace(tzinfo=ZoneInfo(because["timezone"]))
        return instant == round(midnight.timestamp() * 1000)
    if "working" in because:
        return instant == working_deadline(because["since"], because["working"], calendars[because["calendar"]])
    raise ValueError(f"nothing is known of {json.dumps(because)}")


def _met(because: Json, instant: int) -> bool:
    points = score(because["score_of"], instant)
    if "below" in because:
        return points < because["below"]
    if "at_most" in because:
        return points <= because["at_most"]
    return points >= because["reaches"]


def working_deadline(since: str, within: str, calendar: Json) -> int:
    """The instant at which so much working time has passed, counted minute by minute."""
    spans = [_span(text) for text in ([calendar["hours"]] if isinstance(calendar["hours"], str) else calendar["hours"])]
    off = {day for text in calendar["holidays"] for day in _days(text)}
    per_day = sum(end - begin for begin, end in spans)
    needed = per_day * int(within[:-1]) if within.endswith("d") else duration(within) // 60_000
    zone, moment = ZoneInfo(calendar["timezone"]), datetime.fromisoformat(since).astimezone(ZoneInfo("UTC"))
    assert calendar["days"] == "mon-fri"
    while needed:
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        works = local.weekday() < 5 and local.date() not in off
        needed -= works and any(begin <= minute < end for begin, end in spans)
        moment += timedelta(minutes=1)
    return round(moment.timestamp() * 1000)


def _span(text: str) -> tuple[int, int]:
    begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return begin, end


def _days(text: str) -> list[date]:
    first, _, last = text.partition("/")
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    return [begin + timedelta(days=number) for number in range((end - begin).days + 1)]
