"""Two rules that pay one event, or one attribute, together: what was meant as tiers adds up.

Only what can be shown is told: one rule's condition follows from the other's, or a value that the one asks for is
among those of the other. Rules that look at different things (which page, how long) are meant to add up. So are rules
of one group, and a rule that pays beside one that takes away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.models import words
from pipeline.models.lint.context import Half, LintContext, PlacedRule
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.literals import frequency_implies, narrower
from pipeline.models.lint.solving import implies
from pipeline.models.lint.witnesses import meet
from pipeline.scoring.conditions import Scalar
from pipeline.scoring.model import ActivityRule, AttributeRule, FrequencyRule, Model, Rule

CODE = "pays-twice"
ABOUT = "two rules that pay one event or attribute together"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """At the wider rule of each pair (else the later one), with those that pay beside it."""
    del model
    for half in context.halves:
        beside: defaultdict[int, dict[str, dict[str, Scalar]]] = defaultdict(dict)
        rules = half.rules
        for later, one in enumerate(rules):
            for earlier, other in enumerate(rules[:later]):
                shown = None if _are_together(half, one.rule, other.rule) else _both_pay(one.rule, other.rule)
                if shown is not None:
                    wide = earlier if _is_wider(other.rule, one.rule) else later
                    beside[wide][rules[later + earlier - wide].rule.id] = shown
        for index, others in sorted(beside.items()):
            yield _finding(rules[index], others, half, context)


def _finding(placed: PlacedRule, others: dict[str, dict[str, Scalar]], half: Half, context: LintContext) -> LintFinding:
    listed = ", ".join(f"`{name}`{_such_as(shown)}" for name, shown in others.items())
    what = "one attribute" if half.name == "explicit" else "one event"
    message = f"`{placed.rule.id}` and {listed} pay {what} together"
    remedy = (
        "put them into one `best_of` if the highest should count, or into one group; "
        f"if they are meant to add up, write `# lint: allow {CODE}` behind this line"
    )
    return context.finding(CODE, (*placed.path, "id"), message, remedy)


def _such_as(shown: dict[str, Scalar]) -> str:
    pairs = " and ".join(f"{name} = {words.value(value)}" for name, value in shown.items())
    return f" (such as {pairs})" if pairs else ""


def _are_together(half: Half, one: Rule, other: Rule) -> bool:
    return any(one.id in group.rules and other.id in group.rules for group in half.category.groups)


def _sign(points: float) -> int:
    return (points > 0) - (points < 0)


def _both_pay(one: Rule, other: Rule) -> dict[str, Scalar] | None:
    """Values for which both pay, or both take away; None if that cannot be shown."""
    if isinstance(one, AttributeRule) and isinstance(other, AttributeRule):
        same_sign = _sign(one.points) * _sign(other.points) > 0
        return meet(one.when, other.when) if same_sign else None
    if isinstance(one, ActivityRule) and isinstance(other, ActivityRule):
        signs = [_sign(r.points.fixed if r.points.per is None else r.points.factor) for r in (one, other)]
        shared = one.selector.on & other.selector.on and signs[0] * signs[1] > 0
        return meet(one.selector.when, other.selector.when) if shared else None
    if isinstance(one, FrequencyRule) and isinstance(other, FrequencyRule):
        tiers = (one.frequency, other.frequency), (other.frequency, one.frequency)
        same_sign = _sign(one.points) * _sign(other.points) > 0
        return {} if same_sign and any(frequency_implies(a, b, implies) for a, b in tiers) else None
    return None


def _is_wider(one: Rule, other: Rule) -> bool:
    """Whether `one` pays wherever `other` does, and not only there."""
    return _reaches(one, other) and not _reaches(other, one)


def _reaches(one: Rule, other: Rule) -> bool:
    if isinstance(one, AttributeRule) and isinstance(other, AttributeRule):
        return implies(other.when, one.when)
    if isinstance(one, ActivityRule) and isinstance(other, ActivityRule):
        return narrower(other.selector, one.selector, implies)
    return False
