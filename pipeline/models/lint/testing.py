"""Whether tests of one named value contradict each other: no value there is, absence included, satisfies them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.scoring.conditions import Scalar, Test, equality_key

_OPPOSITES = {"equals": "not", "not": "equals", "in": "not_in", "not_in": "in"}
"""Of a value that is there, the one holds exactly where the other does not."""

_WILD = ("*", "?", "[")


def tests_contradict(held: Sequence[Test], denied: Sequence[Test]) -> bool:
    """Whether no value makes all of `held` true and all of `denied` false."""
    if all(test.holds(_absent) for test in held) and not any(test.holds(_absent) for test in denied):
        return False
    asked = [*held, *(replace(t, operator=_OPPOSITES[t.operator]) for t in denied if t.operator in _OPPOSITES)]
    refused = [test for test in denied if test.operator not in _OPPOSITES]
    if any(_wants_absence(test) for test in held) or any(t.operator == "exists" and t.operand for t in refused):
        return True
    choices = candidates(asked)
    if choices is None:
        return _interval_is_empty(asked, refused)
    if any(test.operator == "matches" and test.fold for test in (*asked, *refused)):
        return False  # the choices are known without regard to case, and the pattern looks at it
    return not any(_satisfies(value, asked, refused) for value in choices)


def candidates(tests: Sequence[Test]) -> list[Scalar] | None:
    """The only values that can satisfy the tests, or None if they are not counted."""
    sets = []
    for test in tests:
        if test.operator == "in":
            sets.append({key for key in test.operand if key[0] != "null"})
        elif test.operator == "equals" and test.operand is not None:
            sets.append({equality_key(test.operand, fold=test.fold)})
        elif test.operator == "glob" and not any(c in test.text for c in _WILD):
            sets.append({equality_key(test.text, fold=test.fold)})
    if not sets:
        return None
    return [value for _kind, value in sorted(set.intersection(*sets), key=repr)]


def _absent(_name: str) -> Scalar:
    return None


def _wants_absence(test: Test) -> bool:
    return (test.operator == "exists" and not test.operand) or (test.operator == "equals" and test.operand is None)


def _satisfies(value: Scalar, asked: Sequence[Test], refused: Sequence[Test]) -> bool:
    return all(t.holds(lambda _: value) for t in asked) and not any(t.holds(lambda _: value) for t in refused)


def _interval_is_empty(asked: Sequence[Test], refused: Sequence[Test]) -> bool:
    low, high, numeric = float("-inf"), float("inf"), False
    for test in asked:
        if test.operator in ("at_least", "between"):
            low, numeric = max(low, test.operand if test.operator == "at_least" else test.operand[0]), True
        if test.operator in ("at_most", "between"):
            high, numeric = min(high, test.operand if test.operator == "at_most" else test.operand[1]), True
    if not numeric:
        return False
    below = min((t.operand for t in refused if t.operator == "at_least"), default=float("inf"))
    above = max((t.operand for t in refused if t.operator == "at_most"), default=float("-inf"))
    if low > high or low >= below or high <= above or (above != float("-inf") and above >= below):
        return True
    return any(t.operator == "between" and t.operand[0] <= low and high <= t.operand[1] for t in refused)
