"""What is known of a lead at an instant: its facts up to then, with marks, consents, attributes, page pings."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from pipeline.scoring.activity import Activity, Facts
from pipeline.scoring.attributes import attributes_of
from pipeline.scoring.conditions import Scalar, Selector, number_of
from pipeline.scoring.consents import Consents
from pipeline.scoring.marks import Marks, marks_of
from pipeline.scoring.scorer import Scorer, with_seconds


class Known:
    """The facts of one lead with `occurred_at` ≤ `instant`, in order, and what follows from them."""

    def __init__(self, scorer: Scorer, subject: str, facts: Facts, instant: int) -> None:
        self.scorer = scorer
        self.model = scorer.model
        self.subject = subject
        self.instant = instant
        self.facts = sorted((f for f in facts.values() if f.occurred_at <= instant), key=_order)

    @cached_property
    def marks(self) -> Marks:
        """Marked activities and why."""
        return marks_of(self.facts, self.model)

    @cached_property
    def consents(self) -> Consents:
        """The lead's statements of consent."""
        return Consents(self.facts, self.model.consent)

    @cached_property
    def attributes(self) -> dict[str, Scalar]:
        """Who the lead is."""
        return attributes_of(self.facts, self.model)

    @cached_property
    def pinged(self) -> dict[str, float]:
        """`event_id` of a page view → seconds that its unmarked pings add."""
        added: defaultdict[Scalar, list[float]] = defaultdict(list)
        for fact in self.facts:
            if fact.type == "web.page_pinged" and fact.event_id not in self.marks:
                added[fact.fields.get("page_view_id")].append(number_of(fact.fields.get("seconds")) or 0.0)
        added.pop(None, None)
        if not added:
            return {}
        views = (f for f in self.facts if f.type == "web.page_viewed" and f.fields.get("page_view_id") in added)
        return {f.event_id: math.fsum(added[f.fields["page_view_id"]]) for f in views}

    def allowed(self, fact: Activity) -> bool:
        """Whether consent lets the activity pay now."""
        return self.consents.allow(fact, self.instant)

    @cached_property
    def _matching(self) -> dict[int, list[Activity]]:
        found: defaultdict[int, list[Activity]] = defaultdict(list)
        hits, pinged = self.scorer.hits, self.pinged
        for fact in self.facts:
            for number in hits(fact, pinged.get(fact.event_id, 0.0)) if pinged else hits(fact):
                found[number].append(fact)
        return found

    def matching(self, selector: Selector) -> Sequence[Activity]:
        """The activities that the selector means, marked or not, in order."""
        return self._matching.get(self.scorer.number(selector), ())

    def eligible(self, selector: Selector, *, needs_consent: bool = True) -> list[Activity]:
        """The matching activities that are neither a machine's nor an insider's, with consent in force."""
        matching, marks = self.matching(selector), self.marks
        found = [f for f in matching if f.event_id not in marks] if marks else list(matching)
        if needs_consent and self.model.consent.purposes:
            found = [f for f in found if self.allowed(f)]
        return found

    def value(self, fact: Activity, name: str) -> Scalar:
        """A named value of the activity, pings included."""
        more = self.pinged.get(fact.event_id)
        return (with_seconds(fact, more) if more else fact.fields).get(name)

    def at_instant(self) -> list[Activity]:
        """The facts of exactly this instant."""
        return [f for f in self.facts if f.occurred_at == self.instant]


def _order(fact: Activity) -> tuple[int, str]:
    return (fact.occurred_at, fact.event_id)
