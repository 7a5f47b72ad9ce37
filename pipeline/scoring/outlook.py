"""A lead's scores and grade at an instant, and what they can become while no new fact arrives."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Protocol

from pipeline.scoring.known import Known
from pipeline.scoring.model import Category, Group
from pipeline.scoring.rules import Prepared, prepare
from pipeline.scoring.span import Bounds, Span, Truth, reaches


class Part(Protocol):
    """Something that adds to a category's score: a rule outside groups, or a group."""

    def value(self, span: Span) -> Bounds:
        """What it adds."""

    def end(self) -> int:
        """The instant from which on that never changes again; 0: it cannot change at all."""


class Together:
    """The rules of one group, and the clip of their sum."""

    def __init__(self, group: Group, rules: list[Prepared]) -> None:
        self.group = group
        self.rules = rules

    def value(self, span: Span) -> Bounds:
        """What the group pays."""
        values = [rule.value(span) for rule in self.rules]
        total = Bounds(math.fsum([v.low for v in values]), math.fsum([v.high for v in values]))
        return total.clipped(self.group.min, self.group.max)

    def end(self) -> int:
        """When the last of its rules ends."""
        return max((rule.end() for rule in self.rules), default=0)


class Sheet:
    """One category (explicit or implicit) on the facts of one lead: its rules prepared, its groups formed."""

    def __init__(self, category: Category, known: Known, since: int | None = None) -> None:
        self.category = category
        self.rules: list[Prepared] = [prepare(rule, known, since) for rule in category.rules]
        grouped = {rule: group for group in category.groups for rule in group.rules}
        self.single = [rule for rule in self.rules if rule.rule.id not in grouped]
        self.groups = [
            Together(group, [rule for rule in self.rules if rule.rule.id in group.rules]) for group in category.groups
        ]
        self._moving: list[Part] = []
        self._fixed: list[float] = []
        now = Span(known.instant, known.instant)
        parts: list[Part] = [*self.single, *self.groups]
        for part in parts:
            if part.end():
                self._moving.append(part)
            elif value := part.value(now).low:
                self._fixed.append(value)

    def value(self, span: Span) -> Bounds:
        """The category's score: the sum of single rules and groups, clipped to its range."""
        values = [part.value(span) for part in self._moving]
        low = math.fsum([value.low for value in values] + self._fixed)
        high = low if span.first == span.last else math.fsum([value.high for value in values] + self._fixed)
        return Bounds(low, high).clipped(self.category.lowest, self.category.highest)

    def end(self) -> int:
        """The instant from which on the score never changes again without a new fact."""
        return max((part.end() for part in self._moving), default=0)


class Outlook:
    """All scores of one lead on the facts `known`, at their instant and (if no fact comes) at every later one."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.model = known.model
        self.now = Span(known.instant, known.instant)
        self._gained: dict[int, Sheet] = {}
        self._answers: dict[Span, Bounds] = {}

    @cached_property
    def explicit_sheet(self) -> Sheet:
        """The explicit rules."""
        return Sheet(self.model.explicit, self.known)

    @cached_property
    def implicit_sheet(self) -> Sheet:
        """The implicit rules."""
        return Sheet(self.model.implicit, self.known)

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

    def total(self, span: Span) -> Bounds:
        """weights.explicit × explicit + weights.implicit × implicit."""
        known = self.model.weight_explicit * self.explicit
        low, high = self.implicit(span).times(self.model.weight_implicit)
        return Bounds(known + low, known + high)

    def gained(self, since: int) -> Sheet:
        """The implicit rules as if the facts strictly after `since` were all there are."""
        if since not in self._gained:
            self._gained[since] = Sheet(self.model.implicit, self.known, since)
        return self._gained[since]

    def grades(self, span: Span) -> list[str]:
        """The grades that the lead can have during the span; at one instant exactly one."""
        grades = self.model.grades
        letter = next((g for g, cut in grades.explicit if self.explicit >= cut), grades.explicit_rest)
        implicit = self.implicit(span)
        digits = []
        for digit, cut in grades.implicit:
            reached: Truth = reaches(implicit, cut)
            if reached is not False:
                digits.append(digit)
            if reached:
                break
        else:
            digits.append(grades.implicit_rest)
        return [letter + digit for digit in digits]

    @property
    def grade(self) -> str:
        """The grade at the instant."""
        return self.grades(self.now)[0]

    def end(self) -> int:
        """The instant from which on no score changes again without a new fact."""
        return max(self.implicit_sheet.end(), self.explicit_sheet.end())
