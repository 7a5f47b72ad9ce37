"""Stages set by people, and leads pinned where they are (lifecycle.md, rule 8)."""

import pytest

from pipeline.engine.errors import Refused
from tests.engine.driving import DAY_MS, Drive, at, go, lifecycle
from tests.scoring.making import doc, event_of

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
FADING = {"id": "views", "on": "web.page_viewed", "points": 10, "decay": {"window": "10d"}}


def page(event_id, at_ms):
    return doc(event_id, "web.page_viewed", at_ms)


def stage_set(event_id, at_ms, stage=None, **more):
    return doc(event_id, "crm.stage_set", at_ms, **({} if stage is None else {"stage": stage}), by="ann", **more)


def test_a_stage_set_by_hand_wins_and_is_recorded():
    """Cause `manual`; the trigger is the event that names its author."""
    drive = Drive(go("visitor", "lead", {"action": "crm.accepted"}))
    drive.apply(page("a", T), stage_set("b", T + 5, "sql")).tick(T + 9)
    assert drive.told("from_stage", "to_stage", "direction", "cause", "trigger_event_id") == [
        ("visitor", "sql", "up", "manual", "b")
    ]
    drive.apply(stage_set("c", T + 10, "lead")).tick(T + 11)
    assert drive.told("to_stage", "direction")[1:] == [("lead", "down")]


def test_what_is_true_already_waits_for_a_new_activity():
    """Set back by hand, a lead does not bounce: the score that had moved it must be asked for anew."""
    drive = Drive(go("visitor", "lead", BUSY), rules=(FADING,))
    drive.apply(page("a", T), stage_set("b", T + 5, "visitor")).tick(T + DAY_MS)
    drive.apply(doc("c", "crm.contacted", T + DAY_MS)).tick(T + 2 * DAY_MS)
    assert drive.told("to_stage") == [("lead",), ("visitor",)]
    drive.apply(page("d", T + 3 * DAY_MS)).tick(T + 4 * DAY_MS)
    assert drive.told("to_stage", "occurred_at")[2:] == [("lead", at(T + 3 * DAY_MS))]


def test_what_is_true_already_waits_until_it_has_been_false():
    """The score fades away and comes back by itself, without any activity."""
    rules = (
        {"id": "p", "on": "web.page_viewed", "points": 10, "decay": "none"},
        {"id": "m", "on": "email.unsubscribed", "points": -5, "decay": {"steps": [["1d", 0], ["2d", 1], ["3d", 0]]}},
    )
    drive = Drive(go("visitor", "lead", BUSY), rules=rules)
    drive.apply(page("a", T), doc("u", "email.unsubscribed", T + 1), stage_set("b", T + 5, "visitor"))
    drive.tick(T + 9 * DAY_MS)
    assert drive.told("to_stage", "occurred_at")[2:] == [("lead", at(T + 1 + 2 * DAY_MS))]


def test_the_instants_own_activities_are_no_new_ones():
    """What happened at the very instant of the order is held back with all else."""
    drive = Drive(go("visitor", "lead", BUSY)).apply(page("z", T), stage_set("b", T, "visitor")).tick(T + DAY_MS)
    assert drive.changes == []


def test_an_answer_to_the_transition_is_a_new_activity_though_it_is_sales_own():
    """`crm.accepted` after the order moves the lead, other actions of sales do not."""
    ways = go("visitor", "sql", {"action": "crm.accepted"})
    drive = Drive(ways).apply(doc("a", "crm.accepted", T), stage_set("b", T, "visitor")).tick(T + 9)
    drive.apply(doc("c", "crm.contacted", T + 10)).tick(T + 11)
    assert drive.changes == []
    drive.apply(doc("d", "crm.accepted", T + 20)).tick(T + 21)
    assert drive.told("to_stage", "trigger_event_id") == [("sql", "d")]


