"""`crm.erased`: a person is forgotten, wherever something of them lay (scoring.md, Consent)."""

from __future__ import annotations

import random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.codec.instants import parse_instant
from pipeline.engine.engine import Engine
from pipeline.identity import subject_of_email
from pipeline.scoring.scorer import Scorer
from tests.engine.cluster import Cluster
from tests.engine.crowds import PEOPLE
from tests.engine.driving import Drive, at, go
from tests.scoring.journeys import HISTORY_MS, HORIZON_MS, journeys
from tests.scoring.making import doc, event_of, fine_model_of
from tests.scoring.oracle import distinct
from tests.scoring.worlds import events

laws = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
T = 1_760_000_000_000
ANN = "ann@acme.example"
ERASE = {"type": "crm.erased"}


def erased(event_id, instant, **who):
    return {"event_id": event_id, "type": "crm.erased", "occurred_at": instant, **who}


def lead_way():
    return Drive(go("visitor", "lead", "identified"), go("lead", "mql", {"implicit": {"at_least": 20}}))


def view(event_id, instant, lead_id="L1", **more):
    return doc(event_id, "web.page_viewed", instant, lead_id, **more)


def facts(drive, subject):
    profile = drive.engine.table.get(subject)
    return set() if profile is None else set(profile.facts)


def test_an_erased_lead_is_forgotten_and_begins_anew():
    """Facts up to the erasure are gone, its address answers for itself; new facts start at the entry, `seq` goes on."""
    drive = lead_way().apply(view("a", T, email=ANN), view("b", T + 1), view("c", T + 2)).tick(T + 5)
    assert drive.told("seq", "to_stage") == [(1, "lead"), (2, "mql")]
    drive.apply(erased("x", T + 10, lead_id="L1")).tick(T + 11)
    assert not facts(drive, "L1")
    drive.apply(view("d", T + 20)).tick(T + 21)
    assert facts(drive, "L1") == {"d"}
    assert drive.told("seq", "from_stage", "to_stage", "occurred_at")[2:] == [(3, "visitor", "lead", at(T + 20))]
    drive.apply(doc("e", "web.page_viewed", T + 30, None, email=ANN)).tick(T + 31)
    assert facts(drive, subject_of_email(ANN)) == {"e"}


def kept(found, until):
    return {k: d for k, d in found.items() if parse_instant(d["occurred_at"]) > until(d["lead_id"])}


@st.composite
def crowds(draw, people=PEOPLE, *, merges=True):
    """A model, and events of several people in order of time, one or two of whom are erased."""
    model, _ = draw(journeys())
    history = distinct(draw(st.lists(events(HISTORY_MS, marks=False), min_size=2, max_size=16)))
    for event in history:
        for name in ("lead_id", "email", "visitor_id"):
            event.pop(name, None)
        event.update(draw(people))
    for number in range(draw(st.integers(1, 2))):
        who = draw(people)
        history.append(erased(f"x{number}", draw(st.integers(0, HISTORY_MS)), **who))
    if merges and draw(st.booleans()):
        merge = {"event_id": "merge", "type": "crm.merged", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(merge | {"lead_id": "L1", "properties": {"into": "L2"}})
    history.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    return model, history


def reference(model, history):
    engine = Engine(model)
    for document in history:
        engine.apply(event_of(document))
    engine.tick(HORIZON_MS)
    changes, signals = engine.announced()
    return engine, {c["change_id"]: c for c in changes}, {s["signal_id"]: s for s in signals}


def rows(model, profiles, *without):
    reader = Reader(Scorer(model))
    found = {p.subject: reader.score_row(p, HORIZON_MS) for p in profiles if is_lead(p)}
    return {subject: {k: v for k, v in row.items() if k not in without} for subject, row in found.items()}


def spread(cluster, history, chance):
    for document in history:
        cluster.inputs[chance.randrange(cluster.partitions)].append(event_of(document))
    for inputs in cluster.inputs:
        inputs.append(HORIZON_MS)


def nobody_waits(cluster):
    return not [p.subject for p in cluster.profiles() if p.waits or p.inbox or p.leaving is not None]


@laws
@given(crowds(), st.integers(0, 2**32), st.sampled_from([3, 12]), st.booleans())
def test_in_order_several_partitions_come_to_what_one_comes_to(crowd, seed, partitions, deaths):
    """Scores, stages, stage changes and signals after the erasure are equal, and nobody is left waiting."""
    data, history = crowd
    model, chance = fine_model_of(data), random.Random(seed)
    one, changes, signals = reference(model, history)
    cluster = Cluster(model, partitions, chance)
    spread(cluster, history, chance)
    cluster.run(deaths=deaths)

    def until(subject):
        return one.erased.until(subject)

    assert nobody_waits(cluster)
    assert rows(model, cluster.profiles()) == rows(model, one.profiles())
    assert kept(cluster.changes, until) == kept(changes, until)
    assert kept(cluster.signals, until) == kept(signals, until)
