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
from pipeline.scoring.duties import Pending, pendings
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
    """One activity that would move the lead on: by which rule or transition it is known, and to which stage it leads.

    `asks` is None if it leads there at once, else the step of approval that is asked for next on the way there.
    """

    rule: str
    titles: Titles
    type: str
    fields: dict[str, Scalar]
    to_stage: str
    total: float
    asks: str | None = None


class WhatIf:
    """Questions about one lead under one model, from `instant` on. Nothing that is asked changes the lead."""

    def __init__(self, scorer: Scorer, subject: str, facts: Facts, standing: Standing, instant: int) -> None:
        self._scorer = scorer
        self._map = Map(scorer.model.lifecycle)
        self._subject, self._facts, self._standing, self._instant = subject, facts, standing, instant

    def steps(self) -> list[Step]:
        """The single activities that would move the lead on at once, or have it wait for an approval on the way up.

        The smallest score first.
        """
        found: dict[tuple[str, str], Step] = {}
        waits = self._waits(Outlook(Known(self._scorer, self._subject, self._facts, self._instant)), self._standing)
        for rule, titles, fact in chain(self._approvals(waits), self._activities()):
            key = (fact.type, repr(sorted(fact.fields.items(), key=repr)))
            step = None if key in found else self._step(rule, titles, fact, self._subject, waits)
            if step is not None:
                found[key] = step
        if self._subject.startswith("v:"):
            fact = Activity(_WHAT_IF, "form.submitted", self._instant)
            step = self._step("identified", _IDENTIFIED, fact, _WHAT_IF, waits)
            if step is not None:
                found[fact.type, "identified"] = step
        return sorted(found.values(), key=lambda step: (step.total, step.rule))

    def _step(self, rule: str, titles: Titles, fact: Activity, subject: str, waits: list[Pending]) -> Step | None:
        """What comes of the activity, if that is a way up from where the lead stands."""
        standing = deepcopy(self._standing)
        outlook = Outlook(Known(self._scorer, subject, self._facts | {_WHAT_IF: fact}, fact.occurred_at))
        Decision(self._map, outlook, standing).decide()
        target, asks = standing.stage, None
        if target == self._standing.stage:
            before = {(wait.transition, wait.step) for wait in waits}
            begun = [w for w in self._waits(outlook, standing) if (w.transition, w.step) not in before]
            if not begun:
                return None
            target, asks = begun[0].to, begun[0].step
        if self._map.direction(self._standing.stage, target) != "up":
            return None
        return Step(rule, titles, fact.type, dict(fact.fields), target, outlook.total(outlook.now).low, asks)

    def _waits(self, outlook: Outlook, standing: Standing) -> list[Pending]:
        return list(pendings(self._map, Judge(outlook, standing)))

    def _approvals(self, waits: list[Pending]) -> Iterator[tuple[str, Titles, Activity]]:
        """The approvals that are waited for; one counts only after the instant from which it is."""
        for wait in waits:
            instant = max(self._instant, wait.since + 1)
            fact = Activity(_WHAT_IF, "crm.approved", instant, fields={"step": wait.step})
            yield wait.transition, self._map.transitions[wait.transition].titles, fact

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

    def _activities(self) -> Iterator[tuple[str, Titles, Activity]]:
        for rule, titles, selector in self._selectors():
            fields = example(selector.when)
            if fields is None:
                continue
            for kind in sorted(selector.on):
                # It names the day of another look at the lead, or takes back the one that was named before.
                ruled_out = {"reevaluate_on": fields.get("reevaluate_on")} if kind == "crm.disqualified" else None
                yield rule, titles, Activity(_WHAT_IF, kind, self._instant, fields=dict(fields), attributes=ruled_out)

    def _selectors(self) -> Iterator[tuple[str, Titles, Selector]]:
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
