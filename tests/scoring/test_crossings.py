"""When will it change by itself: against looking at every single millisecond."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.engine import Engine
from pipeline.scoring.crossing import first_change, first_true
from pipeline.scoring.decision import Decision
from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.scorer import Scorer
from pipeline.scoring.span import Span
from pipeline.scoring.truth import Judge
from tests.scoring.journeys import HORIZON_MS, journeys
from tests.scoring.making import doc, event_of, fine_model_of, model_of, profile_of
from tests.scoring.oracle import Oracle, distinct
from tests.scoring.walk import Walk

slow = settings(max_examples=25, deadline=None, derandomize=True, database=None)
DAY_MS = 86_400_000
WHEN = ("from_stage", "to_stage", "occurred_at", "cause", "direction", "trigger_event_id", "seq")


def changes_of(model, history, instants):
    """The stage changes of an engine that is given the events in order and then these ticks."""
    changes, _ = engine_after(model, history, instants).announced()
    return [{name: change[name] for name in WHEN} for change in changes]


def engine_after(model, history, instants):
    """An engine that was given the events in order and then these ticks."""
    engine = Engine(model)
    for document in sorted(history, key=lambda e: (e["occurred_at"], e["event_id"])):
        engine.apply(event_of(document))
    for instant in instants:
        engine.tick(instant)
    return engine


def in_words(changes):
    """Instants of the walk as the records write them."""
    return [c | {"occurred_at": f"1970-01-01T00:00:00.{c['occurred_at']:03}Z"} for c in changes]


@slow
@given(journeys())
def test_engine_and_walk_through_every_millisecond_agree(journey):
    """Stage, instant, cause, direction and trigger of every change are what a naive reading of lifecycle.md gives."""
    data, history = journey
    walk = Walk(Oracle(data, history, unit=1), data["lifecycle"]).until(HORIZON_MS)
    assert changes_of(fine_model_of(data), distinct(history), [HORIZON_MS]) == in_words(walk.changes)


@settings(slow, max_examples=50)
@given(journeys(people=True))
def test_engine_and_walk_agree_on_what_people_decide(journey):
    """Approvals, declines, stages set by hand, pins and deadlines: each change and each signal at its millisecond."""
    data, history = journey
    walk = Walk(Oracle(data, history, unit=1), data["lifecycle"]).until(HORIZON_MS)
    engine = engine_after(fine_model_of(data), distinct(history), [HORIZON_MS])
    changes, signals = engine.announced()
    assert [{name: change[name] for name in WHEN} for change in changes] == in_words(walk.changes)
    said = [(s["signal"], s["occurred_at"], s["details"].get("step") or s["details"].get("escalate")) for s in signals]
    raised = [(name, f"1970-01-01T00:00:00.{at:03}Z", who) for name, at, who in walk.signals]
    assert sorted(s for s in said if s[0] != "lifecycle_loop") == sorted(raised)


@slow
@given(journeys())
def test_one_tick_far_ahead_does_what_a_tick_every_millisecond_does(journey):
    """How often time is told does not change what happens."""
    data, history = journey
    model, history = fine_model_of(data), distinct(history)
    assert changes_of(model, history, [HORIZON_MS]) == changes_of(model, history, range(60, HORIZON_MS + 1))


def test_what_would_happen_after_the_year_9999_never_happens():
    """No instant beyond it can be written, so an event of its last day must not be due there."""
    latest = 253_402_300_799_999
    rule = {"id": "r", "on": "web.page_viewed", "points": 10, "decay": {"window": "10d"}}
    data = {"implicit": {"rules": [rule]}, "grades": {"implicit": {"1": 5}}}
    for early, due in ((10 * DAY_MS, latest), (10 * DAY_MS - 1, None), (0, None)):
        ahead = Ahead(model_of(data), [doc("a", "web.page_viewed", latest - early)], latest - early)
        assert ahead.due() == due


def test_a_question_without_an_answer_at_an_instant_does_not_stall_the_search():
    """Whatever a number that is none may do to a question, the search ends."""
    assert first_true(lambda _: None, Span(0, 10**6)) is None


class Ahead:
    """A lead decided at `start`, that gets no fact any more."""

    def __init__(self, model, history, start):
        self.scorer, self.map = Scorer(model), Map(model.lifecycle)
        self.facts = {i: f for i, f in profile_of(model, history).facts.items() if f.occurred_at <= start}
        self.standing, self.start = Standing(), start
        self.outlook = self._outlook(start)
        decision = Decision(self.map, self.outlook, self.standing)
        decision.enter()
        decision.decide()

    def _outlook(self, at):
        return Outlook(Known(self.scorer, "L1", self.facts, at))

    def due(self):
        """What the core says."""
        return first_change(self.map, Judge(self.outlook, self.standing))

    def happens(self, at):
        """Whether something would happen at the instant if nothing did before."""
        later = self._outlook(at)
        again = Decision(self.map, later, deepcopy(self.standing))
        moved = bool(again.decide()) or again.looped or again.raised or again.standing.held != self.standing.held
        return moved or later.grade != self.outlook.grade


@slow
@given(st.booleans().flatmap(lambda people: journeys(people=people)), st.integers(0, 70))
def test_first_change_is_the_first_millisecond_at_which_something_happens(journey, start):
    """The due instant is exact to 1 ms: no transition, `leave` or grade change lies before it, and one lies there."""
    data, history = journey
    ahead = Ahead(fine_model_of(data), history, start)
    due, end = ahead.due(), start + HORIZON_MS
    found = next((at for at in range(start + 1, end) if ahead.happens(at)), None)
    assert due == found or (found is None and due is not None and due >= end and ahead.happens(due))


@slow
@given(journeys(), st.integers(0, 70), st.randoms(use_true_random=False))
def test_over_months_the_due_instant_is_exact_to_a_millisecond_too(journey, start, chance):
    """Something happens at the due instant, nothing a millisecond before, at any boundary, or anywhere else before."""
    data, history = journey
    history = [event | {"occurred_at": event["occurred_at"] * DAY_MS} for event in history]
    ahead = Ahead(fine_model_of(data, DAY_MS), history, start * DAY_MS)
    due = ahead.due()
    assert due is None or ahead.happens(due)
    end = due if due is not None else (start + 1200) * DAY_MS
    looked = {end - 1, ahead.start + 1, *(chance.randrange(ahead.start + 1, end + 1) for _ in range(20))}
    looked |= {day * DAY_MS + off for day in chance.sample(range(start, start + 130), 15) for off in (-1, 0, 1)}
    assert not [at for at in sorted(looked) if ahead.start < at < end and ahead.happens(at)]
