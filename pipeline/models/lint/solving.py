"""What can be proven of conditions without any lead: that one never holds, that one follows from another.

Sound, not complete: a pattern is opaque, so what is proven is so, and what is not proven may still be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from pipeline.models.lint.literals import contradict
from pipeline.scoring.conditions import All, AnyOf, Condition, Not, ScoreIs

Literal = tuple[Any, bool]
"""A condition without connectives, and whether it is asked to hold or not to hold."""

_MOST_BRANCHES = 512


class _TooManyError(Exception):
    """The condition has more alternatives than lint looks at."""


def branches(condition: Condition) -> list[tuple[Literal, ...]] | None:
    """The alternatives of a condition: it holds if all literals of one of them do. None if they are too many."""
    try:
        return list(_branches(condition, positive=True))
    except _TooManyError:
        return None


def impossible(*conditions: Condition) -> bool:
    """Whether the conditions can be proven never to hold together."""
    found = branches(All(conditions))
    return found is not None and all(contradict(branch, implies) for branch in found)


def implies(one: Condition | None, other: Condition | None) -> bool:
    """Whether `other` can be proven to hold wherever `one` does. None always holds."""
    if other is None:
        return True
    return impossible(All(()) if one is None else one, Not(other))


def _branches(condition: Condition, *, positive: bool) -> Iterator[tuple[Literal, ...]]:
    if isinstance(condition, Not):
        yield from _branches(condition.condition, positive=not positive)
    elif isinstance(condition, (All, AnyOf)):
        parts = [list(_branches(part, positive=positive)) for part in condition.conditions]
        yield from _joined(parts) if isinstance(condition, All) == positive else _either(parts)
    elif isinstance(condition, ScoreIs) and condition.at_least is not None and condition.at_most is not None:
        ends = (ScoreIs(condition.score, condition.at_least), ScoreIs(condition.score, None, condition.at_most))
        yield from _branches(All(ends), positive=positive)
    else:
        yield ((condition, positive),)


def _joined(parts: Sequence[list[tuple[Literal, ...]]]) -> Iterator[tuple[Literal, ...]]:
    count = 1
    for part in parts:
        count *= len(part)
        if count > _MOST_BRANCHES:
            raise _TooManyError
    for chosen in product(*parts):
        yield tuple(literal for branch in chosen for literal in branch)


def _either(parts: Sequence[list[tuple[Literal, ...]]]) -> Iterator[tuple[Literal, ...]]:
    if sum(len(part) for part in parts) > _MOST_BRANCHES:
        raise _TooManyError
    for part in parts:
        yield from part
