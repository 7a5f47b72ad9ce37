"""What would it take: the single activities that would move a lead on, and the next change that comes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain

from pipeline.scoring.activity import Activity, Facts
from pipeline.scoring.conditions import All, AnyOf, Condition, Scalar, Selector, Test, holds
from pipeline.scoring.crossing import first_change
from pipeline.scoring.decision import Decision
from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.model import Titles
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.scorer import Scorer, selectors_of_condition, selectors_of_rule
from pipeline.scoring.truth import Judge

MOST_DUES = 64
"""How many instants without a stage change (grade changes) the look ahead passes over."""
_IDENTIFIED = {"en": "Leave an address", "zh-CN": "留下联系邮箱", "zh-TW": "留下聯絡信箱"}
_WHAT_IF = "\U0010ffff what if"


@dataclass(frozen=True, slots=True)
class Step:
    """One activity that would move the lead: by which rule or transition it is known, and to which stage it leads."""

    rule: str
    titles: Titles
    type: str
    fields: dict[str, Scalar]
    to_stage: str
    total: float


class WhatIf:
    """Questions about one lead under one model, from `instant` on. Nothing that is asked changes the lead."""

    def __init__(self, scorer: Scorer, subject: str, facts: Facts, standing: Standing, instant: int) -> None:
        self._scorer = scorer
        self._map = Map(scorer.model.lifecycle)
        self._subject, self._facts, self._standing, self._instant = subject, facts, standing, instant

    def steps(self) -> list[Step]:
        """The single activities that would move the lead to another stage at once, the smallest score first."""
        found: dict[tuple[str, str], Step] = {}
        for rule, titles, selector in self._activities():
            fields = example(selector.when)
            if fields is None:
                continue
            for kind in sorted(selector.on):
                fact = Activity(_WHAT_IF, kind, self._instant, fields=dict(fields))
                changes, outlook = self._decided(
                    self._facts | {_WHAT_IF: fact}, deepcopy(self._standing), self._instant
                )
                moved = changes[-1] if changes else None
                if moved is not None and moved.to_stage != self._standing.stage and moved.direction == "up":
                    total = outlook.total(outlook.now).low
                    key = (kind, repr(sorted(fields.items(), key=repr)))
                    found.setdefault(key, Step(rule, titles, kind, fields, moved.to_stage, total))
        if self._subject.startswith("v:"):
            found |= self._identified()
        return sorted(found.values(), key=lambda step: (step.total, step.rule))

    def _identified(self) -> dict[tuple[str, str], Step]:
        """What it would do to a visitor to leave an address."""
        kind, rule = "form.submitted", "identified"
        fact = Activity(_WHAT_IF, kind, self._instant)
        known = Known(self._scorer, _WHAT_IF, self._facts | {_WHAT_IF: fact}, self._instant)
        outlook = Outlook(known)
        changes = Decision(self._map, outlook, deepcopy(self._standing)).decide()
        if not changes:
            return {}
        total = outlook.total(outlook.now).low
        return {(kind, rule): Step(rule, _IDENTIFIED, kind, {}, changes[-1].to_stage, total)}

    def next_move(self) -> StageChanged | None:
        """The next stage change that comes without any activity, or None."""
        standing, instant = deepcopy(self._standing), self._instant
        for _ in range(MOST_DUES):
            changes, outlook = self._decided(self._facts, standing, instant)
            if changes and instant > self._instant:
                return changes[0]
            due = first_change(self._map, Judge(outlook, standing))
            if due is None:
                return None
            instant = due
        return None

    def _decided(self, facts: Facts, standing: Standing, instant: int) -> tuple[list[StageChanged], Outlook]:
        outlook = Outlook(Known(self._scorer, self._subject, facts, instant))
        return Decision(self._map, outlook, standing).decide(), outlook

    def _activities(self) -> Iterator[tuple[str, Titles, Selector]]:
        model = self._scorer.model
        for rule in model.implicit.rules:
            for selector in selectors_of_rule(rule):
                yield rule.id, rule.titles, selector
        for transition in self._map.leaving(self._standing.stage):
            for selector in selectors_of_condition(transition.when):
                yield transition.key, transition.titles, selector


def example(condition: Condition | None) -> dict[str, Scalar] | None:
    """Values with which a condition on an activity holds, or None if none are found (a pattern, say)."""
    values: dict[str, Scalar] = {}
    for test in _tests(condition):
        values[test.name] = _example_value(test)
    values = {name: value for name, value in values.items() if value is not None}
    return values if holds(condition, values.get) else None


def _example_value(test: Test) -> Scalar:  # noqa: PLR0911 - one answer for each operator
    operand = test.operand
    match test.operator:
        case "equals" | "at_least" | "at_most":
            return operand  # type: ignore[no-any-return]  # a scalar by Test's contract
        case "between":
            return operand[0]  # type: ignore[no-any-return]  # a pair of floats by Test's contract
        case "in":
            return min(operand, key=repr)[1]  # type: ignore[no-any-return]  # equality keys hold scalars
        case "contains":
            return str(operand)
        case "exists":
            return "x" if operand else None
        case "glob":
            return test.text.replace("*", "").replace("?", "x")
    return None


def _tests(condition: Condition | None) -> Iterator[Test]:
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, All):
        yield from chain.from_iterable(map(_tests, condition.conditions))
    elif isinstance(condition, AnyOf) and condition.conditions:
        yield from _tests(condition.conditions[0])
