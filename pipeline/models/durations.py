"""Durations of the model: `90s 15m 24h 14d 6w`, or ISO-8601 such as `PT15M` and `P1DT12H`."""

from __future__ import annotations

import re

from pipeline.scoring.working_time import Within

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SHORT = re.compile(r"([0-9]+)([smhdw])", re.ASCII)
_ISO = re.compile(
    r"P(?:(?P<w>[0-9]+)W)?(?:(?P<d>[0-9]+)D)?(?:T(?=[0-9])(?:(?P<h>[0-9]+)H)?(?:(?P<m>[0-9]+)M)?(?:(?P<s>[0-9]+)S)?)?",
    re.ASCII,
)
_MOST_MS = 36_500 * _UNITS_MS["d"]


def parse_duration(text: str) -> int:
    """The duration in ms, above 0 and at most 36,500 days. Raises ValueError with (message, remedy) as its args."""
    return sum(count * _UNITS_MS[unit] for unit, count in _counts(text).items())


def parse_within(text: str) -> Within:
    """The duration with its days and weeks kept apart from the rest: a calendar counts them as working ones.

    `1d` is a day and `24h` is 24 hours, which a calendar of nine hours a day takes for longer. Raises as
    `parse_duration` does.
    """
    counts = _counts(text)
    rest = sum(counts.get(unit, 0) * _UNITS_MS[unit] for unit in "hms")
    return Within(counts.get("d", 0), counts.get("w", 0), rest, text)


def _counts(text: str) -> dict[str, int]:
    """How many of each unit."""
    if len(text) > 40:
        raise ValueError("this is no duration", "write a number and a unit: 90s 15m 24h 14d 6w")
    short = _SHORT.fullmatch(text)
    iso = None if short else _ISO.fullmatch(text)
    if short:
        counts = {short[2]: int(short[1])}
    elif iso and text != "P":
        counts = {unit: int(count) for unit, count in iso.groupdict().items() if count}
    elif re.match(r"P[0-9]+[YM]", text, re.ASCII) or re.search(r"(?i)month|year|[0-9]\s*(mo|y)$", text):
        raise ValueError(f"`{text}`: months and years have no fixed length", "write days, such as `30d` or `P365D`")
    else:
        raise ValueError(f"`{text}` is no duration", "write a number and a unit: 90s 15m 24h 14d 6w, or PT15M, P14D")
    total = sum(count * _UNITS_MS[unit] for unit, count in counts.items())
    if total <= 0:
        raise ValueError(f"`{text}` is no time at all", "write a duration above 0, such as `1s`")
    if total > _MOST_MS:
        raise ValueError(f"`{text}` is more than 36,500 days", "write a shorter duration")
    return counts
