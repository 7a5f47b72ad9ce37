"""Which activities a limit lets pay, and how many points each is worth before decay (contract: scoring.md)."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import MOST, equality_key, number_of
from pipeline.scoring.known import Known
from pipeline.scoring.model import Limit, Points


class Gate:
    """Lets the eligible activities of one rule pay, which come in order, as far as its limit allows.

    With `per_ms` an activity pays only if fewer than `count` paid ones lie in (t − per_ms, t].
    """

    __slots__ = ("_limit", "_paid_at")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._paid_at: defaultdict[Any, deque[int]] = defaultdict(deque)

    def admits(self, activity: Activity, known: Known) -> bool:
        """Whether the next activity pays."""
        limit = self._limit
        recent = self._paid_at[None if limit.by is None else equality_key(known.value(activity, limit.by))]
        if limit.per_ms is not None:
            while recent and recent[0] <= activity.occurred_at - limit.per_ms:
                recent.popleft()
        if len(recent) >= limit.count:
            return False
        recent.append(activity.occurred_at)
        return True


def raw_points(activity: Activity, points: Points, known: Known) -> float:
    """What one paid activity is worth before decay: fixed, or min(max, factor × value) with 0 for no number."""
    if points.per is None:
        return points.fixed
    value = number_of(known.value(activity, points.per))
    if value is None:
        return 0.0
    worth = max(-MOST, min(MOST, points.factor * value))
    return worth if points.max is None else min(points.max, worth)
