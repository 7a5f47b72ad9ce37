"""Two rules that pay one event, or one attribute, together: what was meant as tiers adds up.

Only what can be shown is told: one rule's condition follows from the other's, or a value that the one asks for is
among those of the other. Rules that look at different things (which page, how long) are meant to add up. So are rules
of one group, and a rule that pays beside one that takes away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.models.lint.context import Half, LintContext, PlacedRule
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.literals import frequency_implies, narrower
from pipeline.models.lint.solving import implies
from pipeline.models.lint.witnesses import meet
from pipeline.scoring.model import ActivityRule, AttributeRule, FrequencyRule, Model, Rule

CODE = "pays-twice"
ABOUT = "two rules that pay one event or attribute together"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """At the wider rule of each pair (else the later one), with those that pay beside it."""
    del model
    for half in context.halves:
        beside: defaultdict[int, list[str]] = defaultdict(list)
        rules = half.rules
        for later, one in enumerate(rules):
            for earlier, other in enumerate(rules[:later]):
                if not _are_together(half, one.rule, other.rule) and _both_pay(one.rule, other.rule):
                    wide = earlier if _is_wider(other.rule, one.rule) else later
                    beside[wide].append(rules[later + earlier - wide].rule.id)
        for index, names in sorted(beside.items()):
            yield _finding(rules[index], names, half, context)


def _finding(placed: PlacedRule, names: list[str], half: Half, context: LintContext) -> LintFinding:
    listed = ", ".join(f"`{name}`" for name in sorted(set(names)))
    what = "one attribute" if half.name == "explicit" else "one event"
    message = f"`{placed.rule.id}` and {listed} pay {what} together"
    remedy = (
        "put them into one `best_of` if the highest should count, or into one group; "
        f"if they are meant to add up, write `# lint: allow {CODE}` behind this line"
    )
    return context.finding(CODE, (*placed.path, "id"), message, remedy)


def _are_together(half: Half, one: Rule, other: Rule) -> bool:
    return any(one.id in group.rules and other.id in group.rules for group in half.category.groups)


def _sign(points: float) -> int:
    return (points > 0) - (points < 0)


def _both_pay(one: Rule, other: Rule) -> bool:
    if isinstance(one, AttributeRule) and isinstance(other, AttributeRule):
        return _sign(one.points) * _sign(other.points) > 0 and meet(one.when, other.when)
    if isinstance(one, ActivityRule) and isinstance(other, ActivityRule):
        signs = [_sign(r.points.fixed if r.points.per is None else r.points.factor) for r in (one, other)]
        shared = one.selector.on & other.selector.on
        return bool(shared) and signs[0] * signs[1] > 0 and meet(one.selector.when, other.selector.when)
    if isinstance(one, FrequencyRule) and isinstance(other, FrequencyRule):
        tiers = (one.frequency, other.frequency), (other.frequency, one.frequency)
        same_sign = _sign(one.points) * _sign(other.points) > 0
        return same_sign and any(frequency_implies(a, b, implies) for a, b in tiers)
    return False


def _is_wider(one: Rule, other: Rule) -> bool:
    """Whether `one` pays wherever `other` does, and not only there."""
    return _reaches(one, other) and not _reaches(other, one)


def _reaches(one: Rule, other: Rule) -> bool:
    if isinstance(one, AttributeRule) and isinstance(other, AttributeRule):
        return implies(other.when, one.when)
    if isinstance(one, ActivityRule) and isinstance(other, ActivityRule):
        return narrower(other.selector, one.selector, implies)
    return False
