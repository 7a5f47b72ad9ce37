"""Transitions that wait for approvals (lifecycle.md, rule 5)."""

from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at, go
from tests.scoring.making import doc, event_of

T = 1_760_000_000_000
MINUTE_MS = 60_000
ACCEPTED = {"action": "crm.accepted"}
TWO = [{"step": "legal"}, {"step": "finance"}]


def drive(when=ACCEPTED, approvals=TWO, *ways, **more):
    return Drive(go("visitor", "sql", when, approvals=approvals, **more), *ways)


def accepted(event_id, at, **more):
    return doc(event_id, "crm.accepted", at, **more)


def approved(event_id, at, step, **more):
    return doc(event_id, "crm.approved", at, step=step, **more)


def declined(event_id, at, **more):
    return doc(event_id, "crm.declined", at, **more)


def asked(driven):
    return [(s["signal"], s["occurred_at"], s["details"]["step"]) for s in driven.signals]


def test_a_transition_with_approvals_waits_and_asks_for_the_first_step_once():
    """Where the condition becomes true one signal is raised, and the lead stays where it is."""
    driven = drive().apply(accepted("a", T), doc("b", "web.page_viewed", T + 5)).tick(T + DAY_MS)
    assert driven.changes == []
    assert asked(driven) == [("approval_requested", at(T), "legal")]
    assert driven.signals[0]["details"]["steps"] == ["legal", "finance"]


def test_it_fires_at_the_instant_of_the_last_approval():
    """Cause `approval`; the trigger is the last approval, the instant its own."""
    driven = (
        drive().apply(accepted("a", T), approved("b", T + 5, "legal"), approved("c", T + 9, "finance")).tick(T + 20)
    )
    assert driven.told("to_stage", "occurred_at", "cause", "trigger_event_id") == [("sql", at(T + 9), "approval", "c")]


def test_steps_count_in_their_order_only():
    """Finance before legal is no approval by finance."""
    driven = (
        drive().apply(accepted("a", T), approved("b", T + 5, "finance"), approved("c", T + 9, "legal")).tick(T + 20)
    )
    assert driven.changes == []
    driven.apply(approved("d", T + 30, "finance")).tick(T + 40)
    assert driven.told("occurred_at") == [(at(T + 30),)]


def test_approvals_before_the_wait_or_at_its_instant_do_not_count():
    """Only what was approved after the wait began is an answer to it."""
    driven = drive().apply(approved("0", T - 5, "legal"), accepted("a", T), approved("b", T, "legal"))
    assert driven.apply(approved("c", T + 5, "finance")).tick(T + 20).changes == []
    driven.apply(approved("d", T + 21, "legal"), approved("e", T + 22, "finance")).tick(T + 23)
    assert driven.told("trigger_event_id") == [("e",)]


def test_approvals_of_other_steps_and_unnamed_ones_are_ignored():
    """An approval that does not name the open step changes nothing."""
    driven = drive(approvals=[{"step": "legal"}])
    driven.apply(accepted("a", T), approved("b", T + 1, "ceo"), doc("c", "crm.approved", T + 2)).tick(T + 20)
    assert driven.changes == []


def test_only_approvals_approve():
    """Another action of sales that names the step does not."""
    driven = drive(approvals=[{"step": "legal"}])
    driven.apply(accepted("a", T), doc("b", "crm.contacted", T + 1, step="legal")).tick(T + 20)
    assert driven.changes == []


def test_the_condition_is_not_asked_again_while_the_lead_waits():
    """A score that falls below its threshold meanwhile does not end the wait."""
    rules = ({"id": "p", "on": "web.page_viewed", "points": 10, "decay": {"window": "1d"}},)
    driven = Drive(go("visitor", "sql", {"implicit": {"at_least": 10}}, approvals=[{"step": "legal"}]), rules=rules)
    driven.apply(doc("a", "web.page_viewed", T)).tick(T + 3 * DAY_MS)
    driven.apply(approved("b", T + 4 * DAY_MS, "legal")).tick(T + 5 * DAY_MS)
    assert driven.told("to_stage", "occurred_at") == [("sql", at(T + 4 * DAY_MS))]
    assert [s["signal"] for s in driven.signals] == ["approval_requested"]


