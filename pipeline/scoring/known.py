"""What is known of a lead at an instant: its facts up to then, with marks, consents, attributes, page pings."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from pipeline.scoring.activity import Activity, Facts
from pipeline.scoring.attributes import Gathered
from pipeline.scoring.conditions import Scalar, Selector, number_of
from pipeline.scoring.consents import Consents
from pipeline.scoring.marks import Marker, Marks
from pipeline.scoring.scorer import Scorer, with_seconds


class Known:
    """The facts of one lead with `occurred_at` ≤ `instant`, in order, and what follows from them.

    `marks`, if given, take the place of what the facts alone say: then this cannot be extended.
    """

    def __init__(self, scorer: Scorer, subject: str, facts: Facts, instant: int, marks: Marks | None = None) -> None:
        self.scorer = scorer
        self.model = scorer.model
        self.subject = subject
        self.instant = instant
        self.facts = sorted((f for f in facts.values() if f.occurred_at <= instant), key=order_of)
        self._eligible: dict[tuple[int, bool], list[Activity]] = {}
        if marks is not None:
            self._marker = Marker((), self.model)
            self._marker.marks = marks

    def extend(self, facts: Sequence[Activity], instant: int) -> bool:
        """Go on to an instant that is not earlier, with these facts more, in order.

        False if they come before a known one or change what is known of it: then this object is spoiled, and all must
        be looked at from the beginning.
        """
        self.instant = instant
        for fact in facts:
            if self.facts and order_of(fact) < order_of(self.facts[-1]):
                return False
            if not (self._marker.add(fact) and self.consents.add(fact) and self._is_no_ping(fact)):
                return False
            self._append(fact)
        return True

    def _append(self, fact: Activity) -> None:
        gathered, matching = self._gathered, self._matching  # as they are without the fact
        self.facts.append(fact)
        if fact.type == "crm.stage_set":
            self.__dict__.pop("_orders", None)
        if fact.type == "crm.claimed":
            self.__dict__.pop("claims", None)
        if gathered.add(fact):
            self.__dict__.pop("attributes", None)
        for number in self.scorer.hits(fact):
            matching[number].append(fact)
            for needs_consent in (True, False):
                eligible = self._eligible.get((number, needs_consent))
                if eligible is not None and self.is_eligible(fact, needs_consent=needs_consent):
                    eligible.append(fact)

    @cached_property
    def _marker(self) -> Marker:
        return Marker(self.facts, self.model)

    @property
    def marks(self) -> Marks:
        """Marked activities and why."""
        return self._marker.marks

    @cached_property
    def consents(self) -> Consents:
        """The lead's statements of consent."""
        return Consents(self.facts, self.model.consent)

    @cached_property
    def _gathered(self) -> Gathered:
        return Gathered(self.facts)

    @cached_property
    def attributes(self) -> dict[str, Scalar]:
        """Who the lead is."""
        return self._gathered.attributes(self.model)

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

    def _is_no_ping(self, fact: Activity) -> bool:
        """Whether the next fact has nothing to do with page pings."""
        if fact.type == "web.page_pinged":
            return fact.fields.get("page_view_id") is None or fact.event_id in self.marks
        if fact.type == "web.page_viewed" and self._pings:
            return fact.fields.get("page_view_id") not in self._pings
        return True

    @cached_property
    def _pings(self) -> set[Scalar]:
        """Every page view that a ping names."""
        pinged = {fact.fields.get("page_view_id") for fact in self.facts if fact.type == "web.page_pinged"}
        return pinged - {None}

    def allowed(self, fact: Activity) -> bool:
        """Whether consent lets the activity pay now."""
        return self.consents.allow(fact, self.instant)

    @cached_property
    def _matching(self) -> defaultdict[int, list[Activity]]:
        found: defaultdict[int, list[Activity]] = defaultdict(list)
        hits, pinged = self.scorer.hits, self.pinged
        for fact in self.facts:
            for number in hits(fact, pinged.get(fact.event_id, 0.0)) if pinged else hits(fact):
                found[number].append(fact)
        return found

    def matched(self) -> frozenset[int]:
        """The numbers of the selectors that mean some activity."""
        return frozenset(self._matching)

    def matching(self, selector: Selector) -> Sequence[Activity]:
        """The activities that the selector means, marked or not, in order."""
        return self._matching.get(self.scorer.number(selector), ())

    def eligible(self, selector: Selector, *, needs_consent: bool = True) -> Sequence[Activity]:
        """The matching activities that are neither a machine's nor an insider's, with consent in force."""
        number = self.scorer.number(selector)
        if number not in self._matching:
            return ()
        found = self._eligible.get((number, needs_consent))
        if found is None:
            found = [f for f in self._matching[number] if self.is_eligible(f, needs_consent=needs_consent)]
            self._eligible[number, needs_consent] = found
        return found

    def is_eligible(self, fact: Activity, *, needs_consent: bool) -> bool:
        """Whether a known activity counts for what it matches."""
        if fact.event_id in self._marker.marks:
            return False
        return not needs_consent or not self.model.consent.purposes or self.allowed(fact)

    def value(self, fact: Activity, name: str) -> Scalar:
        """A named value of the activity, pings included."""
        more = self.pinged.get(fact.event_id)
        return (with_seconds(fact, more) if more else fact.fields).get(name)

    def orders(self, after: tuple[int, str]) -> list[Activity]:
        """What people have set the stage to, later than this place in the order of facts."""
        return [fact for fact in self._orders if order_of(fact) > after]

    @cached_property
    def _orders(self) -> list[Activity]:
        return [fact for fact in self.facts if fact.type == "crm.stage_set"]

    @cached_property
    def claims(self) -> list[Activity]:
        """The facts by which somebody made the lead his own, in order."""
        return [fact for fact in self.facts if fact.type == "crm.claimed" and fact.fields.get("@owner") is not None]

    def at_instant(self) -> list[Activity]:
        """The facts of exactly this instant."""
        found = []
        for fact in reversed(self.facts):
            if fact.occurred_at < self.instant:
                break
            found.append(fact)
        return found[::-1]


def order_of(fact: Activity) -> tuple[int, str]:
    """Facts come in order of (`occurred_at`, `event_id`)."""
    return (fact.occurred_at, fact.event_id)
