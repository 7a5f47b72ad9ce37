"""How points fade: the factor at an age, its bounds over a span of ages, and the age at which it ends."""

from __future__ import annotations

from pipeline.scoring.model import Decay

HALF_LIVES = 20
"""Points with a half-life are worth nothing from this many half-lives on."""


def factor(decay: Decay, age: int) -> float:
    """The share of its points that an activity of this age (ms, ≥ 0) still has."""
    kind, span = decay.kind, decay.span_ms
    if kind == "none":
        return 1.0
    if kind == "half_life":
        return 2.0 ** (-age / span) if age < HALF_LIVES * span else 0.0
    if kind == "window":
        return 1.0 if age < span else 0.0
    if kind == "linear":
        return max(0.0, 1 - age / span)
    return next((share for boundary, share in decay.steps if age < boundary), 0.0)


def bounds(decay: Decay, youngest: int, oldest: int) -> tuple[float, float]:
    """Least and greatest factor at any age from `youngest` to `oldest`."""
    first, last = factor(decay, youngest), factor(decay, oldest)
    if decay.kind != "steps":
        return last, first
    inner = [factor(decay, boundary) for boundary, _ in decay.steps if youngest < boundary <= oldest]
    return min(first, last, *inner), max(first, last, *inner)


def end_age(decay: Decay) -> int:
    """The age from which on the factor never changes again."""
    if decay.kind == "none":
        return 0
    if decay.kind == "half_life":
        return HALF_LIVES * decay.span_ms
    return decay.steps[-1][0] if decay.kind == "steps" else decay.span_ms