def test_leaving_the_stage_ends_the_wait():
    """Approvals that come after the lead has gone another way move nobody."""
    driven = drive(ACCEPTED, [{"step": "legal"}], go("visitor", "lead", {"action": "crm.returned"}))
    driven.apply(accepted("a", T), doc("b", "crm.returned", T + 5), approved("c", T + 9, "legal")).tick(T + 20)
    assert driven.told("to_stage") == [("lead",)]


def test_a_lead_that_comes_back_waits_anew():
    """Approvals of the former stay do not count, and the transition asks again where its condition is true again."""
    ways = go("visitor", "lead", {"action": "crm.returned"}), go("lead", "visitor", {"action": "crm.contacted"})
    driven = drive(ACCEPTED, [{"step": "legal"}], *ways)
    driven.apply(accepted("a", T), doc("b", "crm.returned", T + 5), doc("c", "crm.contacted", T + 6))
    driven.apply(approved("d", T + 9, "legal"), accepted("e", T + 20)).tick(T + 30)
    assert driven.told("to_stage") == [("lead",), ("visitor",)]
    assert [instant for _, instant, _ in asked(driven)] == [at(T), at(T + 20)]


def test_a_decline_of_the_open_step_or_of_none_ends_the_wait():
    """After it approvals count no more; a decline of another step changes nothing."""
    for step, moves in (({"step": "legal"}, 0), ({}, 0), ({"step": "finance"}, 1)):
        driven = drive(approvals=[{"step": "legal"}])
        driven.apply(accepted("a", T), declined("b", T + 5, **step), approved("c", T + 9, "legal")).tick(T + 20)
        assert len(driven.changes) == moves, step


def test_after_a_decline_a_new_activity_begins_the_wait_anew():
    """Any unmarked activity that is not sales' own does, or another answer to the transition's action."""
    for event in (doc("n", "web.page_viewed", T + 50), accepted("n", T + 50)):
        driven = drive(approvals=[{"step": "legal"}]).apply(accepted("a", T), declined("b", T + 5))
        driven.apply(doc("c", "crm.contacted", T + 9)).tick(T + 20)
        assert len(asked(driven)) == 1
        driven.apply(event).tick(T + 60)
        assert asked(driven)[1:] == [("approval_requested", at(T + 50), "legal")]


def test_what_came_with_the_decline_is_no_new_activity():
    """Only an activity after it begins the wait anew, not one of its very instant."""
    driven = drive(approvals=[{"step": "legal"}])
    driven.apply(accepted("a", T), declined("b", T + 5), doc("z", "web.page_viewed", T + 5)).tick(T + 60)
    assert len(asked(driven)) == 1


def test_a_bots_visit_after_a_decline_is_no_new_activity():
    """A marked activity does not begin the wait anew."""
    crawler = {"context": {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}}
    driven = drive(approvals=[{"step": "legal"}]).apply(accepted("a", T), declined("b", T + 5))
    driven.apply(doc("n", "web.page_viewed", T + 50, **crawler)).tick(T + 60)
    assert len(asked(driven)) == 1


def test_after_a_decline_the_wait_begins_anew_once_the_condition_was_false():
    """The score falls below the threshold by itself, and rises by itself: that is when it is asked again."""
    rules = (
        {"id": "p", "on": "web.page_viewed", "points": 10, "decay": "none"},
        {"id": "m", "on": "email.unsubscribed", "points": -5, "decay": {"steps": [["1d", 0], ["2d", 1], ["3d", 0]]}},
    )
    driven = Drive(go("visitor", "sql", {"implicit": {"at_least": 10}}, approvals=[{"step": "legal"}]), rules=rules)
    driven.apply(doc("a", "web.page_viewed", T), doc("u", "email.unsubscribed", T + 1), declined("b", T + 5))
    assert len(asked(driven.tick(T + DAY_MS))) == 1
    assert asked(driven.tick(T + 9 * DAY_MS))[1:] == [("approval_requested", at(T + 1 + 2 * DAY_MS), "legal")]


