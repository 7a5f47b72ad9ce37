"""What each kind of rule pays at an instant, or can pay during a span of time (contract: scoring.md).

A rule is prepared once on the facts known (limits and eligibility do not depend on the time that follows) and then
asked for many instants.
"""

# ruff: noqa: D102, ARG002 - the methods of the four kinds answer as `Prepared` says

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import holds
from pipeline.scoring.fading import Fading
from pipeline.scoring.frequency import Window
from pipeline.scoring.known import Known
from pipeline.scoring.limits import paid, raw_points
from pipeline.scoring.model import ActivityRule, AttributeRule, BestOf, FrequencyRule, Rule
from pipeline.scoring.span import Bounds, Span, Truth

NOTHING = Bounds(0.0, 0.0)


class Prepared(Protocol):
    """A rule on the facts of one lead."""

    @property
    def rule(self) -> Rule:
        """The rule itself."""

    def pays(self, span: Span) -> Truth:
        """Whether it pays at all (for `best_of`)."""

    def value(self, span: Span) -> Bounds:
        """What it pays, clipped by its own `min` and `max`."""

    def end(self) -> int:
        """The instant from which on it never changes again without a new fact; 0: it cannot change at all."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A rule on attributes: constant until the next fact."""

    rule: AttributeRule
    held: bool

    def pays(self, span: Span) -> Truth:
        return self.held

    def value(self, span: Span) -> Bounds:
        return Bounds(self.rule.points, self.rule.points) if self.held else NOTHING

    def end(self) -> int:
        return 0


class Paying:
    """A rule that pays single activities, each fading with its age."""

    __slots__ = ("_fading", "facts", "needs_consent", "rule")

    def __init__(self, rule: ActivityRule, known: Known, since: int | None) -> None:
        points = rule.points
        self.needs_consent = (points.fixed if points.per is None else points.factor) >= 0
        eligible = known.eligible(rule.selector, needs_consent=self.needs_consent)
        if since is not None:
            eligible = [f for f in eligible if f.occurred_at > since]
        self.rule = rule
        self.facts: list[Activity] = paid(eligible, rule.limit, known)
        self._fading = Fading(rule.decay, [(f.occurred_at, raw_points(f, points, known)) for f in self.facts])

    def contributions(self, instant: int) -> list[tuple[Activity, float, float]]:
        """Every paid activity with its raw points and its points at the instant."""
        pairs = zip(self._fading.worth, self._fading.now(instant), strict=True)
        return [(fact, points, now) for fact, ((_, points), now) in zip(self.facts, pairs, strict=True)]

    def pays(self, span: Span) -> Truth:
        low, high = self.value(span)
        return False if low == high == 0.0 else True if low > 0.0 or high < 0.0 else None

    def value(self, span: Span) -> Bounds:
        return self._fading.total(span).clipped(self.rule.min, self.rule.max)

    def end(self) -> int:
        return self._fading.end()


class Counting:
    """A rule that pays while a number of activities lie in a window."""

    __slots__ = ("needs_consent", "rule", "window")

    def __init__(self, rule: FrequencyRule, known: Known, since: int | None) -> None:
        self.rule = rule
        self.needs_consent = rule.points >= 0
        self.window = Window(rule.frequency, known, needs_consent=self.needs_consent, since=since)

    def pays(self, span: Span) -> Truth:
        return self.window.truth(span)

    def value(self, span: Span) -> Bounds:
        held, points = self.window.truth(span), self.rule.points
        if held is None:
            return Bounds(min(0.0, points), max(0.0, points))
        return Bounds(points, points) if held else NOTHING

    def end(self) -> int:
        return self.window.end()


class Best:
    """A group that pays its highest paying member only."""

    __slots__ = ("members", "rule")

    def __init__(self, rule: BestOf, known: Known, since: int | None) -> None:
        self.rule = rule
        self.members = [prepare(member, known, since) for member in rule.members]

    def pays(self, span: Span) -> Truth:
        said = [member.pays(span) for member in self.members]
        return True if True in said else None if None in said else False

    def value(self, span: Span) -> Bounds:
        sure: list[Bounds] = []
        perhaps: list[Bounds] = []
        for member in self.members:
            pays = member.pays(span)
            if pays is not False:
                (sure if pays else perhaps).append(member.value(span))
        if not sure:
            sure = [NOTHING]
            low = min(0.0, *(b.low for b in perhaps)) if perhaps else 0.0
        else:
            low = max(b.low for b in sure)
        best = Bounds(low, max(b.high for b in (*sure, *perhaps)))
        rule = self.rule
        if rule.weight is not None:
            best = Bounds(*sorted((rule.weight * best.low / 100, rule.weight * best.high / 100)))
        return best.clipped(rule.min, rule.max)

    def end(self) -> int:
        return max((member.end() for member in self.members), default=0)


def prepare(rule: Rule, known: Known, since: int | None = None) -> Prepared:
    """The rule on the facts of one lead; with `since` only activities strictly after that instant count."""
    if isinstance(rule, AttributeRule):
        return Fixed(rule, holds(rule.when, known.attributes.get))
    if isinstance(rule, ActivityRule):
        return Paying(rule, known, since)
    return Counting(rule, known, since) if isinstance(rule, FrequencyRule) else Best(rule, known, since)
