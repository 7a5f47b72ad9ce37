"""Limits that never bind: `max`, `min`, `limit` and `range` that no sum of points can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.findings import Path
from pipeline.models.lint import bounds
from pipeline.models.lint.bounds import Reach
from pipeline.models.lint.context import Half, LintContext, PlacedRule
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import ActivityRule, BestOf, Model, Rule

CODE = "idle-limit"
ABOUT = "a max, min, limit or range that never binds"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each limit that cuts nothing off."""
    del model
    for half in context.halves:
        for placed in half.rules:
            yield from _of_rule(placed.rule, placed.data, placed.path, context)
            yield from _limit(placed, context)
        for index, group in enumerate(half.category.groups):
            reach = bounds.in_group(half.category, group.rules)
            path = (*half.path, "groups", index)
            yield from _clips(half.data["groups"][index], reach, path, f"the rules of `{group.id}`", context)
        yield from _range(half, context)


def _of_rule(rule: Rule, data: dict[str, Any], path: Path, context: LintContext) -> Iterator[LintFinding]:
    if isinstance(rule, ActivityRule):
        yield from _clips(data, bounds.free_rule(rule), path, f"`{rule.id}`", context)
    elif isinstance(rule, BestOf):
        yield from _clips(data, bounds.free_best(rule), path, f"`{rule.id}`", context)
        for index, member in enumerate(rule.members):
            yield from _of_rule(member, data["best_of"][index], (*path, "best_of", index), context)


def _clips(data: dict[str, Any], reach: Reach, path: Path, who: str, context: LintContext) -> Iterator[LintFinding]:
    if "max" in data and data["max"] >= reach.high:
        message = f"`max: {data['max']:g}` never binds: {who} can pay {reach.high:g} points at most"
        remedy = f"drop it, or set it below {reach.high:g}"
        yield context.finding(CODE, (*path, "max"), message, remedy, key=True)
    if "min" in data and data["min"] <= reach.low:
        message = f"`min: {data['min']:g}` never binds: {who} can pay {reach.low:g} points at least"
        remedy = f"drop it, or set it above {reach.low:g}"
        yield context.finding(CODE, (*path, "min"), message, remedy, key=True)


def _limit(placed: PlacedRule, context: LintContext) -> Iterator[LintFinding]:
    """Where nothing fades, a rule that is at its `max` stays there: a limit that lets more pay does nothing."""
    rule, data = placed.rule, placed.data
    if not isinstance(rule, ActivityRule) or rule.limit is None or rule.max is None or rule.min is not None:
        return
    points, limit = rule.points.fixed, rule.limit
    if rule.decay.kind != "none" or rule.points.per is not None or limit.by is not None or points <= 0:
        return
    if limit.per_ms is None and limit.count * points > rule.max:
        message = f"`limit` of {limit.count} never binds: `max: {data['max']:g}` is reached before"
        remedy = "drop the `limit`, or raise `max` to what the limit lets pay"
        yield context.finding(CODE, (*placed.path, "limit"), message, remedy, key=True)


def _range(half: Half, context: LintContext) -> Iterator[LintFinding]:
    """A range has two ends, and one of them is often there for the eye: it is idle if neither binds."""
    low, high = half.category.lowest, half.category.highest
    if low is None or high is None or not half.category.rules:
        return
    reach = bounds.free_sum(half.category)
    if low <= reach.low and reach.high <= high:
        message = f"`range` never binds: the rules pay {reach.low:g} to {reach.high:g} points"
        remedy = "drop it, or set an end that the rules can pass"
        yield context.finding(CODE, (*half.path, "range"), message, remedy, key=True)
