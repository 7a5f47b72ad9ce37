"""One category (explicit or implicit) on the facts of one lead: what each of its rules and groups adds.

Most leads have done little of what a model asks for, so a rule is prepared when the first activity that it means is
there; until then it pays what it pays anybody. One more fact concerns the few rules that mean it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pipeline.scoring.activity import Activity
from pipeline.scoring.known import Known
from pipeline.scoring.model import ActivityRule, AttributeRule, BestOf, Category, Decay, Group, Rule
from pipeline.scoring.rules import Prepared, prepare
from pipeline.scoring.scorer import Scorer, selectors_of_rule
from pipeline.scoring.sketch import Sketch
from pipeline.scoring.span import Bounds, Span


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

    def add(self, fact: Activity, known: Known) -> None:
        """One more activity, the latest."""
        for rule in self.rules:
            rule.add(fact, known)

    def end(self) -> int:
        """When the last of its rules ends."""
        return max((rule.end() for rule in self.rules), default=0)


class Plan:
    """A category's rules by the part (single rule or group) they belong to, and the parts by what they ask for."""

    def __init__(self, category: Category, scorer: Scorer) -> None:
        self.category = category
        grouped = {rule: group for group in category.groups for rule in group.rules}
        single = [[rule] for rule in category.rules if rule.id not in grouped]
        inside = [[rule for rule in category.rules if rule.id in group.rules] for group in category.groups]
        self.rules: list[list[Rule]] = single + inside
        self.groups: list[Group | None] = [*([None] * len(single)), *category.groups]
        self.place = {rule.id: place for place, rule in enumerate(category.rules)}
        self.of_attributes = [i for i, rules in enumerate(self.rules) if any(map(_reads_attributes, rules))]
        self.by_selector: dict[int, list[int]] = {}
        for index, rules in enumerate(self.rules):
            for number in {scorer.number(s) for rule in rules for s in selectors_of_rule(rule)}:
                self.by_selector.setdefault(number, []).append(index)
        decays = [decay for rule in category.rules for decay in _decays(rule) if decay.kind == "half_life"]
        self.shortest_half_life = min((decay.span_ms for decay in decays), default=0)
        nobody = Known(scorer, "", {}, 0)
        self.idle = {
            index: value
            for index in range(len(self.rules))
            if index not in self.of_attributes and (value := self.part(index, nobody).value(Span(0, 0)).low)
        }
        """What a part pays anybody, where that is not 0 and not a matter of attributes."""

    def part(self, index: int, known: Known, since: int | None = None) -> Prepared | Together:
        """A part on the facts known."""
        group, rules = self.groups[index], [prepare(rule, known, since) for rule in self.rules[index]]
        return rules[0] if group is None else Together(group, rules)


class Sheet:
    """One category on the facts of one lead; with `since` only activities strictly after that instant count."""

    def __init__(self, plan: Plan, known: Known, since: int | None = None) -> None:
        self.category = plan.category
        self._plan, self._known, self._since = plan, known, since
        self._parts: dict[int, Prepared | Together] = {}
        self._moving: dict[int, Prepared | Together] = {}
        self._fixed: dict[int, float] = dict(plan.idle)
        self._sketch: Sketch | None = None
        by_selector = plan.by_selector
        concerned = {index for number in known.matched() for index in by_selector.get(number, ())}
        for index in sorted(concerned.union(plan.of_attributes)):
            self._prepare(index)

    def add(self, facts: Sequence[Activity]) -> None:
        """These activities, the latest, have become known."""
        by_selector, hits = self._plan.by_selector, self._known.scorer.hits
        fresh: set[int] = set()
        touched: set[int] = set()
        for fact in facts:
            for index in {index for number in hits(fact) for index in by_selector.get(number, ())}:
                part = self._parts.get(index)
                if part is None:
                    self._parts[index] = self._plan.part(index, self._known, self._since)
                    fresh.add(index)  # it has seen all the facts
                elif index not in fresh:
                    part.add(fact, self._known)
                touched.add(index)
        for index in touched:
            self._sort(index)

    def renew(self) -> None:
        """The attributes have changed."""
        for index in self._plan.of_attributes:
            self._prepare(index)

    def _prepare(self, index: int) -> None:
        self._parts[index] = self._plan.part(index, self._known, self._since)
        self._sort(index)

    def _sort(self, index: int) -> None:
        part, instant = self._parts[index], self._known.instant
        self._sketch = None
        self._fixed.pop(index, None)
        if part.end():
            self._moving[index] = part
        else:
            self._moving.pop(index, None)
            if value := part.value(Span(instant, instant)).low:
                self._fixed[index] = value

    def value(self, span: Span) -> Bounds:
        """The category's score: the sum of single rules and groups, clipped to its range."""
        values = [part.value(span) for part in self._moving.values()]
        fixed = list(self._fixed.values())
        low = math.fsum([low for low, _ in values] + fixed)
        high = low if span.first == span.last else math.fsum([high for _, high in values] + fixed)
        return Bounds(low, high).clipped(self.category.lowest, self.category.highest)

    def near(self, span: Span) -> Bounds:
        """Bounds of the category's score, found quickly; also at one instant they may be wide."""
        if self._sketch is None:
            parts = [
                (part.rules, part.group) if isinstance(part, Together) else ([part], None)
                for part in self._moving.values()
            ]
            self._sketch = Sketch(parts, self._fixed.values(), self._known.instant)
        return self._sketch.near(span, self.category)

    def end(self) -> int:
        """The instant from which on the score never changes again without a new fact."""
        return max((part.end() for part in self._moving.values()), default=0)

    @property
    def rules(self) -> list[Prepared]:
        """All rules, in declared order."""
        return self._rules(range(len(self._plan.rules)))

    @property
    def paying(self) -> list[Prepared]:
        """The rules that may pay something, in declared order."""
        return self._rules(self._parts.keys() | self._plan.idle.keys())

    def _rules(self, indexes: Iterable[int]) -> list[Prepared]:
        parts = (self._part(index) for index in indexes)
        rules = [rule for part in parts for rule in (part.rules if isinstance(part, Together) else [part])]
        return sorted(rules, key=lambda rule: self._plan.place[rule.rule.id])

    @property
    def single(self) -> list[Prepared]:
        """The rules outside groups."""
        parts = (self._part(index) for index, group in enumerate(self._plan.groups) if group is None)
        return [part for part in parts if not isinstance(part, Together)]

    @property
    def groups(self) -> list[Together]:
        """The groups."""
        parts = (self._part(index) for index, group in enumerate(self._plan.groups) if group is not None)
        return [part for part in parts if isinstance(part, Together)]

    def _part(self, index: int) -> Prepared | Together:
        part = self._parts.get(index)
        return self._plan.part(index, self._known, self._since) if part is None else part


def _reads_attributes(rule: Rule) -> bool:
    return isinstance(rule, AttributeRule) or (isinstance(rule, BestOf) and any(map(_reads_attributes, rule.members)))


def _decays(rule: Rule) -> list[Decay]:
    if isinstance(rule, BestOf):
        return [decay for member in rule.members for decay in _decays(member)]
    return [rule.decay] if isinstance(rule, ActivityRule) else []
