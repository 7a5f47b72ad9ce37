"""`cross_sell` and `up_sell`: named scores over the same facts, and what they offer."""

from __future__ import annotations

from pipeline.codec.outbound import decode_output, json_forms, single_object_forms
from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at
from tests.engine.signals.setting import PRODUCT, WON, T, raised, told_of, views
from tests.scoring.making import doc, event_of


def selling(**more):
    return Drive(WON, scores={"product-b": PRODUCT}, **more)


DEAL = doc("deal", "crm.opportunity_won", T)


def test_an_offer_is_made_when_the_score_is_reached_in_its_stage():
    """Before the sale nothing, after it once; again when the score was below in between, found without an event."""
    drive = selling().apply(*views("a", T - 10, 3, every=1), DEAL).tick(T)
    offer = {"score": "product-b", "total": 30.0}
    assert raised(drive) == [("cross_sell", at(T), offer)]
    drive.apply(doc("b", "web.page_viewed", T + HOUR_MS)).tick(T + HOUR_MS)
    assert len(raised(drive)) == 1
    drive.apply(*views("c", T + 3 * DAY_MS, 3, every=0)).tick(T + 4 * DAY_MS)
    assert raised(drive)[1:] == [("cross_sell", at(T + 3 * DAY_MS), offer)]


def test_an_offer_is_not_due_by_itself():
    """The named score's crossings are no due instants of the lead."""
    drive = selling().apply(*views("a", T - 10, 3), DEAL).tick(T)
    plain = Drive(WON).apply(*views("a", T - 10, 3), DEAL).tick(T)
    assert drive.lead("L1").due == plain.lead("L1").due


def test_a_score_that_was_below_for_one_millisecond_makes_the_offer_again():
    """The search is exact: 20 points fall away and others come one millisecond later, or at that very instant."""
    for gap, times in ((0, 1), (1, 2)):
        drive = selling().apply(DEAL, *views("a", T + 10, 2, every=0)).tick(T + 20)
        drive.apply(*views("b", T + 10 + DAY_MS + gap, 2, every=0)).tick(T + 2 * DAY_MS)
        assert len(raised(drive)) == times


def test_an_offer_waits_for_permission():
    """Nothing to the unsubscribed; once they subscribe again while the score is high, they get it."""
    drive = selling().apply(doc("no", "email.unsubscribed", T - 1), DEAL, *views("a", T + 1, 3)).tick(T + HOUR_MS)
    assert raised(drive) == []
    drive.apply(doc("yes", "email.subscribed", T + 2 * HOUR_MS)).tick(T + 3 * HOUR_MS)
    assert told_of(drive, "cross_sell") == [at(T + 2 * HOUR_MS)]


def test_a_merge_makes_no_offer_twice():
    """What was told of a lead is remembered by the lead that absorbs it."""
    drive = selling().apply(DEAL, *views("a", T + 1, 3)).tick(T + HOUR_MS)
    drive.apply(doc("m", "crm.merged", T + 2 * HOUR_MS, into="L2")).tick(T + 3 * HOUR_MS)
    assert drive.lead("L2").standing.stage == "won"
    assert len(raised(drive)) == 1


def test_scores_records_and_explanations_carry_the_named_score():
    """`leads.scores.v1` has it by name; a model without named scores has no such field."""
    drive = selling()
    for document in (DEAL, *views("a", T + 1, 3)):
        drive.engine.apply(event_of(document))
    drive.engine.tick(T + 10_000)
    record = drive.engine.take().scores[-1].value
    assert record["scores"] == {"product-b": {"explicit": 0.0, "implicit": 30.0, "total": 30.0, "grade": "D3"}}
    assert record["trend"] == "improving"
    for forms in (json_forms("t"), single_object_forms("t")):
        assert decode_output(forms["score"].encode(record))["scores"] == record["scores"]
    plain = Drive(WON)
    plain.engine.apply(event_of(DEAL))
    plain.engine.tick(T)
    assert "scores" not in plain.engine.take().scores[-1].value
