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
from pipeline.scoring.fading import FOREVER, Fading
from pipeline.scoring.frequency import Window
from pipeline.scoring.known import Known
from pipeline.scoring.limits import Gate, raw_points
from pipeline.scoring.model import ActivityRule, AttributeRule, BestOf, FrequencyRule, Rule
from pipeline.scoring.sketch import Stroke
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

    def stroke(self, now: int) -> Stroke:
        """What it pays from `now` on, for a sketch."""

    def add(self, fact: Activity, known: Known) -> None:
        """One more known activity, the latest, that its selector (or that of a member) means."""

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

    def stroke(self, now: int) -> Stroke:
        points = self.rule.points if self.held else 0.0
        return Stroke(self, points, 0, FOREVER, abs(points))

    def add(self, fact: Activity, known: Known) -> None:
        """Activities do not matter."""

    def end(self) -> int:
        return 0


class Paying:
    """A rule that pays single activities, each fading with its age."""

    __slots__ = ("_fading", "_gate", "_since", "facts", "needs_consent", "rule")

    def __init__(self, rule: ActivityRule, known: Known, since: int | None) -> None:
        points = rule.points
        self.rule = rule
        self.needs_consent = (points.fixed if points.per is None else points.factor) >= 0
        self.facts: list[Activity] = []
        self._since = since
        self._gate = None if rule.limit is None else Gate(rule.limit)
        self._fading = Fading(rule.decay)
        for fact in known.eligible(rule.selector, needs_consent=self.needs_consent):
            self._pay(fact, known)

    def add(self, fact: Activity, known: Known) -> None:
        if known.scorer.number(self.rule.selector) in known.scorer.hits(fact) and known.is_eligible(
            fact, needs_consent=self.needs_consent
        ):
            self._pay(fact, known)

    def _pay(self, fact: Activity, known: Known) -> None:
        if self._since is not None and fact.occurred_at <= self._since:
            return
        if self._gate is None or self._gate.admits(fact, known):
            self.facts.append(fact)
            self._fading.add(fact.occurred_at, raw_points(fact, self.rule.points, known))

    @property
    def worth(self) -> list[tuple[int, float]]:
        """When each paid activity happened (ms), in order, and its raw points."""
        return self._fading.worth

    def contributions(self, instant: int) -> list[tuple[Activity, float, float]]:
        """Every paid activity with its raw points and its points at the instant."""
        pairs = zip(self._fading.worth, self._fading.now(instant), strict=True)
        return [(fact, points, now) for fact, ((_, points), now) in zip(self.facts, pairs, strict=True)]

    def pays(self, span: Span) -> Truth:
        low, high = self.value(span)
        return False if low == high == 0.0 else True if low > 0.0 or high < 0.0 else None

    def value(self, span: Span) -> Bounds:
        return self._fading.total(span).clipped(self.rule.min, self.rule.max)

    def stroke(self, now: int) -> Stroke:
        rule = self.rule
        fading = self._fading
        return Stroke(self, *fading.stroke(now), len(self.facts), fading.is_alike, rule.min, rule.max)

    def end(self) -> int:
        return self._fading.end()


class Counting:
    """A rule that pays while a number of activities lie in a window."""

    __slots__ = ("needs_consent", "rule", "window")

    def __init__(self, rule: FrequencyRule, known: Known, since: int | None) -> None:
        self.rule = rule
        self.needs_consent = rule.points >= 0
        self.window = Window(rule.frequency, known, needs_consent=self.needs_consent, since=since)

    def add(self, fact: Activity, known: Known) -> None:
        self.window.take((fact,), known)

    def pays(self, span: Span) -> Truth:
        return self.window.truth(span)

    def value(self, span: Span) -> Bounds:
        held, points = self.window.truth(span), self.rule.points
        if held is None:
            return Bounds(min(0.0, points), max(0.0, points))
        return Bounds(points, points) if held else NOTHING

    def stroke(self, now: int) -> Stroke:
        points = self.value(Span(now, now)).low
        return Stroke(self, points, 0, self.window.next_leaving(now), abs(self.rule.points))

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

    def paying(self, instant: int) -> Prepared | None:
        """The member that the group pays at the instant, the first declared of several; None: none pays."""
        now = Span(instant, instant)
        paying = [member for member in self.members if member.pays(now)]
        return max(paying, key=lambda member: member.value(now).low, default=None)

    def stroke(self, now: int) -> Stroke:
        strokes = [member.stroke(now) for member in self.members]
        rule, points = self.rule, self.value(Span(now, now)).low
        until = now if any(s.half_life for s in strokes) else min((s.until for s in strokes), default=FOREVER)
        size = sum(s.size for s in strokes) * (1.0 if rule.weight is None else abs(rule.weight) / 100)
        return Stroke(self, points, 0, until, max(size, abs(rule.min or 0.0), abs(rule.max or 0.0)))

    def add(self, fact: Activity, known: Known) -> None:
        for member in self.members:
            member.add(fact, known)

    def end(self) -> int:
        return max((member.end() for member in self.members), default=0)


def prepare(rule: Rule, known: Known, since: int | None = None) -> Prepared:
    """The rule on the facts of one lead; with `since` only activities strictly after that instant count."""
    if isinstance(rule, AttributeRule):
        return Fixed(rule, holds(rule.when, known.attributes.get))
    if isinstance(rule, ActivityRule):
        return Paying(rule, known, since)
    return Counting(rule, known, since) if isinstance(rule, FrequencyRule) else Best(rule, known, since)
