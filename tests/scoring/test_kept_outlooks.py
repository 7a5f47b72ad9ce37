"""The quick way (outlooks kept between decisions, instants worked out when asked for) against the plain one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.absorbing import insert_fact
from pipeline.engine.engine import Engine
from pipeline.engine.facts import FactMaker
from pipeline.engine.packing import pack
from pipeline.scoring.activity import Activity, FactSet
from pipeline.scoring.ledger import explain
from pipeline.scoring.outlooks import Outlooks
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer
from tests.engine.crowds import PEOPLE
from tests.scoring.journeys import HISTORY_MS, HORIZON_MS, lifecycles
from tests.scoring.making import doc, event_of, fine_model_of, model_of
from tests.scoring.oracle import distinct
from tests.scoring.signals.worlds import signalling
from tests.scoring.worlds import events, models

DAY_MS = 86_400_000
laws = settings(max_examples=50, deadline=None, derandomize=True, database=None)


@st.composite
def crowds(draw):
    """A model with bots, insiders and consent, and events of several people in any order, some of them twice."""
    data = draw(models(50)) | {"lifecycle": draw(lifecycles())}
    if draw(st.booleans()):
        data = draw(signalling(data))
    history = distinct(draw(st.lists(events(HISTORY_MS), min_size=4, max_size=24)))
    for event in history:
        if draw(st.booleans()):
            for name in ("lead_id", "email", "visitor_id"):
                event.pop(name, None)
            event.update(draw(PEOPLE))
    if draw(st.integers(1, 3)) == 1:
        merge = {"event_id": "merge", "type": "crm.merged", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(merge | {"lead_id": "L1", "properties": {"into": "L2"}})
    history.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    for _ in range(draw(st.sampled_from([0, 0, 2, 12]))):  # some come late
        history.insert(draw(st.integers(0, len(history) - 1)), history.pop(draw(st.integers(0, len(history) - 1))))
    return data, history + draw(st.lists(st.sampled_from(history), max_size=3))


def plain(model):
    """An engine that looks at every lead from the beginning, and far ahead, at every decision."""
    engine = Engine(model)
    engine._decider.is_lazy = False
    engine._decider.outlooks.most = 0
    return engine


def stored(engine):
    return {profile.subject: pack(profile) for profile in engine.profiles()}


@laws
@given(crowds(), st.sets(st.integers(0, 30)), st.sampled_from([1, DAY_MS]))
def test_the_quick_way_and_the_plain_way_agree_to_the_last_bit(crowd, looks, unit):
    """Stages, signals, scores with reasons, due instants and all that is stored, whatever arrives in whatever order."""
    data, history = crowd
    model = fine_model_of(data, unit)
    quick, slow = Engine(model, now_ms=lambda: 0), plain(model)
    slow._now_ms = lambda: 0
    for number, document in enumerate(history):
        event = event_of(document | {"occurred_at": document["occurred_at"] * unit})
        quick.apply(event)
        slow.apply(event)
        if number in looks:
            assert quick.take() == slow.take()
    quick.tick(HORIZON_MS * unit)
    slow.tick(HORIZON_MS * unit)
    assert quick.take() == slow.take()
    assert stored(quick) == stored(slow)


@laws
@given(
    models(50), st.lists(events(HISTORY_MS), min_size=2, max_size=12), st.lists(st.integers(0, HORIZON_MS), max_size=3)
)
def test_an_outlook_that_goes_on_is_what_a_new_one_is(data, history, later):
    """One lead, its facts in order, and instants without facts: scores, attributes, marks and reasons are the same."""
    model = fine_model_of(data)
    scorer, lead, maker = Scorer(model), Profile("L1"), FactMaker(model)
    kept = Outlooks(scorer)
    arriving = sorted(distinct(history), key=lambda event: (event["occurred_at"], event["event_id"]))
    for at in sorted({event["occurred_at"] for event in arriving} | {HISTORY_MS + more for more in later}):
        for document in arriving:
            if document["occurred_at"] == at:
                insert_fact(lead, maker.fact_of(event_of(document)))
        one, other = kept.of(lead, at), Outlooks(scorer, 0).of(lead, at)
        assert one.known.attributes == other.known.attributes
        assert one.known.marks == other.known.marks
        assert (one.explicit, one.implicit(one.now), one.total(one.now)) == (
            other.explicit,
            other.implicit(other.now),
            other.total(other.now),
        )
        assert explain(one) == explain(other)
        assert one.near(one.now).low <= other.implicit(other.now).low <= one.near(one.now).high


RULES = {"implicit": {"rules": [{"id": "views", "on": "web.page_viewed", "points": 10, "decay": {"half_life": "14d"}}]}}


def test_an_outlook_is_kept_while_facts_are_only_added():
    """The next fact is taken into the same outlook; a replaced or a late one needs a new outlook."""
    outlooks, lead = Outlooks(Scorer(model_of(RULES))), Profile("L1")
    lead.facts["b"] = Activity("b", "web.page_viewed", 20)
    first = outlooks.of(lead, 20)
    lead.facts["c"] = Activity("c", "web.page_viewed", 30)
    assert outlooks.of(lead, 30) is first
    assert first.implicit(first.now).low == 10 * 2.0 ** (-10 / (14 * DAY_MS)) + 10
    lead.facts["a"] = Activity("a", "web.page_viewed", 10)
    late = outlooks.of(lead, 30)
    assert late is not first
    lead.facts["a"] = Activity("a", "web.page_viewed", 11)
    assert outlooks.of(lead, 30) is not late


def test_facts_tell_what_was_not_only_added():
    """Replacing and removing are counted in every way a dict knows."""
    facts = FactSet([("a", Activity("a", "web.page_viewed", 1))])
    facts["b"] = facts["a"]
    facts |= {}
    edits = [facts.edits]
    for change in (
        lambda: facts.__setitem__("a", facts["b"]),
        lambda: facts.__delitem__("a"),
        lambda: facts.pop("b"),
        lambda: facts.update({"a": Activity("a", "web.page_viewed", 1)}),
        facts.popitem,
        facts.clear,
    ):
        change()
        edits.append(facts.edits)
    assert edits == sorted(set(edits))


def test_a_lead_that_acts_in_time_is_not_worked_out():
    """The due instant is worked out when it may have come, or when somebody asks."""
    lifecycle = {"entry": "new", "stages": {"new": {}}, "transitions": []}
    engine = Engine(model_of(RULES | {"grades": {"implicit": {"1": 5}}, "lifecycle": lifecycle}))
    engine.apply(event_of(doc("a", "web.page_viewed", 0)))
    engine.apply(event_of(doc("b", "web.page_viewed", 1, lead_id="L2")))
    lead = engine.table.ensure("L1")
    assert lead.ahead is not None
    assert lead.ahead.not_before < 14 * DAY_MS
    engine.tick(lead.ahead.not_before)
    assert lead.ahead is None
    assert (lead.due, lead.clock) == (14 * DAY_MS + 1, 0)
