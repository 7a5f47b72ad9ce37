"""When will it change by itself: against looking at every single millisecond."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.engine import Engine
from pipeline.scoring.crossing import first_change
from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Decision, Map
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.scorer import Scorer
from pipeline.scoring.truth import Judge
from tests.scoring.journeys import HORIZON_MS, journeys
from tests.scoring.making import event_of, fine_model_of, profile_of
from tests.scoring.oracle import Oracle, distinct
from tests.scoring.walk import Walk

slow = settings(max_examples=60, deadline=None, derandomize=True, database=None)
WHEN = ("from_stage", "to_stage", "occurred_at", "cause", "direction", "trigger_event_id", "seq")


def changes_of(model, history, instants):
    """The stage changes of an engine that is given the events in order and then these ticks."""
    engine = Engine(model)
    for document in sorted(history, key=lambda e: (e["occurred_at"], e["event_id"])):
        engine.apply(event_of(document))
    for instant in instants:
        engine.tick(instant)
    return [{name: change[name] for name in WHEN} for change in engine.announced()[0]]


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


@slow
@given(journeys())
def test_one_tick_far_ahead_does_what_a_tick_every_millisecond_does(journey):
    """How often time is told does not change what happens."""
    data, history = journey
    model, history = fine_model_of(data), distinct(history)
    assert changes_of(model, history, [HORIZON_MS]) == changes_of(model, history, range(60, HORIZON_MS + 1))


@slow
@given(journeys(), st.integers(0, 70))
def test_first_change_is_the_first_millisecond_at_which_something_happens(journey, start):
    """The due instant is exact to 1 ms: no transition, `leave` or grade change lies before it, and one lies there."""
    data, history = journey
    model = fine_model_of(data)
    scorer, stage_map = Scorer(model), Map(model.lifecycle)
    facts = {i: f for i, f in profile_of(model, history).facts.items() if f.occurred_at <= start}
    standing = Standing()
    outlook = Outlook(Known(scorer, "L1", facts, start))
    decision = Decision(stage_map, outlook, standing)
    decision.enter()
    decision.decide()

    def happens(at):
        later = Outlook(Known(scorer, "L1", facts, at))
        again = Decision(stage_map, later, deepcopy(standing))
        return bool(again.decide()) or again.looped or later.grade != outlook.grade

    due = first_change(stage_map, Judge(outlook, standing))
    found = next((at for at in range(start + 1, start + HORIZON_MS) if happens(at)), None)
    assert due == found or (found is None and due is not None and due >= start + HORIZON_MS and happens(due))
