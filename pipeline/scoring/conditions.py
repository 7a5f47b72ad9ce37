"""Conditions of the model as data, and what they say of one activity or one lead (contract: scoring.md).

The loader builds these from YAML. `Test` asks a named value; `All`, `AnyOf` and `Not` connect; the rest
ask about a lead's scores and history and are answered in `pipeline.scoring.truth`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Scalar = bool | int | float | str | None
Lookup = Callable[[str], Scalar]

_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)


MOST = 1e100
"""A number beyond it is none: sums of what an event claims must stay finite."""


def number_of(value: Scalar) -> float | None:
    """Numbers as they are, a decimal string as its number; None for anything else, booleans and beyond ±1e100 too."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            return None
        value = float(value)
    number = float(value)
    return number if -MOST <= number <= MOST else None


def equality_key(value: Scalar, *, fold: bool = False) -> tuple[str, Any]:
    """Two values are equal in the model's sense if and only if their keys are: 1 = 1.0, but true is not 1."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, (int, float)):
        return ("number", value)
    if isinstance(value, str):
        return ("text", value.casefold() if fold else value)
    return ("null", None)


@dataclass(frozen=True, slots=True)
class Test:
    """One operator on one named value.

    `operator`: equals not in not_in at_least at_most between exists matches glob contains (`in_list` is loaded as
    `in`). `operand` is, by operator: a scalar; for in/not_in a frozenset of `equality_key`s (already folded);
    for between a pair of floats; for exists a bool; for matches and glob a callable (text) -> bool (glob: folded
    by the loader if the model folds); for at_least and at_most a float; for contains the text (folded). `text` is
    the pattern as it is written, for matches and glob.
    """

    __test__ = False  # pytest: this is not a test class

    name: str
    operator: str
    operand: Any
    fold: bool = False
    text: str = ""

    def holds(self, get: Lookup) -> bool:
        """Whether the operator is true of `get(name)`."""
        value = get(self.name)
        operator, operand = self.operator, self.operand
        if value is None:
            return (operator == "exists" and operand is False) or (operator == "equals" and operand is None)
        return _OPERATORS[operator](value, operand, self)


Check = Callable[[Scalar, Any, "Test"], bool]


def _numeric(check: Callable[[float, Any], bool]) -> Check:
    def holds_for(value: Scalar, operand: Any, _test: Test) -> bool:
        number = number_of(value)
        return number is not None and check(number, operand)

    return holds_for


def _on_text(check: Callable[[str, Any], bool], *, folds: bool) -> Check:
    def holds_for(value: Scalar, operand: Any, test: Test) -> bool:
        if not isinstance(value, str):
            return False
        return check(value.casefold() if folds and test.fold else value, operand)

    return holds_for


def _key(value: Scalar, test: Test) -> tuple[str, Any]:
    return equality_key(value, fold=test.fold)


_OPERATORS: dict[str, Check] = {
    "equals": lambda value, operand, test: _key(value, test) == _key(operand, test),
    "not": lambda value, operand, test: _key(value, test) != _key(operand, test),
    "in": lambda value, operand, test: _key(value, test) in operand,
    "not_in": lambda value, operand, test: _key(value, test) not in operand,
    "exists": lambda _value, operand, _test: bool(operand),
    "at_least": _numeric(lambda number, least: number >= least),
    "at_most": _numeric(lambda number, most: number <= most),
    "between": _numeric(lambda number, ends: ends[0] <= number <= ends[1]),
    "matches": _on_text(lambda text, matcher: bool(matcher(text)), folds=False),
    "glob": _on_text(lambda text, matcher: bool(matcher(text)), folds=True),
    "contains": _on_text(lambda text, part: part in text, folds=True),
}


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the conditions holds (of none: true)."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds (of none: false)."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Selector:
    """Which activities are meant: `on` is the set of types, `when` a condition on the activity (or None)."""

    on: frozenset[str]
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Frequency:
    """A number of eligible activities in (T − within, T], or the sum of a property of theirs.

    Exactly one of `at_least`, `exactly`, `between` is set. `within_ms` None: since ever.
    """

    selector: Selector
    within_ms: int | None = None
    at_least: float | None = None
    exactly: float | None = None
    between: tuple[float, float] | None = None
    sum: str | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """The lead has an identifier stronger than a visitor id."""


@dataclass(frozen=True, slots=True)
class ScoreIs:
    """`score` ('explicit', 'implicit', 'total') lies at or above `at_least` and at or below `at_most` (None: open)."""

    score: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class GradeIn:
    """The grade (such as 'A1') is one of these."""

    grades: frozenset[str]


@dataclass(frozen=True, slots=True)
class Happened:
    """Such an activity lies at or after the instant at which the lead entered its present stage."""

    selector: Selector


@dataclass(frozen=True, slots=True)
class Gained:
    """The implicit score of only the facts strictly after the entry into the present stage reaches this."""

    implicit: float


@dataclass(frozen=True, slots=True)
class InStageFor:
    """The lead has been in its present stage for at least this long."""

    duration_ms: int


@dataclass(frozen=True, slots=True)
class DueDate:
    """The instant or date written in this attribute has come."""

    attribute: str


@dataclass(frozen=True, slots=True)
class RolesCovered:
    """So many roles of the buying committee are filled by contacts of the account (of accounts only)."""

    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class ContactsCount:
    """So many contacts belong to the account (of accounts only)."""

    at_least: int | None = None
    at_most: int | None = None


Condition = (
    Test
    | All
    | AnyOf
    | Not
    | Identified
    | ScoreIs
    | GradeIn
    | Frequency
    | Happened
    | Gained
    | InStageFor
    | DueDate
    | RolesCovered
    | ContactsCount
)


def holds(condition: Condition | None, get: Lookup) -> bool:
    """Whether a condition made of tests and connectives holds on the values that `get` answers; None always holds.

    Raises TypeError on a condition about stages or scores: the loader lets none into such a place.
    """
    if condition is None:
        return True
    if isinstance(condition, Test):
        return condition.holds(get)
    if isinstance(condition, All):
        return all(holds(c, get) for c in condition.conditions)
    if isinstance(condition, AnyOf):
        return any(holds(c, get) for c in condition.conditions)
    if isinstance(condition, Not):
        return not holds(condition.condition, get)
    raise TypeError(f"{type(condition).__name__} is no condition on plain values")
