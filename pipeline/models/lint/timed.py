"""Transitions that come true by time alone: whoever is in the stage moves on, though nothing happens."""

from __future__ import annotations

from typing import Any

from pipeline.models.durations import parse_duration
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.solving import Literal, branches
from pipeline.scoring.conditions import Gained, Happened, Identified, InStageFor

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))


def wait_ms(item: dict[str, Any], context: LintContext) -> int | None:
    """After which time in the stage the transition fires without any fact at the soonest; None if it needs one.

    Being identified is no fact to wait for, and neither is that something has not happened.
    """
    if "approvals" in item:
        return None
    found = branches(context.condition(item["when"], of_lead=True)) or ()
    waits = [_wait_of(branch) for branch in found if all(map(_needs_no_fact, branch))]
    return min(waits, default=None)


def _needs_no_fact(literal: Literal) -> bool:
    atom, positive = literal
    if isinstance(atom, Identified):
        return True
    return isinstance(atom, InStageFor) if positive else isinstance(atom, (Happened, Gained))


def _wait_of(branch: tuple[Literal, ...]) -> int:
    return max((atom.duration_ms for atom, _ in branch if isinstance(atom, InStageFor)), default=0)


def round_ms(items: list[dict[str, Any]], waits: list[int]) -> int:
    """How long one round over these transitions takes at least; a cooldown holds the same one back."""
    cooldowns = [parse_duration(item["cooldown"]) for item in items if "cooldown" in item]
    return max([sum(waits), *cooldowns])


def in_units(span_ms: int) -> str:
    """A duration as a model writes it, `1d 12h`."""
    parts = []
    for unit, length in _UNITS:
        count, span_ms = divmod(span_ms, length)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)
