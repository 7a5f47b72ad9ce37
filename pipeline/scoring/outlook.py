"""A lead's scores and grade at an instant, and what they can become while no new fact arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import Frequency, Scalar
from pipeline.scoring.frequency import Window
from pipeline.scoring.known import Known
from pipeline.scoring.model import NamedScore
from pipeline.scoring.named import Named
from pipeline.scoring.scorer import OncePerScorer
from pipeline.scoring.sheet import Plan, Sheet
from pipeline.scoring.span import Bounds, Span, Truth, reaches, stays_below

_plans_of = OncePerScorer(lambda scorer: (Plan(scorer.model.explicit, scorer), Plan(scorer.model.implicit, scorer)))


class Outlook:
    """All scores of one lead on the facts `known`, at their instant and (if no fact comes) at every later one."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.model = known.model
        self.language = known.scorer.language
        self.now = Span(known.instant, known.instant)
        self._plans = _plans_of(known.scorer)
        self._gained: dict[int, Sheet] = {}
        self._named: dict[str, Named] = {}
        self._windows: dict[int, Window] = {}
        self._answers: dict[Span, Bounds] = {}
        self._near: dict[Span, Bounds] = {}

    def extend(self, facts: Sequence[Activity], instant: int) -> bool:
        """Go on to an instant that is not earlier, with these facts more, in order.

        False if they change what is known of earlier ones (see `Known.extend`): then this object is spoiled.
        """
        before = self.known.__dict__.get("attributes")
        if not self.known.extend(facts, instant):
            return False
        self.now = Span(instant, instant)
        self._answers.clear()
        self._near.clear()
        if facts:
            self._take(facts, before)
        return True

    def _take(self, facts: Sequence[Activity], before: dict[str, Scalar] | None) -> None:
        if len(self._gained) > 1:
            self._gained.clear()
        found = (self.__dict__.get("explicit_sheet"), self.__dict__.get("implicit_sheet"), *self._gained.values())
        sheets = [sheet for sheet in found if sheet is not None]
        sheets += [sheet for named in self._named.values() for sheet in named.sheets]
        for sheet in sheets:
            sheet.add(facts)
        for window in self._windows.values():
            window.take(facts, self.known)
        if before is not None and not _same(before, self.known.attributes):
            for sheet in sheets:
                sheet.renew()
        elif not self._plans[0].by_selector:
            return
        self.__dict__.pop("explicit", None)
        self.__dict__.pop("letter", None)

    @cached_property
    def explicit_sheet(self) -> Sheet:
        """The explicit rules."""
        return Sheet(self._plans[0], self.known)

    @cached_property
    def implicit_sheet(self) -> Sheet:
        """The implicit rules."""
        return Sheet(self._plans[1], self.known)

    @cached_property
    def explicit(self) -> float:
        """Who the lead is; constant until the next fact."""
        return self.explicit_sheet.value(self.now).low

    def implicit(self, span: Span) -> Bounds:
        """What the lead does."""
        answer = self._answers.get(span)  # several conditions ask about the same span, one after the other
        if answer is None:
            answer = self._answers[span] = self.implicit_sheet.value(span)
        return answer

    def near(self, span: Span) -> Bounds:
        """Bounds of the implicit score, found quickly; also at one instant they may be wide."""
        answer = self._near.get(span)
        if answer is None:
            answer = self._near[span] = self.implicit_sheet.near(span)
        return answer

    def total(self, span: Span) -> Bounds:
        """weights.explicit × explicit + weights.implicit × implicit."""
        return self._total(self.implicit(span))

    def _total(self, implicit: Bounds) -> Bounds:
        known = self.model.weight_explicit * self.explicit
        low, high = implicit.times(self.model.weight_implicit)
        return Bounds(known + low, known + high)

    def reaches(self, score: str, span: Span, least: float) -> Truth:
        """Whether `score` ('explicit', 'implicit', 'total') is ≥ `least` throughout the span."""
        return self._asked(score, span, partial(reaches, threshold=least))

    def stays_below(self, score: str, span: Span, most: float) -> Truth:
        """Whether `score` is ≤ `most` throughout the span."""
        return self._asked(score, span, partial(stays_below, threshold=most))

    def _asked(self, score: str, span: Span, question: Callable[[Bounds], Truth]) -> Truth:
        """The answer: a quick one where that is sure, else the exact one."""
        if score == "explicit":
            return question(Bounds(self.explicit, self.explicit))
        is_total = score == "total"
        near = self.near(span)
        answer = question(self._total(near) if is_total else near)
        if answer is None:
            answer = question(self.total(span) if is_total else self.implicit(span))
        return answer

    def gained(self, since: int) -> Sheet:
        """The implicit rules as if the facts strictly after `since` were all there are."""
        if since not in self._gained:
            self._gained[since] = Sheet(self._plans[1], self.known, since)
        return self._gained[since]

    def named(self, score: NamedScore) -> Named:
        """A further score of the model."""
        if score.name not in self._named:
            self._named[score.name] = Named(score, self.known)
        return self._named[score.name]

    def window(self, frequency: Frequency) -> Window:
        """The activities that a condition counts."""
        key = id(frequency)
        if key not in self._windows:
            self._windows[key] = Window(frequency, self.known)
        return self._windows[key]

    @cached_property
    def letter(self) -> str:
        """The letter of the grade; constant until the next fact."""
        return self.model.grades.letter(self.explicit)

    def grades(self, span: Span) -> list[str]:
        """The grades that the lead can have during the span; at one instant exactly one."""
        grades = self.model.grades
        digits = []
        for digit, cut in grades.implicit:
            reached = self.reaches("implicit", span, cut)
            if reached is not False:
                digits.append(digit)
            if reached:
                break
        else:
            digits.append(grades.implicit_rest)
        return [self.letter + digit for digit in digits]

    @property
    def grade(self) -> str:
        """The grade at the instant."""
        return self.grades(self.now)[0]

    @property
    def shortest_half_life(self) -> int:
        """In ms; 0 if no implicit rule has one."""
        return self._plans[1].shortest_half_life

    def end(self) -> int:
        """The instant from which on no score changes again without a new fact."""
        return max(self.implicit_sheet.end(), self.explicit_sheet.end())


def _same(before: dict[str, Scalar], after: dict[str, Scalar]) -> bool:
    """Whether the attributes are the same, also in type (1 and true are equal in Python)."""
    return before is after or (
        before == after and [*map(type, before.values())] == [*map(type, map(after.get, before))]
    )
