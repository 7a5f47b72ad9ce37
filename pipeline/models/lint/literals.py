"""Whether conditions without connectives, each asked to hold or not to hold, contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.models.lint.testing import tests_contradict
from pipeline.scoring.conditions import (
    Condition,
    Frequency,
    Gained,
    GradeIn,
    Happened,
    InStageFor,
    ScoreIs,
    Selector,
    Test,
)

Implies = Callable[[Condition | None, Condition | None], bool]


def contradict(literals: Sequence[tuple[Any, bool]], implies: Implies) -> bool:
    """Whether no lead and no activity can satisfy all of them."""
    held = [atom for atom, positive in literals if positive]
    denied = [atom for atom, positive in literals if not positive]
    if any(_follows(yes, no, implies) for yes in held for no in denied):
        return True
    if any(_is_nothing(atom, implies) for atom in held):
        return True
    if not _grades_left([a for a in held if isinstance(a, GradeIn)], [a for a in denied if isinstance(a, GradeIn)]):
        return True
    return _scores_contradict(held, denied) or _counts_contradict(held) or _values_contradict(held, denied)


def _follows(yes: Any, no: Any, implies: Implies) -> bool:
    """Whether `no` holds wherever `yes` does (and so cannot be denied beside it)."""
    match yes, no:
        case Test(), Test():
            return _same(yes, no)
        case Happened(), Happened():
            return narrower(yes.selector, no.selector, implies)
        case Frequency(), Frequency():
            return frequency_implies(yes, no, implies)
        case (InStageFor(), InStageFor()) | (Gained(), Gained()):
            return _length(yes) >= _length(no)
        case _:
            return bool(yes == no)


def _length(atom: InStageFor | Gained) -> float:
    return atom.duration_ms if isinstance(atom, InStageFor) else atom.implicit


def _same(one: Test, other: Test) -> bool:
    """Whether two tests are written alike; their patterns are compiled anew each time."""
    asked = (one.text or one.operand) == (other.text or other.operand)
    return asked and (one.name, one.operator, one.fold) == (other.name, other.operator, other.fold)


def narrower(one: Selector, other: Selector, implies: Implies) -> bool:
    """Whether every activity that `one` means is one that `other` means."""
    return one.on <= other.on and implies(one.when, other.when)


def frequency_implies(one: Frequency, other: Frequency, implies: Implies) -> bool:
    """Whether `other` holds wherever `one` does. Sums are not compared: what is summed may be negative."""
    if one.sum is not None or other.sum is not None or not narrower(one.selector, other.selector, implies):
        return False
    (low, high), (least, most) = _ends(one), _ends(other)
    alike = narrower(other.selector, one.selector, implies) and one.within_ms == other.within_ms
    longer = other.within_ms is None or (one.within_ms is not None and one.within_ms <= other.within_ms)
    return low >= least and (high <= most if alike else longer and most == float("inf"))


def _ends(asked: Frequency) -> tuple[float, float]:
    """The least and the greatest number that a frequency accepts."""
    if asked.between is not None:
        return asked.between
    if asked.exactly is not None:
        return asked.exactly, asked.exactly
    return asked.at_least or 0.0, float("inf")


def _is_nothing(atom: Any, implies: Implies) -> bool:
    """Whether no activity can be what `happened` or a frequency asks for."""
    if isinstance(atom, Happened):
        return _selects_nothing(atom.selector, implies)
    if isinstance(atom, Frequency):
        return _ends(atom)[0] > 0 and _selects_nothing(atom.selector, implies)
    return False


def _selects_nothing(selector: Selector, implies: Implies) -> bool:
    nothing = Test("", "in", frozenset())
    return selector.when is not None and implies(selector.when, nothing)


def _counts_contradict(held: list[Any]) -> bool:
    for one in held:
        for other in held:
            if isinstance(one, Frequency) and isinstance(other, Frequency):
                same = (one.selector.on, one.within_ms, one.sum) == (other.selector.on, other.within_ms, other.sum)
                apart = _ends(one)[0] > _ends(other)[1]
                if apart and same and one.selector.when is None and other.selector.when is None:
                    return True
    return False


def _grades_left(held: list[GradeIn], denied: list[GradeIn]) -> bool:
    if not held:
        return True
    left = frozenset.intersection(*(atom.grades for atom in held))
    return bool(left.difference(*(atom.grades for atom in denied)))


def _scores_contradict(held: list[Any], denied: list[Any]) -> bool:
    scores = {atom.score for atom in held if isinstance(atom, ScoreIs)}
    return any(_apart(score, held, denied) for score in scores)


def _apart(score: str, held: list[Any], denied: list[Any]) -> bool:
    """Whether the bounds on one score leave nothing between them. Two-sided bounds come as two literals."""
    yes = [a for a in held if isinstance(a, ScoreIs) and a.score == score]
    no = [a for a in denied if isinstance(a, ScoreIs) and a.score == score]
    low = max((a.at_least for a in yes if a.at_least is not None), default=float("-inf"))
    high = min((a.at_most for a in yes if a.at_most is not None), default=float("inf"))
    above = max((a.at_most for a in no if a.at_most is not None), default=float("-inf"))
    below = min((a.at_least for a in no if a.at_least is not None), default=float("inf"))
    return low > high or low >= below or high <= above or (above != float("-inf") and above >= below)


def _values_contradict(held: list[Any], denied: list[Any]) -> bool:
    asked: defaultdict[str, tuple[list[Test], list[Test]]] = defaultdict(lambda: ([], []))
    for atoms, side in ((held, 0), (denied, 1)):
        for atom in atoms:
            if isinstance(atom, Test):
                asked[atom.name][side].append(atom)
    return any(tests_contradict(yes, no) for yes, no in asked.values())
