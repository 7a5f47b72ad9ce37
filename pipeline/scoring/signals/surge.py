"""`surge`: much more is done than was usual (contract: scoring.md, Interest signals)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator

from pipeline.scoring.outlook import Outlook
from pipeline.scoring.raised import Raised
from pipeline.scoring.rules import Best, Paying
from pipeline.scoring.signals.moment import Moment

SURGE = "surge"
BEFORE = 8
"""So many windows before the present one are what is usual."""
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"))


def surge(moment: Moment) -> Raised | None:
    """Asked where there are news, once the lead is as old as the window; raised again only after it was false."""
    rule = moment.model.interest.surge
    if rule is None or not moment.has_news:
        return None
    outlook, facts, instant = moment.outlook, moment.known.facts, moment.instant
    window = rule.window_ms
    if not facts or instant - facts[0].occurred_at < window:
        return None
    points = raw_points_in(outlook, instant - window, instant)
    mean = 0.0
    holds = points >= rule.floor
    if holds:
        mean = raw_points_in(outlook, instant - (1 + BEFORE) * window, instant - window) / BEFORE
        holds = points >= rule.factor * mean
    if not holds:
        moment.said.pop(SURGE, None)
        return None
    is_new = SURGE not in moment.said
    moment.said[SURGE] = instant
    return Raised(SURGE, details={"points": points, "mean": mean, "window": _text_of(window)}) if is_new else None


def raw_points_in(outlook: Outlook, after: int, until: int) -> float:
    """The raw positive points paid to activities in (after, until], before any decay and any clip of a sum."""
    points = []
    for worth, weight in _paid(outlook):
        first, last = bisect_right(worth, after, key=_instant), bisect_right(worth, until, key=_instant)
        points += [worth[i][1] if weight is None else weight * worth[i][1] / 100 for i in range(first, last)]
    return math.fsum([value for value in points if value > 0])


def _paid(outlook: Outlook) -> Iterator[tuple[list[tuple[int, float]], float | None]]:
    """What each activity rule has paid, and the weight of the `best_of` group whose paying member it is."""
    for rule in outlook.implicit_sheet.paying:
        if isinstance(rule, Paying):
            yield rule.worth, None
        elif isinstance(rule, Best):
            best = rule.paying(outlook.known.instant)
            if isinstance(best, Paying):
                yield best.worth, rule.rule.weight


def _instant(paid: tuple[int, float]) -> int:
    return paid[0]


def _text_of(duration_ms: int) -> str:
    """As a model writes it."""
    for length, unit in _UNITS:
        if duration_ms % length == 0:
            return f"{duration_ms // length}{unit}"
    return f"{duration_ms / 1000:g}s"