def test_setting_the_present_stage_writes_no_record_and_holds_back_its_leave():
    """A lead that sales wants to keep stays, until the `leave` has held again and breaks anew."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,))
    ten_days = T + 10 * DAY_MS
    drive.apply(page("a", T), stage_set("b", ten_days, "lead")).tick(T + 20 * DAY_MS)
    assert drive.told("to_stage") == [("lead",)]
    drive.apply(page("c", T + 30 * DAY_MS)).tick(T + 50 * DAY_MS)
    assert drive.told("to_stage", "occurred_at")[1:] == [("visitor", at(T + 40 * DAY_MS))]


def test_a_leave_held_back_is_asked_again_once_it_has_held():
    """Also without a new activity: a call of sales is none, but it pays, until its window ends."""
    calls = {"id": "calls", "on": "crm.contacted", "points": 10, "decay": {"window": "10d"}}
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING, calls))
    drive.apply(page("a", T), stage_set("b", T + 10 * DAY_MS, "lead"), doc("c", "crm.contacted", T + 30 * DAY_MS))
    drive.tick(T + 90 * DAY_MS)
    assert drive.told("to_stage", "occurred_at")[1:] == [("visitor", at(T + 40 * DAY_MS))]


def test_a_stage_that_somebody_confirmed_is_no_mistake_any_more():
    """The clicks that had brought it there turn out to be a machine's: sales wants the lead there all the same."""
    click = doc("a", "email.clicked", T + 500, message_id="m", url="/")
    rules = ({"id": "click", "on": "email.clicked", "points": 10, "decay": "none"},)
    drive = Drive(go("visitor", "lead", BUSY), rules=rules).apply(click, stage_set("b", T + 600, "lead"))
    drive.tick(T + 700).apply(doc("d", "email.delivered", T, message_id="m")).tick(T + DAY_MS)
    assert drive.told("to_stage") == [("lead",)]


def test_a_manual_set_ends_the_chain_of_returns():
    """Behind a stage set by hand there is nothing to go back to."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,))
    drive.apply(page("a", T), stage_set("b", T + 5, "mql"), stage_set("c", T + 6, "lead")).tick(T + 50 * DAY_MS)
    assert drive.told("to_stage", "cause")[1:] == [("mql", "manual"), ("lead", "manual")]


def test_a_pinned_lead_is_moved_by_people_only():
    """Neither transitions nor `leave`s, until it is unpinned; then what is true fires at that instant."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,))
    drive.apply(page("a", T), stage_set("b", T + 5, pin=True)).tick(T + 19 * DAY_MS)
    assert drive.lead("L1").due is None
    drive.apply(doc("x", "crm.contacted", T + 19 * DAY_MS)).tick(T + 20 * DAY_MS)
    assert drive.told("to_stage") == [("lead",)]
    drive.apply(stage_set("c", T + 21 * DAY_MS, pin=False)).tick(T + 22 * DAY_MS)
    assert drive.told("to_stage", "occurred_at")[1:] == [("visitor", at(T + 21 * DAY_MS))]


def test_a_stage_set_without_pin_leaves_the_pin_as_it_is():
    """A pinned lead can be moved by hand and stays pinned."""
    drive = Drive(go("sql", "won", {"action": "crm.contract_signed"}))
    drive.apply(page("a", T), stage_set("b", T + 5, "lead", pin=True), stage_set("c", T + 6, "sql"))
    drive.apply(doc("d", "crm.contract_signed", T + 7)).tick(T + 9)
    assert drive.told("to_stage") == [("lead",), ("sql",)]


def test_several_orders_of_one_instant_are_all_recorded_in_order():
    """By event id; the last one counts."""
    drive = Drive(cycle=lifecycle()).apply(stage_set("b", T, "sql"), stage_set("a", T, "mql")).tick(T + 9)
    assert drive.told("seq", "from_stage", "to_stage", "trigger_event_id") == [
        (1, "visitor", "mql", "a"),
        (2, "mql", "sql", "b"),
    ]


def test_a_late_order_older_than_the_last_one_changes_nothing():
    """The order of their instants decides which of two is the last word."""
    drive = Drive(cycle=lifecycle()).apply(page("a", T), stage_set("b", T + 50, "sql")).tick(T + 60)
    drive.apply(stage_set("c", T + 40, "mql")).tick(T + 70)
    assert drive.told("to_stage") == [("sql",)]


def test_a_late_order_that_is_the_latest_is_obeyed_at_the_clock():
    """The trigger names the order, and so its author, though it was given earlier."""
    drive = Drive(cycle=lifecycle()).apply(page("a", T + 100)).tick(T + 160)
    drive.apply(stage_set("c", T + 40, "mql")).tick(T + 170)
    assert drive.told("to_stage", "occurred_at", "trigger_event_id", "cause") == [("mql", at(T + 100), "c", "manual")]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"stage": "mqll"}, "unknown_stage"),
        ({"stage": 7}, "unknown_stage"),
        ({"pin": "yes"}, "bad_field"),
        ({}, "missing_field"),
    ],
)
def test_an_order_that_cannot_be_obeyed_is_a_dead_letter(properties, reason):
    """An unknown stage, no boolean as `pin`, or nothing said at all."""
    drive = Drive(cycle=lifecycle())
    with pytest.raises(Refused) as refused:
        drive.engine.apply(event_of(doc("a", "crm.stage_set", T, **properties)))
    assert refused.value.reason == reason
    assert len(drive.engine) == 0
