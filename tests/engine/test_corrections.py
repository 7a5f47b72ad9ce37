"""Stages entered by mistake: late marks, merges that are undone, and models that see it differently."""

from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
CLICK = {"id": "click", "on": "email.clicked", "points": 10, "decay": "none"}
VIEW = {"id": "view", "on": "web.page_viewed", "points": 10, "decay": "none"}


def click(event_id, at_ms, message="m-1", lead="L1"):
    return doc(event_id, "email.clicked", at_ms, lead_id=lead, message_id=message, url="/" + event_id)


def delivered(event_id, at_ms, message="m-1"):
    return doc(event_id, "email.delivered", at_ms, message_id=message)


def page(event_id, at_ms, lead="L1", **more):
    return doc(event_id, "web.page_viewed", at_ms, lead_id=lead, **more)


def test_a_late_mark_takes_back_the_transition_that_it_brought_about():
    """The clicks turn out to be a scanner's: back at once, with cause `correction` and the record that it retracts."""
    drive = Drive(go("visitor", "lead", BUSY), rules=(CLICK,))
    drive.apply(click("a", T + 500)).tick(T + HOUR_MS)
    drive.apply(delivered("d", T), doc("x", "crm.contacted", T + 2 * HOUR_MS)).tick(T + DAY_MS)
    assert drive.told("to_stage", "cause", "direction", "retracts_seq", "occurred_at") == [
        ("lead", "activity", "up", None, at(T + 500)),
        ("visitor", "correction", "down", 1, at(T + 500)),
    ]


def test_a_mark_by_later_facts_takes_it_back_at_their_instant():
    """Falling into a trap within the hour tells what the visitor was before."""
    bots = {"honeypots": ["/trap*"]}
    drive = Drive(go("visitor", "lead", BUSY), rules=(VIEW,), bots=bots)
    agent = {"visitor_id": "v-9"}
    drive.apply(page("a", T, **agent), page("b", T + 1000, path="/trap", **agent)).tick(T + DAY_MS)
    assert drive.told("to_stage", "cause", "trigger_event_id", "occurred_at") == [
        ("lead", "activity", "a", at(T)),
        ("visitor", "correction", "b", at(T + 1000)),
    ]


def test_a_stage_that_was_reached_without_the_marked_facts_is_kept():
    """Another activity had been enough."""
    drive = Drive(go("visitor", "lead", BUSY), rules=(CLICK, VIEW))
    drive.apply(page("p", T + 400), click("a", T + 400)).tick(T + HOUR_MS)
    drive.apply(delivered("d", T)).tick(T + DAY_MS)
    assert drive.told("to_stage") == [("lead",)]


def test_only_the_present_stage_is_taken_back():
    """Earlier transitions are never undone, and after the correction none is left to undo."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", {"implicit": {"at_least": 20}}), rules=(CLICK,))
    drive.apply(click("a", T + 500, "m-1"), click("b", T + 900, "m-2")).tick(T + HOUR_MS)
    drive.apply(delivered("d", T, "m-1"), delivered("e", T + 1, "m-2")).tick(T + DAY_MS)
    assert drive.told("to_stage", "cause") == [("lead", "activity"), ("mql", "activity"), ("lead", "correction")]


def test_what_came_late_without_a_mark_undoes_nothing():
    """A late fact with negative points changes the score, not what was decided on what was known."""
    minus = {"id": "minus", "on": "email.unsubscribed", "points": -5, "decay": "none"}
    drive = Drive(go("visitor", "lead", BUSY), rules=(VIEW, minus))
    crawler = {"context": {"user_agent": "Googlebot/2.1"}}
    drive.apply(page("bot", T, **crawler), page("a", T + 500)).tick(T + HOUR_MS)
    drive.apply(doc("u", "email.unsubscribed", T + 400)).tick(T + DAY_MS)
    assert drive.told("to_stage") == [("lead",)]


def test_a_correction_comes_before_a_leave():
    """Both would go back: the record says why."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(CLICK,))
    drive.apply(click("a", T + 500)).tick(T + HOUR_MS)
    drive.apply(delivered("d", T)).tick(T + DAY_MS)
    assert drive.told("to_stage", "cause")[1:] == [("visitor", "correction")]


def test_after_a_correction_the_former_leave_applies_again():
    """The lead stands there as before: its way back leads on."""
    fading = {**VIEW, "decay": {"window": "10d"}}
    drive = Drive(
        go("visitor", "lead", BUSY, leave=BUSY),
        go("lead", "mql", {"happened": {"on": "email.clicked"}}),
        rules=(fading,),
    )
    drive.apply(page("p", T), click("a", T + 500)).tick(T + HOUR_MS)
    drive.apply(delivered("d", T + 1)).tick(T + 50 * DAY_MS)
    assert drive.told("to_stage", "cause", "occurred_at")[2:] == [
        ("lead", "correction", at(T + 500)),
        ("visitor", "decay", at(T + 10 * DAY_MS)),
    ]


