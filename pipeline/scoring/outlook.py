"""A lead's scores and grade at an instant, and what they can become while no new fact arrives."""

from __future__ import annotations

import math
from functools import cached_property

from pipeline.scoring.known import Known
from pipeline.scoring.model import Category, Group
from pipeline.scoring.rules import Prepared, prepare
from pipeline.scoring.span import Bounds, Span, Truth, clip, reaches


class Sheet:
    """One category (explicit or implicit) on the facts of one lead: its rules prepared, its groups formed."""

    def __init__(self, category: Category, known: Known, since: int | None = None) -> None:
        self.category = category
        self.rules: list[Prepared] = [prepare(rule, known, since) for rule in category.rules]
        grouped = {rule: group for group in category.groups for rule in group.rules}
        self.single = [rule for rule in self.rules if rule.rule.id not in grouped]
        self.groups: list[tuple[Group, list[Prepared]]] = [
            (group, [rule for rule in self.rules if rule.rule.id in group.rules]) for group in category.groups
        ]

    def value(self, span: Span) -> Bounds:
        """The category's score: the sum of single rules and groups, clipped to its range."""
        parts = [rule.value(span) for rule in self.single] + [self.group_value(g, rules, span) for g, rules in self.groups]
        lowest, highest = self.category.lowest, self.category.highest
        if span.first == span.last:
            total = clip(math.fsum([part.low for part in parts]), lowest, highest)
            return Bounds(total, total)
        low, high = math.fsum([part.low for part in parts]), math.fsum([part.high for part in parts])
        return Bounds(clip(low, lowest, highest), clip(high, lowest, highest))

    def group_value(self, group: Group, rules: list[Prepared], span: Span) -> Bounds:
        """What a group pays."""
        values = [rule.value(span) for rule in rules]
        total = Bounds(math.fsum([v.low for v in values]), math.fsum([v.high for v in values]))
        return total.clipped(group.min, group.max)

    def end(self) -> int:
        """The instant from which on the score never changes again without a new fact."""
        return max((rule.end() for rule in self.rules), default=0)


class Outlook:
    """All scores of one lead on the facts `known`, at their instant and (if no fact comes) at every later one."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.model = known.model
        self.now = Span(known.instant, known.instant)
        self._gained: dict[int, Sheet] = {}

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
        return self.implicit_sheet.value(span)

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
