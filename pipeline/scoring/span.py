"""Intervals: what a value, a truth or a sum can be while time runs from `first` to `last` without a new fact.

A point in time is the interval that begins where it ends; there every bound is exact, so scoring at an instant and
searching for a crossing are the same code and cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Truth = bool | None
"""True, False, or None: not the same throughout the span, or not known to be."""


class Span(NamedTuple):
    """The instants from `first` to `last` (ms), both included."""

    first: int
    last: int


class Bounds(NamedTuple):
    """A value lies from `low` to `high` throughout a span."""

    low: float
    high: float

    def times(self, weight: float) -> Bounds:
        """The bounds of weight × value."""
        low, high = weight * self.low, weight * self.high
        return Bounds(low, high) if low <= high else Bounds(high, low)

    def clipped(self, least: float | None, most: float | None) -> Bounds:
        """The bounds of the value clipped to [least, most]."""
        if least is None and most is None:
            return self
        return Bounds(clip(self.low, least, most), clip(self.high, least, most))


def clip(value: float, least: float | None, most: float | None) -> float:
    """The value, but no less than `least` and no more than `most` (None: open)."""
    if most is not None and value > most:
        value = most
    if least is not None and value < least:
        value = least
    return value


def reaches(bounds: Bounds, threshold: float) -> Truth:
    """Whether the value is ≥ threshold."""
    return True if bounds.low >= threshold else False if bounds.high < threshold else None


def stays_below(bounds: Bounds, threshold: float) -> Truth:
    """Whether the value is ≤ threshold."""
    return True if bounds.high <= threshold else False if bounds.low > threshold else None


def both(one: Truth, other: Truth) -> Truth:
    """Kleene's and."""
    return False if one is False or other is False else None if one is None or other is None else True


def either(one: Truth, other: Truth) -> Truth:
    """Kleene's or."""
    return True if one is True or other is True else None if one is None or other is None else False


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene's and of all; of none: true."""
    answer: Truth = True
    for truth in truths:
        answer = both(answer, truth)
        if answer is False:
            break
    return answer


def some(truths: Iterable[Truth]) -> Truth:
    """Kleene's or of all; of none: false."""
    answer: Truth = False
    for truth in truths:
        answer = either(answer, truth)
        if answer:
            break
    return answer


def negated(truth: Truth) -> Truth:
    """Kleene's not."""
    return None if truth is None else not truth


def past(span: Span, instant: int) -> Truth:
    """Whether `instant` has come."""
    return True if span.first >= instant else False if span.last < instant else None
