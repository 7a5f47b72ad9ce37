"""scoring.md, Time is data: without stream time leads move by their own facts and by ticks only."""

from tests.engine.driving import DAY_MS, SITE, Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
WAYS = (go("visitor", "lead", BUSY, leave=BUSY),)
FADING = {**SITE, "decay": {"window": "10d"}}


def test_a_lead_catches_up_through_its_own_due_instants_before_its_event_is_applied():
    """No tick came in between: the step down is announced at its own instant all the same."""
    drive = Drive(*WAYS, rules=(FADING,), live=True)
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T + 30 * DAY_MS))
    drive.engine.settle()
    assert drive.apply().moves() == [
        ("visitor", "lead", at(T), "activity"),
        ("lead", "visitor", at(T + 10 * DAY_MS), "decay"),
        ("visitor", "lead", at(T + 30 * DAY_MS), "activity"),
    ]


def test_other_leads_move_by_ticks_only():
    """An event of the far future, from a producer with a wrong clock, ages nobody else."""
    drive = Drive(*WAYS, rules=(FADING,), live=True)
    drive.apply(doc("a", "web.page_viewed", T)).tick(T)
    drive.apply(doc("b", "web.page_viewed", T + 900 * DAY_MS, lead_id="L2"))
    drive.engine.settle()
    assert drive.apply().told("to_stage", lead="L1") == [("lead",)]
    assert drive.engine.next_due() == T + 10 * DAY_MS
    assert drive.tick(T + 10 * DAY_MS - 1).told("to_stage", lead="L1") == [("lead",)]
    assert drive.tick(T + 10 * DAY_MS).told("to_stage", "occurred_at", lead="L1")[1:] == [
        ("visitor", at(T + 10 * DAY_MS))
    ]


def test_settling_decides_what_waits_and_a_later_fact_of_that_instant_is_decided_there_too():
    """Both changes carry the instant; nothing fires twice."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", {"implicit": {"at_least": 20}}), live=True)
    for name in ("a", "b"):
        drive.apply(doc(name, "web.page_viewed", T))
        drive.engine.settle()
    assert drive.apply().told("to_stage", "occurred_at", "seq") == [("lead", at(T), 1), ("mql", at(T), 2)]


def test_time_told_twice_or_backwards_changes_nothing():
    """A tick of the past is no news."""
    drive = Drive(*WAYS, rules=(FADING,), live=True).apply(doc("a", "web.page_viewed", T))
    for day in (20, 20, 3):
        drive.tick(T + day * DAY_MS)
    assert drive.told("occurred_at") == [(at(T),), (at(T + 10 * DAY_MS),)]
    assert drive.engine.time == T + 20 * DAY_MS
