"""The bounds of a half whose rules ask for values that can be listed: every mixture of them is tried.

Rules that ask for the same attribute depend on each other (nobody is in two industries), so that their points do not
simply add up. A rule that looks at texts by pattern is taken for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from math import prod

from pipeline.scoring.conditions import All, AnyOf, Condition, Not, Scalar, Test, holds
from pipeline.scoring.model import AttributeRule, BestOf, Category, Rule

_MOST_MIXTURES = 20_000
_OTHER = "\N{MIDDLE DOT}another\N{MIDDLE DOT}"
"""A text that no model names."""
_LISTED = ("equals", "not", "in", "not_in", "exists", "at_least", "at_most", "between")


def tried(category: Category, added: Callable[[Category], tuple[float, float]]) -> tuple[float, float] | None:
    """The least and the greatest sum of a half of attribute rules only, before its range; None for other rules.

    `added` answers for rules that cannot be tried: as if they did not depend on each other.
    """
    units = [(Category(rules), frozenset(_names(rules))) for rules in _units(category)]
    if not units or any(not _is_of_attributes(rule) for rule in category.rules):
        return None
    low = high = 0.0
    for cluster in _clusters(units):
        rules = tuple(rule for unit, _ in cluster for rule in unit.rules)
        least, most = _cluster(category, rules, added)
        low, high = low + least, high + most
    return low, high


def _is_of_attributes(rule: Rule) -> bool:
    members = rule.members if isinstance(rule, BestOf) else (rule,)
    return all(isinstance(member, AttributeRule) for member in members)


def _units(category: Category) -> Iterator[tuple[Rule, ...]]:
    """Groups, and rules that are in none."""
    grouped = {name for group in category.groups for name in group.rules}
    for group in category.groups:
        yield tuple(rule for rule in category.rules if rule.id in group.rules)
    for rule in category.rules:
        if rule.id not in grouped:
            yield (rule,)


def _clusters(
    units: list[tuple[Category, frozenset[str]]],
) -> list[list[tuple[Category, frozenset[str]]]]:
    """Units that ask for a common attribute, put together."""
    clusters: list[list[tuple[Category, frozenset[str]]]] = []
    for unit in units:
        touching = [c for c in clusters if any(names & unit[1] for _, names in c)]
        clusters = [c for c in clusters if c not in touching]
        clusters.append([unit, *(other for cluster in touching for other in cluster)])
    return clusters


def _cluster(
    category: Category, rules: tuple[Rule, ...], added: Callable[[Category], tuple[float, float]]
) -> tuple[float, float]:
    tests = list(_tests_of(rules))
    listed = all(test.operator in _LISTED for test in tests)
    values = {name: _values([t for t in tests if t.name == name]) for name in sorted({t.name for t in tests})}
    ids = {rule.id for rule in rules}
    groups = tuple(group for group in category.groups if ids.intersection(group.rules))
    own = Category(rules, groups)
    if not listed or prod(len(choices) for choices in values.values()) > _MOST_MIXTURES:
        return added(own)
    sums = [_sum(own, dict(zip(values, mixture, strict=True))) for mixture in product(*values.values())]
    return min(sums), max(sums)


def _values(tests: list[Test]) -> list[Scalar]:
    """One value of every kind that the tests tell apart."""
    listed: set[tuple[str, Scalar]] = set()
    ends: set[float] = set()
    for test in tests:
        if test.operator in ("in", "not_in"):
            listed |= set(test.operand)
        elif test.operator in ("equals", "not"):
            listed.add((type(test.operand).__name__, test.operand))
        elif test.operator == "between":
            ends |= set(test.operand)
        elif test.operator in ("at_least", "at_most"):
            ends.add(test.operand)
    numbers = sorted(ends | {float(v) for _, v in listed if isinstance(v, (int, float)) and not isinstance(v, bool)})
    between = [(a + b) / 2 for a, b in pairwise(numbers)]
    around = [numbers[0] - 1, *numbers, *between, numbers[-1] + 1] if numbers else []
    texts = [value for _, value in sorted(listed, key=repr) if isinstance(value, (str, bool))]
    # A decimal text is a number to `at_least`, and no number to `equals`.
    decimals = [f"{number!r}".replace("+", "") for number in around] if ends and listed else []
    return [None, _OTHER, *around, *decimals, *texts]


def _sum(category: Category, values: dict[str, Scalar]) -> float:
    paid = {rule.id: _paid(rule, values) for rule in category.rules}
    total = 0.0
    for group in category.groups:
        own = sum(paid.pop(name) for name in group.rules)
        own = own if group.min is None else max(group.min, own)
        total += own if group.max is None else min(group.max, own)
    return total + sum(paid.values())


def _paid(rule: Rule, values: dict[str, Scalar]) -> float:
    if isinstance(rule, BestOf):
        found = [m.points for m in rule.members if isinstance(m, AttributeRule) and holds(m.when, values.get)]
        best = max(found, default=0.0)
        best = best if rule.weight is None else rule.weight * best / 100
        best = best if rule.min is None else max(rule.min, best)
        return best if rule.max is None else min(rule.max, best)
    return rule.points if isinstance(rule, AttributeRule) and holds(rule.when, values.get) else 0.0


def _names(rules: tuple[Rule, ...]) -> set[str]:
    return {test.name for test in _tests_of(rules)}


def _tests_of(rules: tuple[Rule, ...]) -> Iterator[Test]:
    for rule in rules:
        members = rule.members if isinstance(rule, BestOf) else (rule,)
        for member in members:
            if isinstance(member, AttributeRule) and member.when is not None:
                yield from tests_in(member.when)


def tests_in(condition: Condition) -> Iterator[Test]:
    """Every test of a condition on plain values."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_in(condition.condition)
    elif isinstance(condition, (All, AnyOf)):
        for part in condition.conditions:
            yield from tests_in(part)
