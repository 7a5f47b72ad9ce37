"""A model made ready for scoring: every selector of it numbered, and found by the type of activity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from pipeline.scoring.activity import Activity, Hits
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    Condition,
    Frequency,
    Happened,
    Not,
    Scalar,
    Selector,
    Test,
    holds,
    number_of,
)
from pipeline.scoring.model import ActivityRule, BestOf, FrequencyRule, Model, Rule

MEMOS = 20_000
"""For so many different contents of one type of activity the matching selectors are remembered."""


class Scorer:
    """One model with its index of selectors. Immutable after construction; shared by all leads of a process.

    `language` (a tag such as zh-CN) is that of the titles in what is told of the leads; no score depends on it.
    """

    def __init__(self, model: Model, language: str = "en") -> None:
        self.model = model
        self.language = language
        self._numbers: dict[int, int] = {}
        self._by_type: dict[str, _Asked] = {}
        self._selectors: list[Selector] = []
        self._none = Hits(self, ())
        for selector in _selectors(model):
            if id(selector) in self._numbers:
                continue
            self._numbers[id(selector)] = number = len(self._selectors)
            self._selectors.append(selector)
            for kind in selector.on:
                self._by_type.setdefault(kind, _Asked()).add(number, selector.when)

    def number(self, selector: Selector) -> int:
        """The number under which `hits` lists this selector (which must be an object of the model)."""
        return self._numbers[id(selector)]

    def hits(self, fact: Activity, more_seconds: float = 0.0) -> tuple[int, ...]:
        """The numbers of the selectors that match the activity, with `more_seconds` added to its `seconds`."""
        known = fact.hits
        if known is not None and known.owner is self and not more_seconds:
            return known.numbers
        asked = self._by_type.get(fact.type)
        if asked is None:
            found = self._none
        elif more_seconds:
            return asked.hits(with_seconds(fact, more_seconds), self).numbers
        else:
            found = asked.hits(fact.fields, self)
        fact.hits = found
        return found.numbers


T = TypeVar("T")


class OncePerScorer(Generic[T]):
    """A function of a scorer whose answer is kept while the scorer lives. The answer must not refer to the scorer."""

    def __init__(self, make: Callable[[Scorer], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[Scorer, T] = WeakKeyDictionary()

    def __call__(self, scorer: Scorer) -> T:
        """The answer."""
        made = self._made.get(scorer)
        if made is None:
            made = self._made[scorer] = self._make(scorer)
        return made


class _Asked:
    """The selectors of one type of activity, and what was found for the values that they read."""

    def __init__(self) -> None:
        self._candidates: list[tuple[int, Condition | None]] = []
        self._names: dict[str, None] = {}
        self._found: dict[tuple[Any, ...], Hits] = {}

    def add(self, number: int, when: Condition | None) -> None:
        self._candidates.append((number, when))
        self._names.update(dict.fromkeys(names_of(when)))

    def hits(self, fields: Mapping[str, Scalar], owner: Scorer) -> Hits:
        get = fields.get
        values = [*map(get, self._names)]
        key = (*values, *map(type, values))  # 1, 1.0 and true are one key of a dict, but not one value
        found = self._found.get(key)
        if found is None:
            numbers = tuple(number for number, when in self._candidates if when is None or holds(when, get))
            if len(self._found) >= MEMOS:
                self._found.clear()
            found = self._found[key] = Hits(owner, numbers)
        return found


def names_of(condition: Condition | None) -> Iterator[str]:
    """The names of the values that a condition reads."""
    if isinstance(condition, Test):
        yield condition.name
    elif isinstance(condition, (All, AnyOf)):
        for inner in condition.conditions:
            yield from names_of(inner)
    elif isinstance(condition, Not):
        yield from names_of(condition.condition)


def with_seconds(fact: Activity, more: float) -> dict[str, Scalar]:
    """The fields of a page view with what its pings add to `seconds`."""
    return fact.fields | {"seconds": (number_of(fact.fields.get("seconds")) or 0.0) + more}


def _selectors(model: Model) -> Iterator[Selector]:
    halves = chain([(model.explicit, model.implicit)], ((score.explicit, score.implicit) for score in model.scores))
    for rule in chain.from_iterable(category.rules for half in halves for category in half):
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
