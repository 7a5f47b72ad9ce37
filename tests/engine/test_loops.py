"""Lifecycles that go round in circles stall nobody (lifecycle.md, rule 1)."""

from tests.engine.driving import DAY_MS, SITE, Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
FADING = {**SITE, "decay": {"window": "10d"}}


def test_a_lifecycle_that_loops_is_stopped_signalled_once_and_goes_on_after_the_next_fact():
    """Rule 1: after 32 transitions within a minute the lead stays, one signal is emitted, no worker stalls."""
    drive = Drive(go("visitor", "lead", "identified"), go("lead", "visitor", "identified"))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 900 * DAY_MS)
    assert len(drive.changes) == 32
    assert [(s["signal"], s["occurred_at"]) for s in drive.signals] == [("lifecycle_loop", at(T + 16))]
    assert drive.lead("L1").standing.stage == "visitor"
    later = T + 901 * DAY_MS
    drive.apply(doc("b", "web.page_viewed", later)).tick(later + DAY_MS)
    assert len(drive.changes) == 64
    assert [s["occurred_at"] for s in drive.signals] == [at(T + 16), at(later + 16)]
    assert drive.changes[-1]["seq"] == 64


def test_a_looping_lead_does_not_leave_either_until_its_next_fact():
    """Rule 1: while the guard holds, no `leave` of the lead is evaluated."""
    drive = Drive(
        go("visitor", "lead", {"implicit": {"at_least": 0}}, leave=BUSY),
        go("lead", "visitor", "identified"),
        rules=(FADING,),
    )
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 900 * DAY_MS)
    assert len(drive.changes) == 32
    assert len(drive.signals) == 1


def test_thirty_two_transitions_spread_over_more_than_a_minute_are_no_loop():
    """Rule 1: only more than 32 within one minute of event time are a model error."""
    drive = Drive(go("visitor", "lead", {"in_stage_for": "2s"}), go("lead", "visitor", {"in_stage_for": "2s"}))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 200_000)
    assert len(drive.changes) == 100
    assert drive.signals == []


def test_a_looping_lead_waits_for_nothing_but_its_next_fact():
    """Rule 1: it costs its worker nothing, since there is no instant at which it would be asked."""
    drive = Drive(go("visitor", "lead", "identified"), go("lead", "visitor", "identified"))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 20)
    assert drive.lead("L1").due is None


def test_a_looping_lead_stays_also_when_it_is_decided_for_another_reason():
    """Rule 1: the grade falls ten days later; neither a transition nor the `leave` is asked then."""
    round_and_round = (
        go("visitor", "lead", "identified"),
        go("lead", "mql", "identified", leave=BUSY),
        go("mql", "lead", "identified"),
    )
    drive = Drive(*round_and_round, rules=({**FADING, "points": 30},)).apply(doc("a", "web.page_viewed", T))
    drive.tick(T + 5 * DAY_MS)
    assert drive.lead("L1").due == T + 10 * DAY_MS
    drive.tick(T + 20 * DAY_MS)
    assert drive.lead("L1").clock == T + 10 * DAY_MS
    assert len(drive.changes) == 32
    assert drive.changes[-1]["to_stage"] == "mql"


def test_facts_between_them_make_no_loop():
    """Rule 1: sales may send a lead to and fro as often as it likes, within a minute, too."""
    drive = Drive(go("visitor", "lead", {"action": "crm.accepted"}), go("lead", "visitor", {"action": "crm.returned"}))
    for n in range(20):
        drive.apply(doc(f"a{n}", "crm.accepted", T + 2 * n), doc(f"r{n}", "crm.returned", T + 2 * n + 1))
    drive.tick(T + DAY_MS)
    assert len(drive.changes) == 40
    assert drive.signals == []
