"""Members of a `best_of` that are never the best: wherever they pay, another one pays as much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.lint.context import Half, LintContext, PlacedRule
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.literals import frequency_implies, narrower
from pipeline.models.lint.solving import implies
from pipeline.scoring.model import ActivityRule, AttributeRule, BestOf, FrequencyRule, Model

CODE = "never-best"
ABOUT = "a member of a best_of that is never the best"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such member, with the one that takes its place."""
    del model
    for half in context.halves:
        for placed in half.rules:
            if isinstance(placed.rule, BestOf):
                yield from _members(placed, placed.rule, half, context)


def _members(placed: PlacedRule, rule: BestOf, half: Half, context: LintContext) -> Iterator[LintFinding]:
    del half
    for index, member in enumerate(rule.members):
        for other_index, other in enumerate(rule.members):
            equal = _covers(member, other) and other_index > index  # of two that are alike the later one is odd
            if other is not member and not equal and _covers(other, member):
                path = (*placed.path, "best_of", index)
                best = _name(placed.data["best_of"][other_index], other_index)
                message = f"member {index + 1} of `{rule.id}` is never the best: {best} pays as much wherever it does"
                remedy = f"give it more points than {best}, a condition that {best} does not cover, or drop it"
                yield context.finding(CODE, path, message, remedy)
                break


def _name(data: dict[str, Any], index: int) -> str:
    return f"`{data['id']}`" if "id" in data else f"member {index + 1}"


def _covers(
    one: AttributeRule | ActivityRule | FrequencyRule, other: AttributeRule | ActivityRule | FrequencyRule
) -> bool:
    """Whether `one` pays at least as much as `other` wherever `other` pays."""
    if isinstance(one, AttributeRule) and isinstance(other, AttributeRule):
        return one.points >= other.points and implies(other.when, one.when)
    if isinstance(one, FrequencyRule) and isinstance(other, FrequencyRule):
        return one.points >= other.points and frequency_implies(other.frequency, one.frequency, implies)
    if isinstance(one, ActivityRule) and isinstance(other, ActivityRule):
        return _covers_activities(one, other)
    return False


def _covers_activities(one: ActivityRule, other: ActivityRule) -> bool:
    same = (one.decay, one.limit, one.min, one.max) == (other.decay, other.limit, other.min, other.max)
    if one.points.per is not None or other.points.per is not None or not same or other.points.fixed <= 0:
        return False
    alike = narrower(one.selector, other.selector, implies)
    wider = narrower(other.selector, one.selector, implies)
    # with a limit, further activities may take the places of those that would pay
    return one.points.fixed >= other.points.fixed and wider and (alike or other.limit is None)
