"""Whether two conditions meet: whether what the one asks for is enough, or one of the choices, for the other.

Values that a condition asks for are made up and shown to the other one. A pattern names no value, so two patterns
are only known to meet if they are written alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from pipeline.models.lint.solving import branches, implies
from pipeline.models.lint.testing import candidates
from pipeline.scoring.conditions import Condition, Scalar, Test, holds

_MOST_MIXTURES = 256
_MOST_CHOICES = 64
_SOMETHING = "\N{MIDDLE DOT}something\N{MIDDLE DOT}"


def meet(one: Condition | None, other: Condition | None) -> dict[str, Scalar] | None:
    """Values of which both hold, without adding up what they ask of different names; None if none can be shown.

    There are none to name ({}) where one condition follows from the other.
    """
    if implies(one, other) or implies(other, one):
        return {}
    return _shown(one, other) or _shown(other, one)


def _shown(one: Condition | None, other: Condition | None) -> dict[str, Scalar] | None:
    both = (values for values in _witnesses(one) if holds(one, values.get) and holds(other, values.get))
    return next(both, None)


def _witnesses(condition: Condition | None) -> Iterator[dict[str, Scalar]]:
    found = [()] if condition is None else branches(condition)
    for branch in found or ():
        asked = [atom for atom, positive in branch if positive and isinstance(atom, Test)]
        names = sorted({test.name for test in asked})
        choices = [_choices([test for test in asked if test.name == name]) for name in names]
        for mixture in islice(product(*choices), _MOST_MIXTURES):
            yield dict(zip(names, mixture, strict=True))


def _choices(tests: list[Test]) -> list[Scalar]:
    """Values that may satisfy all tests of one name."""
    listed = candidates(tests)
    if listed is not None:
        return listed[:_MOST_CHOICES]
    found: list[Scalar] = []
    for test in tests:
        if test.operator in ("at_least", "at_most"):
            found.append(test.operand)
        elif test.operator == "between":
            found += test.operand
        elif test.operator == "contains":
            found.append(test.operand)
        elif test.operator == "glob" and "[" not in test.text:
            found.append(test.text.replace("*", "").replace("?", "x"))
        elif test.operator == "exists" and test.operand:
            found.append(_SOMETHING)
    return found
