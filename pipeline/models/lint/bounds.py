"""The least and the greatest score that a model can give, whatever a lead is and does.

The bounds are never too narrow: a threshold beyond them is surely out of reach. They are exact where rules do not
depend on each other, or depend on attributes whose values can be tried out (`pipeline.models.lint.trying`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, inf
from typing import NamedTuple

from pipeline.models.lint.trying import tried
from pipeline.scoring.model import (
    ActivityRule,
    AttributeRule,
    BestOf,
    Category,
    Decay,
    FrequencyRule,
    Grades,
    Model,
    NamedScore,
    Rule,
)

_HALF_LIVES = 20
"""After so many half-lives an activity pays nothing (contract: scoring.md)."""
_MOST_TERMS = 1_000_000


class Reach(NamedTuple):
    """The least and the greatest points that can come about."""

    low: float
    high: float

    def clipped(self, low: float | None, high: float | None) -> Reach:
        """Held between `low` and `high` (None: open)."""
        ends = [max(low, end) if low is not None else end for end in self]
        return Reach(*(min(high, end) if high is not None else end for end in ends))

    def times(self, factor: float) -> Reach:
        """Every value times `factor`; nothing times 0."""
        ends = sorted(0.0 if factor == 0 else factor * end for end in self)
        return Reach(ends[0], ends[1])


NOTHING = Reach(0.0, 0.0)


def add(parts: Iterable[Reach]) -> Reach:
    """The reach of a sum."""
    listed = list(parts)
    return Reach(sum(part.low for part in listed), sum(part.high for part in listed))


def of_category(category: Category) -> Reach:
    """The explicit or the implicit score."""
    return free_sum(category).clipped(category.lowest, category.highest)


def free_sum(category: Category) -> Reach:
    """As `of_category`, before the category's range."""
    found = tried(category, lambda part: add(parts(part)))
    return add(parts(category)) if found is None else Reach(*found)


def parts(category: Category) -> list[Reach]:
    """The groups, and the rules that are in none."""
    grouped = {name for group in category.groups for name in group.rules}
    alone = [of_rule(rule) for rule in category.rules if rule.id not in grouped]
    return alone + [in_group(category, group.rules).clipped(group.min, group.max) for group in category.groups]


def in_group(category: Category, names: Iterable[str]) -> Reach:
    """The sum of a group's rules, before the group's own limits."""
    wanted = set(names)
    return add(of_rule(rule) for rule in category.rules if rule.id in wanted)


def of_rule(rule: Rule) -> Reach:
    """What a rule can pay."""
    if isinstance(rule, (AttributeRule, FrequencyRule)):
        return Reach(min(0.0, rule.points), max(0.0, rule.points))
    if isinstance(rule, ActivityRule):
        return free_rule(rule).clipped(rule.min, rule.max)
    return free_best(rule).clipped(rule.min, rule.max)


def free_best(rule: BestOf) -> Reach:
    """What a `best_of` can pay before its own `min` and `max`."""
    members = [of_rule(member) for member in rule.members]
    best = Reach(min((m.low for m in members), default=0.0), max((m.high for m in members), default=0.0))
    return best if rule.weight is None else best.times(rule.weight / 100)


def free_rule(rule: ActivityRule) -> Reach:
    """What a rule on activities can pay before its own `min` and `max`."""
    low, high = one_activity(rule)
    times = most_at_once(rule)
    if any(factor < 0 for _, factor in rule.decay.steps):
        return Reach(-inf, inf)
    if times == 0:
        return NOTHING
    return Reach(low * times if low < 0 else 0.0, high * times if high > 0 else 0.0)


def one_activity(rule: ActivityRule) -> Reach:
    """What one activity can be worth before decay."""
    points = rule.points
    if points.per is None:
        return Reach(min(0.0, points.fixed), max(0.0, points.fixed))
    if points.factor == 0:
        return NOTHING if points.max is None else Reach(min(0.0, points.max), 0.0)
    return Reach(-inf, inf if points.max is None else max(0.0, points.max))


def most_at_once(rule: ActivityRule) -> float:
    """The greatest sum of the decay's factors over the activities that the limit lets pay."""
    limit, decay = rule.limit, rule.decay
    if limit is None or limit.by is not None:
        return inf
    if limit.per_ms is None:
        return limit.count * max(_factor(decay, 0), _largest_step(decay))
    lifetime = _lifetime(decay)
    if lifetime == inf:
        return inf
    # At most `count` are paid in any span as long as `per`, and nothing fades slower than at the age 0, per, 2 per …
    terms = ceil(lifetime / limit.per_ms)
    if terms > _MOST_TERMS or not _only_fades(decay):
        return limit.count * terms * _largest_step(decay)
    return limit.count * sum(_factor(decay, k * limit.per_ms) for k in range(terms))


def _lifetime(decay: Decay) -> float:
    """The age in ms from which on an activity pays nothing."""
    if decay.kind == "none":
        return inf
    if decay.kind == "half_life":
        return _HALF_LIVES * decay.span_ms
    return decay.span_ms if decay.kind != "steps" else decay.steps[-1][0]


def _factor(decay: Decay, age: int) -> float:
    if decay.kind == "half_life":
        return float(2.0 ** (-age / decay.span_ms))
    if decay.kind == "linear":
        return max(0.0, 1 - age / decay.span_ms)
    if decay.kind == "steps":
        return next((factor for end, factor in decay.steps if age < end), 0.0)
    return 1.0


def _largest_step(decay: Decay) -> float:
    return max((factor for _, factor in decay.steps), default=1.0)


def _only_fades(decay: Decay) -> bool:
    factors = [factor for _, factor in decay.steps]
    return factors == sorted(factors, reverse=True) and all(factor >= 0 for factor in factors)


@dataclass(frozen=True, slots=True)
class Scores:
    """The reach of the three scores of a model, or of a named score."""

    explicit: Reach
    implicit: Reach
    total: Reach

    @classmethod
    def of(cls, scored: Model | NamedScore) -> Scores:
        """What the rules and weights can come to."""
        one, other = of_category(scored.explicit), of_category(scored.implicit)
        return cls(one, other, add((one.times(scored.weight_explicit), other.times(scored.weight_implicit))))

    def grades(self, cuts: Grades) -> frozenset[str]:
        """The grades that can come about."""
        letters = _labels(cuts.explicit, cuts.explicit_rest, self.explicit)
        digits = _labels(cuts.implicit, cuts.implicit_rest, self.implicit)
        return frozenset(letter + digit for letter in letters for digit in digits)


def _labels(cuts: tuple[tuple[str, float], ...], rest: str, reach: Reach) -> list[str]:
    found, above = [], inf
    for label, least in cuts:
        if least <= reach.high and reach.low < above:
            found.append(label)
        above = least
    return [*found, rest] if reach.low < above else found
