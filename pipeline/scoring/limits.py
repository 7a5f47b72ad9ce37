"""Which activities a limit lets pay, and how many points each is worth before decay (contract: scoring.md)."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import MOST, equality_key, number_of
from pipeline.scoring.known import Known
from pipeline.scoring.model import Limit, Points


def paid(activities: list[Activity], limit: Limit | None, known: Known) -> list[Activity]:
    """The activities that pay, of those eligible, which come in order.

    With `per_ms` an activity pays only if fewer than `count` paid ones lie in (t − per_ms, t].
    """
    if limit is None:
        return activities
    if limit.by is None and limit.per_ms is None:
        return activities[: limit.count]
    paid_at: defaultdict[Any, deque[int]] = defaultdict(deque)
    chosen = []
    for activity in activities:
        key = None if limit.by is None else equality_key(known.value(activity, limit.by))
        recent = paid_at[key]
        while limit.per_ms is not None and recent and recent[0] <= activity.occurred_at - limit.per_ms:
            recent.popleft()
        if len(recent) < limit.count:
            recent.append(activity.occurred_at)
            chosen.append(activity)
    return chosen


def raw_points(activity: Activity, points: Points, known: Known) -> float:
    """What one paid activity is worth before decay: fixed, or min(max, factor × value) with 0 for no number."""
    if points.per is None:
        return points.fixed
    value = number_of(known.value(activity, points.per))
    if value is None:
        return 0.0
    worth = max(-MOST, min(MOST, points.factor * value))
    return worth if points.max is None else min(points.max, worth)