def merged(event_id, at_ms, lead, into):
    return doc(event_id, "crm.merged", at_ms, lead_id=lead, into=into)


def unmerged(event_id, at_ms, lead, source):
    return doc(event_id, "crm.unmerged", at_ms, lead_id=lead, **{"from": source})


def test_an_undone_merge_takes_back_a_transition_that_it_brought_about():
    """Half of the points were the other lead's."""
    drive = Drive(go("visitor", "lead", {"implicit": {"at_least": 20}}), rules=(VIEW,))
    drive.apply(page("a", T, "A"), page("b", T + 1, "B"), merged("m", T + 2, "A", "B")).tick(T + HOUR_MS)
    assert drive.told("lead_id", "to_stage", "seq") == [("B", "lead", 1)]
    drive.apply(unmerged("u", T + DAY_MS, "A", "B")).tick(T + 2 * DAY_MS)
    assert drive.told("lead_id", "to_stage", "cause", "retracts_seq", "occurred_at")[1:] == [
        ("B", "visitor", "correction", 1, at(T + DAY_MS))
    ]


def test_an_undone_merge_takes_back_the_standing_that_came_with_it():
    """The lead goes back to where it was, the other one is where it had been, with its own `seq`."""
    drive = Drive(go("visitor", "lead", {"action": "crm.accepted"}), rules=(VIEW,))
    drive.apply(doc("a", "crm.accepted", T, "A"), page("b", T + 1, "B"), merged("m", T + 2, "A", "B")).tick(T + HOUR_MS)
    assert drive.told("lead_id", "seq", "to_stage", "cause") == [("A", 1, "lead", "action"), ("B", 1, "lead", "merge")]
    drive.apply(unmerged("u", T + DAY_MS, "A", "B")).tick(T + 2 * DAY_MS)
    assert drive.told("lead_id", "seq", "to_stage", "cause", "retracts_seq")[2:] == [
        ("B", 2, "visitor", "correction", 1)
    ]
    assert drive.lead("A").standing.stage == "lead"
    drive.apply(doc("c", "crm.accepted", T + 3 * DAY_MS, "B")).tick(T + 4 * DAY_MS)
    assert drive.told("lead_id", "seq", "to_stage", "cause")[3:] == [("B", 3, "lead", "action")]


def test_a_lead_that_moved_on_after_a_merge_keeps_what_it_did_itself():
    """Its own transition does not depend on the other lead's facts."""
    ways = go("visitor", "lead", {"action": "crm.accepted"}), go("lead", "mql", {"action": "crm.contacted"})
    drive = Drive(*ways, rules=(VIEW,))
    drive.apply(doc("a", "crm.accepted", T, "A"), page("b", T + 1, "B"), merged("m", T + 2, "A", "B"))
    drive.apply(doc("c", "crm.contacted", T + 9, "B"), unmerged("u", T + DAY_MS, "A", "B")).tick(T + 2 * DAY_MS)
    assert drive.told("lead_id", "to_stage") == [("A", "lead"), ("B", "lead"), ("B", "mql")]


def test_a_lead_that_is_merged_again_takes_over_again():
    """Merged, freed, merged once more: the second merge is told like the first, at its own instant."""
    drive = Drive(go("visitor", "lead", {"action": "crm.accepted"}), rules=(VIEW,))
    drive.apply(doc("a", "crm.accepted", T, "A"), page("b", T + 1, "B"), merged("m", T + 2, "A", "B"))
    drive.apply(unmerged("u", T + DAY_MS, "A", "B"), merged("n", T + 2 * DAY_MS, "A", "B")).tick(T + 3 * DAY_MS)
    assert drive.told("lead_id", "seq", "to_stage", "cause", "occurred_at")[1:] == [
        ("B", 1, "lead", "merge", at(T + 2)),
        ("B", 2, "visitor", "correction", at(T + DAY_MS)),
        ("B", 3, "lead", "merge", at(T + 2 * DAY_MS)),
    ]
    assert [a["lead_id"] for a in drive.changes[-1]["absorbed"]] == ["A"]


def test_an_undoing_the_wrong_way_round_undoes_nothing_in_any_order():
    """`crm.unmerged` frees the lead that it is about; the one that others were merged into is free."""
    events = page("a", T, "A"), page("c", T, "C"), merged("m", T + 2, "A", "C"), unmerged("u", T + DAY_MS, "C", "A")
    for order in (events, (*events[:2], events[3], events[2])):
        drive = Drive(go("visitor", "lead", BUSY), rules=(VIEW,)).apply(*order).tick(T + 2 * DAY_MS)
        assert drive.lead("A").alias_of == "C"
        assert sorted(drive.lead("C").facts) == ["a", "c", "m", "u"]
