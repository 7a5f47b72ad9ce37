"""Durations of the model: `90s 15m 24h 14d 6w`, or ISO-8601 such as `PT15M` and `P1DT12H`."""

from __future__ import annotations

import re

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SHORT = re.compile(r"([0-9]+)([smhdw])", re.ASCII)
_ISO = re.compile(
    r"P(?:(?P<w>[0-9]+)W)?(?:(?P<d>[0-9]+)D)?(?:T(?=[0-9])(?:(?P<h>[0-9]+)H)?(?:(?P<m>[0-9]+)M)?(?:(?P<s>[0-9]+)S)?)?",
    re.ASCII,
)
_MOST_MS = 36_500 * _UNITS_MS["d"]


def parse_duration(text: str) -> int:
    """The duration in ms, above 0 and at most 36,500 days. Raises ValueError with (message, remedy) as its args."""
    if len(text) > 40:
        raise ValueError("this is no duration", "write a number and a unit: 90s 15m 24h 14d 6w")
    short = _SHORT.fullmatch(text)
    iso = None if short else _ISO.fullmatch(text)
    if short:
        total = int(short[1]) * _UNITS_MS[short[2]]
    elif iso and text != "P":
        total = sum(int(count) * _UNITS_MS[unit] for unit, count in iso.groupdict().items() if count)
    elif re.match(r"P[0-9]+[YM]", text, re.ASCII) or re.search(r"(?i)month|year|[0-9]\s*(mo|y)$", text):
        raise ValueError(f"`{text}`: months and years have no fixed length", "write days, such as `30d` or `P365D`")
    else:
        raise ValueError(f"`{text}` is no duration", "write a number and a unit: 90s 15m 24h 14d 6w, or PT15M, P14D")
    if total <= 0:
        raise ValueError(f"`{text}` is no time at all", "write a duration above 0, such as `1s`")
    if total > _MOST_MS:
        raise ValueError(f"`{text}` is more than 36,500 days", "write a shorter duration")
    return total
