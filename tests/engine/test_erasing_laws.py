"""Laws of erasing: several partitions come to what one comes to, whatever the keys, the order and the deaths."""

from __future__ import annotations

import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.analysis.outputs import without_erased
from tests.engine.cluster import Cluster
from tests.engine.comparing import reference, rows, spread
from tests.engine.crowds import PEOPLE
from tests.scoring.journeys import HISTORY_MS, journeys
from tests.scoring.making import fine_model_of
from tests.scoring.oracle import distinct
from tests.scoring.worlds import events

laws = settings(
    max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
OWN = st.sampled_from(
    [
        {"lead_id": "L1"},
        {"lead_id": "L1", "email": "ann@acme.example"},
        {"lead_id": "L1", "visitor_id": "v1"},
        {"email": "ann@acme.example", "visitor_id": "v1"},
        {"email": "ann@acme.example"},
        {"visitor_id": "v1"},
        {"lead_id": "L1", "external_ids": {"phone": "7"}},
        {"lead_id": "L2"},
        {"lead_id": "L2", "visitor_id": "v2"},
        {"visitor_id": "v2"},
    ]
)
"""People who share nothing with each other."""
LEADS = st.sampled_from([{"lead_id": "L1"}, {"lead_id": "L2"}])


def erased(event_id, instant, **who):
    return {"event_id": event_id, "type": "crm.erased", "occurred_at": instant, **who}


def kept(found, engine):
    """What is told of nobody erased."""
    return {key: found[key] for key in found if without_erased([found[key]], engine.erased)}


@st.composite
def crowds(draw, people=PEOPLE, *, whom=None, merges=True):
    """A model, and events of several people in order of time, one or two of whom are erased."""
    model, _ = draw(journeys())
    history = distinct(draw(st.lists(events(HISTORY_MS, marks=False), min_size=2, max_size=16)))
    for event in history:
        for name in ("lead_id", "email", "visitor_id"):
            event.pop(name, None)
        event.update(draw(people))
    for number in range(draw(st.integers(1, 2))):
        who = draw(people if whom is None else whom)
        history.append(erased(f"x{number}", draw(st.integers(0, HISTORY_MS)), **who))
    if merges and draw(st.booleans()):
        merge = {"event_id": "merge", "type": "crm.merged", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(merge | {"lead_id": "L1", "properties": {"into": "L2"}})
    history.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    return model, history


def nobody_waits(cluster):
    return not [p.subject for p in cluster.profiles() if p.waits or p.inbox or p.leaving is not None]


@laws
@given(crowds(OWN, merges=False), st.integers(0, 2**32), st.sampled_from([3, 12]), st.booleans())
def test_in_order_several_partitions_come_to_what_one_comes_to(crowd, seed, partitions, deaths):
    """Scores, stages, stage changes and signals after the erasure are equal, and nobody is left waiting."""
    data, history = crowd
    model, chance = fine_model_of(data), random.Random(seed)
    one, changes, signals = reference(model, history)
    cluster = Cluster(model, partitions, chance)
    spread(cluster, history, chance)
    cluster.run(deaths=deaths)
    assert nobody_waits(cluster)
    assert rows(model, cluster.profiles()) == rows(model, one.profiles())
    assert kept(cluster.changes, one) == kept(changes, one)
    assert kept(cluster.signals, one) == kept(signals, one)


@laws
@given(crowds(), st.integers(0, 2**32), st.sampled_from([3, 12]), st.booleans())
def test_with_shared_visitors_and_merges_the_scores_are_equal(crowd, seed, partitions, deaths):
    """Whose visitor it was is known late at times: then stages may differ, facts and scores do not."""
    data, history = crowd
    model, chance = fine_model_of(data), random.Random(seed)
    one, _, _ = reference(model, history)
    cluster = Cluster(model, partitions, chance)
    spread(cluster, history, chance)
    cluster.run(deaths=deaths)
    assert nobody_waits(cluster)
    without = ("stage", "due_at", "aliases")
    assert rows(model, cluster.profiles(), *without) == rows(model, one.profiles(), *without)


@laws
@given(crowds(OWN, merges=False), st.integers(0, 2**32), st.booleans())
def test_a_replay_of_the_inputs_brings_nothing_back(crowd, seed, after_sending):
    """Everything once more, in any order, with deaths and records sent twice: the same facts are left."""
    data, history = crowd
    model, chance = fine_model_of(data), random.Random(seed)
    one, _, _ = reference(model, history)
    cluster = Cluster(model, 3, chance, after_sending=after_sending)
    again = chance.sample(history, len(history))
    spread(cluster, history + again, chance)
    cluster.run(deaths=True)
    assert nobody_waits(cluster)
    without = ("stage", "due_at", "aliases")
    assert rows(model, cluster.profiles(), *without) == rows(model, one.profiles(), *without)


@laws
@given(crowds(OWN, whom=LEADS, merges=False), st.integers(0, 2**32), st.booleans(), st.booleans())
def test_in_any_order_no_event_of_an_erased_lead_is_left(crowd, seed, stream, after_sending):
    """Out of order, repeated, with ticks or without: what came under the lead's id by its erasure is nowhere."""
    data, history = crowd
    model, chance = fine_model_of(data), random.Random(seed)
    cluster = Cluster(model, 3, chance, stream=stream, after_sending=after_sending)
    arrived = history + chance.choices(history, k=3)
    chance.shuffle(arrived)
    spread(cluster, arrived, chance)
    cluster.run(deaths=True)
    until = {}
    for event in history:
        if event["type"] == "crm.erased":
            until[event["lead_id"]] = max(event["occurred_at"], until.get(event["lead_id"], 0))
    gone = {e["event_id"] for e in history if e["occurred_at"] <= until.get(e.get("lead_id"), -1)}
    kept_ids = {event_id for profile in cluster.profiles() for event_id in profile.facts}
    assert nobody_waits(cluster)
    assert not gone & kept_ids
