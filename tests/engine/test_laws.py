"""Laws over random histories of several people who share addresses, visitors and lead ids."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.engine.activating import MODEL_KEY
from pipeline.engine.engine import Engine
from pipeline.engine.packing import pack, unpack
from pipeline.scoring.scorer import Scorer
from tests.engine.crowds import histories
from tests.scoring.journeys import HISTORY_MS, HORIZON_MS, journeys
from tests.scoring.making import event_of, fine_model_of
from tests.scoring.signals.worlds import signalling

quick = settings(max_examples=40, deadline=None, derandomize=True, database=None)


@st.composite
def crowds(draw):
    """A model, and events of several people; every event id is one person's and one content's."""
    people = draw(st.booleans())
    model, _ = draw(journeys(people=people))
    if people:
        model = draw(signalling(model))
    history = draw(histories(14, people=people))
    if draw(st.integers(1, 3)) == 1:
        merge = {"event_id": "merge", "type": "crm.merged", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(merge | {"lead_id": "L1", "properties": {"into": "L2"}})
        history.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    return model, history


def run(model, history, horizon):
    engine = Engine(model)
    for document in history:
        engine.apply(event_of(document))
    engine.tick(horizon)
    return engine


def rows(model, engine, instant):
    reader = Reader(Scorer(model))
    found = {p.subject: reader.score_row(p, instant) for p in engine.profiles() if is_lead(p)}
    return {subject: {k: v for k, v in row.items() if k not in {"stage", "due_at"}} for subject, row in found.items()}


@quick
@given(crowds(), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_arrival(crowd, chance):
    """Out of order and repeated, then a tick: every lead has the same facts, owners, aliases and scores, bit by bit."""
    data, history = crowd
    model = fine_model_of(data)
    arrived = history + chance.choices(history, k=3)
    chance.shuffle(arrived)
    in_order, mixed = run(model, history, HORIZON_MS), run(model, arrived, HORIZON_MS)
    assert rows(model, mixed, HORIZON_MS) == rows(model, in_order, HORIZON_MS)


@quick
@given(crowds(), st.randoms(use_true_random=False), st.booleans())
def test_changes_are_numbered_without_gap_and_form_a_chain(crowd, chance, shuffled):
    """seq is 1, 2, 3 … per lead; each change begins where the one before ended; instants never run back."""
    data, history = crowd
    if shuffled:
        chance.shuffle(history)
    engine = run(fine_model_of(data), history, HORIZON_MS)
    told = {}
    for change in engine.announced()[0]:
        told.setdefault(change["lead_id"], []).append(change)
    for subject, changes in told.items():
        assert [c["seq"] for c in changes] == list(range(1, len(changes) + 1))
        for one, other in pairwise(changes):
            assert one["to_stage"] == other["from_stage"]
            assert one["occurred_at"] <= other["occurred_at"]
        assert engine.table.get(subject).standing.stage == changes[-1]["to_stage"]
        assert changes[0]["from_stage"] == "a"


@quick
@given(crowds(), st.integers(0, 12))
def test_an_engine_taken_down_and_restored_goes_on_as_if_nothing_had_happened(crowd, cut):
    """Packing, unpacking and recovery lose nothing: the same changes, signals and scores."""
    data, history = crowd
    model = fine_model_of(data)
    whole = run(model, history, HORIZON_MS)
    first = Engine(model)
    for document in history[:cut]:
        first.apply(event_of(document))
    effects = first.take()
    second = Engine(model)
    for key, value in effects.changelog:
        second.load(key, value)
        assert key == MODEL_KEY or pack(unpack(value)) == value
    second.restore(first.state())
    for document in history[cut:]:
        second.apply(event_of(document))
    second.tick(HORIZON_MS)
    told, signals = second.announced()
    before = [{k: v for k, v in keyed.value.items() if k != "decided_at"} for keyed in effects.stage_changes]
    assert (before + told, [k.value for k in effects.signals] + signals) == whole.announced()
    assert rows(model, second, HORIZON_MS) == rows(model, whole, HORIZON_MS)