def test_an_overdue_step_is_told_once_at_its_deadline():
    """`within` counts from the beginning of the wait, and for later steps from the approval before."""
    steps = [{"step": "legal", "within": "1d", "escalate": "ceo"}, {"step": "finance", "within": "2h"}]
    driven = drive(approvals=steps).apply(accepted("a", T)).tick(T + 5 * DAY_MS)
    assert asked(driven)[1:] == [("approval_overdue", at(T + DAY_MS), "legal")]
    assert driven.signals[1]["details"]["escalate"] == "ceo"
    driven.apply(approved("b", T + 6 * DAY_MS, "legal")).tick(T + 9 * DAY_MS)
    assert asked(driven)[2:] == [("approval_overdue", at(T + 6 * DAY_MS + 2 * HOUR_MS), "finance")]


def test_an_approval_at_the_deadline_is_in_time():
    """The deadline itself is still within."""
    driven = drive(approvals=[{"step": "legal", "within": "1d"}])
    driven.apply(accepted("a", T), approved("b", T + DAY_MS, "legal")).tick(T + 5 * DAY_MS)
    assert [s["signal"] for s in driven.signals] == ["approval_requested"]


def test_the_deadline_of_a_step_with_a_calendar_counts_working_time():
    """Asked on a Friday evening, one working day ends on Monday evening."""
    friday = 1_760_112_000_000  # 2025-10-10T16:00Z
    steps = [{"step": "legal", "within": "1d", "calendar": "office"}]
    ways = go("visitor", "sql", ACCEPTED, approvals=steps)
    office = {"office": {"timezone": "UTC", "days": "mon-fri", "hours": "09:00-17:00"}}
    driven = Drive(ways, calendars=office).apply(accepted("a", friday)).tick(friday + 9 * DAY_MS)
    assert asked(driven)[1:] == [("approval_overdue", "2025-10-13T16:00:00.000Z", "legal")]


def test_an_approved_transition_still_needs_its_leave():
    """Rule 1 holds here, too: it fires at the first instant at which its `leave` holds."""
    rules = ({"id": "p", "on": "web.page_viewed", "points": 10, "decay": {"window": "1d"}},)
    leave = {"implicit": {"at_least": 10}}
    driven = Drive(go("visitor", "sql", leave, leave=leave, approvals=[{"step": "legal"}]), rules=rules)
    driven.apply(doc("a", "web.page_viewed", T), approved("b", T + 2 * DAY_MS, "legal")).tick(T + 3 * DAY_MS)
    assert driven.changes == []
    driven.apply(doc("c", "web.page_viewed", T + 4 * DAY_MS)).tick(T + 4 * DAY_MS)
    assert driven.told("to_stage", "occurred_at", "cause") == [("sql", at(T + 4 * DAY_MS), "approval")]


def test_a_late_approval_counts_at_the_leads_clock():
    """The stage is decided at the clock; the trigger is the approval, though it was given earlier."""
    rules = ({"id": "p", "on": "web.page_viewed", "points": 30, "decay": {"window": "2m"}},)
    driven = Drive(go("visitor", "sql", ACCEPTED, approvals=[{"step": "legal"}]), rules=rules)
    driven.apply(accepted("a", T), doc("x", "web.page_viewed", T + 10)).tick(T + 5 * MINUTE_MS)
    driven.apply(approved("b", T + 20, "legal")).tick(T + 6 * MINUTE_MS)
    clock = T + 10 + 2 * MINUTE_MS
    assert driven.told("occurred_at", "cause", "trigger_event_id") == [(at(clock), "approval", "b")]


def test_what_waits_for_approval_stands_in_the_score_record():
    """Which transition, which step is open and since when; nothing once it has fired."""
    driven = drive(approvals=[{"step": "legal", "within": "1d"}, {"step": "finance"}])
    driven.engine.apply(event_of(accepted("a", T)))
    driven.engine.apply(event_of(approved("b", T + 5, "legal")))
    driven.engine.tick(T + 6)
    (record,) = driven.engine.take().scores
    assert record.value["pending"] == [
        {
            "transition": "visitor>sql",
            "to": "sql",
            "step": "finance",
            "steps": ["legal", "finance"],
            "given": 1,
            "since": at(T + 5),
            "due_at": None,
        }
    ]
    driven.engine.apply(event_of(approved("c", T + 9, "finance")))
    driven.engine.tick(T + 10)
    assert "pending" not in driven.engine.take().scores[0].value
