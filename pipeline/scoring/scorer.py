"""A model made ready for scoring: every selector of it numbered, and found by the type of activity."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    Condition,
    Frequency,
    Happened,
    Not,
    Scalar,
    Selector,
    holds,
    number_of,
)
from pipeline.scoring.model import ActivityRule, BestOf, FrequencyRule, Model, Rule


class Scorer:
    """One model with its index of selectors. Immutable after construction; shared by all leads of a process."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._numbers: dict[int, int] = {}
        self._by_type: dict[str, list[tuple[int, Condition | None]]] = {}
        self._selectors: list[Selector] = []
        for selector in _selectors(model):
            if id(selector) in self._numbers:
                continue
            self._numbers[id(selector)] = number = len(self._selectors)
            self._selectors.append(selector)
            for kind in selector.on:
                self._by_type.setdefault(kind, []).append((number, selector.when))

    def number(self, selector: Selector) -> int:
        """The number under which `hits` lists this selector (which must be an object of the model)."""
        return self._numbers[id(selector)]

    def hits(self, fact: Activity, more_seconds: float = 0.0) -> frozenset[int]:
        """The numbers of the selectors that match the activity, with `more_seconds` added to its `seconds`."""
        if not more_seconds and fact.hits is not None:
            return fact.hits
        candidates = self._by_type.get(fact.type)
        if candidates is None:
            found: frozenset[int] = frozenset()
        else:
            get = fact.fields.get
            if more_seconds:
                get = with_seconds(fact, more_seconds).get
            found = frozenset(number for number, when in candidates if when is None or holds(when, get))
        if not more_seconds:
            fact.hits = found
        return found


def with_seconds(fact: Activity, more: float) -> dict[str, Scalar]:
    """The fields of a page view with what its pings add to `seconds`."""
    return fact.fields | {"seconds": (number_of(fact.fields.get("seconds")) or 0.0) + more}


def _selectors(model: Model) -> Iterator[Selector]:
    for rule in chain(model.explicit.rules, model.implicit.rules):
        yield from selectors_of_rule(rule)
    for transition in model.lifecycle.transitions:
        yield from selectors_of_condition(transition.when)
        if transition.leave is not None:
            yield from selectors_of_condition(transition.leave)


def selectors_of_rule(rule: Rule) -> Iterator[Selector]:
    """The selectors of a rule and of its members."""
    if isinstance(rule, BestOf):
        for member in rule.members:
            yield from selectors_of_rule(member)
    elif isinstance(rule, ActivityRule):
        yield rule.selector
    elif isinstance(rule, FrequencyRule):
        yield rule.frequency.selector


def selectors_of_condition(condition: Condition) -> Iterator[Selector]:
    """The selectors that a condition on a lead asks for."""
    if isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from selectors_of_condition(inner)
    elif isinstance(condition, Not):
        yield from selectors_of_condition(condition.condition)
    elif isinstance(condition, (Happened, Frequency)):
        yield condition.selector
