"""lifecycle.md, rules 1 to 4, 10 and 13: when a transition fires, what it says, and what it remembers."""

import pytest

from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, at, go, lifecycle
from tests.scoring.making import doc

T = 1_760_000_000_000
WON = {"action": "crm.opportunity_won"}
DEMO = {"happened": {"on": "form.submitted", "when": {"form_type": "demo"}}}
BUSY = {"implicit": {"at_least": 10}}
FADING = {**SITE, "decay": {"window": "10d"}}


def demo(event_id, instant, **more):
    return doc(event_id, "form.submitted", instant, form_type="demo", **more)


def test_a_won_deal_as_the_very_first_fact_passes_several_stages_at_one_instant():
    """Rule 1: the entry stage is entered at the first fact, and several transitions may fire there."""
    drive = Drive(go("visitor", "lead", "identified"), go(["lead", "sql"], "won", WON))
    drive.apply(doc("e", "crm.opportunity_won", T, amount=5)).tick(T)
    assert drive.told("seq", "from_stage", "to_stage", "occurred_at") == [
        (1, "visitor", "lead", at(T)),
        (2, "lead", "won", at(T)),
    ]
    assert {c["cause"] for c in drive.changes} == {"action"}


def test_declared_order_breaks_ties():
    """Rule 1: of two transitions that are true at one instant the first declared fires."""
    ways = go("visitor", "mql", BUSY), go("visitor", "lead", BUSY)
    for order in (ways, ways[::-1]):
        drive = Drive(*order).apply(doc("e", "web.page_viewed", T)).tick(T)
        assert drive.told("to_stage") == [(order[0]["to"],)]


def test_each_transition_fires_at_most_once_an_instant():
    """Rule 1: two transitions that are always true each fire once an instant, and again a millisecond later."""
    drive = Drive(go("visitor", "lead", "identified"), go("lead", "visitor", "identified"))
    drive.apply(doc("e", "web.page_viewed", T)).tick(T + 1)
    assert drive.told("to_stage", "occurred_at") == [
        ("lead", at(T)),
        ("visitor", at(T)),
        ("lead", at(T + 1)),
        ("visitor", at(T + 1)),
    ]


def test_each_transition_fires_at_most_once_an_instant_also_when_a_fact_comes_late():
    """Rule 1: a late fact that is decided at an instant already decided fires no transition again there."""
    back = go("lead", "visitor", {"happened": {"on": "form.submitted", "when": {"form_type": "demo"}}})
    drive = Drive(go("visitor", "lead", BUSY), back)
    drive.apply(doc("a", "web.page_viewed", T), demo("b", T)).tick(T)
    assert drive.told("to_stage", "occurred_at") == [("lead", at(T)), ("visitor", at(T))]
    drive.apply(doc("c", "web.page_viewed", T)).tick(T)
    assert len(drive.changes) == 2
    drive.tick(T + 1)
    assert drive.told("to_stage", "occurred_at")[2:] == [("lead", at(T + 1))]


def test_an_activity_fires_a_transition_once_also_at_later_instants():
    """Rule 1: a lead sent back by the same activity does not bounce a millisecond later."""
    drive = Drive(go("visitor", "mql", DEMO), go("mql", "visitor", {"implicit": {"at_most": 5}}), rules=(SITE,))
    drive.apply(demo("a", T)).tick(T + DAY_MS)
    assert drive.told("to_stage") == [("mql",), ("visitor",)]
    drive.apply(demo("b", T + DAY_MS + 1)).tick(T + 2 * DAY_MS)
    assert drive.told("to_stage") == [("mql",), ("visitor",)] * 2


def test_two_activities_of_one_instant_are_both_spent():
    """Rule 1: the second of two equal requests of one instant does not make a lead that was sent back bounce."""
    drive = Drive(go("visitor", "mql", DEMO), go("mql", "visitor", {"implicit": {"at_most": 5}}))
    drive.apply(demo("a", T), demo("b", T)).tick(T + DAY_MS)
    assert drive.told("to_stage", "trigger_event_id") == [("mql", "a"), ("visitor", "b")]


def test_a_transition_fires_only_in_its_from():
    """Rule 1: what is true for a lead in another stage does nothing."""
    drive = Drive(go("lead", "mql", BUSY)).apply(doc("a", "web.page_viewed", T)).tick(T + DAY_MS)
    assert drive.changes == []


def test_the_entry_stage_is_entered_at_the_first_fact_also_where_that_comes_late():
    """Rule 1: two days in the entry stage count from the earliest fact, not from the one that came first."""
    drive = Drive(go("visitor", "lead", {"in_stage_for": "2d"})).apply(doc("b", "web.page_viewed", T + DAY_MS))
    drive.tick(T + DAY_MS).apply(doc("a", "web.page_viewed", T)).tick(T + 9 * DAY_MS)
    assert drive.moves() == [("visitor", "lead", at(T + 2 * DAY_MS), "timer")]


def test_two_activities_of_one_instant_do_not_send_a_lead_to_and_fro():
    """Rule 1: what was answered at an instant is not answered again a millisecond later."""
    drive = Drive(go("visitor", "mql", DEMO), go("mql", "visitor", {"action": "crm.rejected"}))
    drive.apply(demo("a", T), doc("b", "crm.rejected", T)).tick(T + DAY_MS)
    assert drive.told("to_stage", "occurred_at") == [("mql", at(T)), ("visitor", at(T))]


def test_leave_goes_back_where_the_lead_came_from_and_the_earlier_leave_applies_again():
    """Rule 3: visitor → lead → mql falls back stage by stage, each at the exact instant its `leave` says."""
    drive = Drive(
        go("visitor", "lead", BUSY, leave={"implicit": {"at_least": 5}}),
        go("lead", "mql", {"implicit": {"at_least": 30}}, leave={"implicit": {"at_least": 25}}),
        rules=(FADING,),
    )
    views = [doc(f"e{n}", "web.page_viewed", T + n * DAY_MS) for n in range(3)]
    drive.apply(*views).tick(T + 40 * DAY_MS)
    assert drive.moves() == [
        ("visitor", "lead", at(T), "activity"),
        ("lead", "mql", at(T + 2 * DAY_MS), "activity"),
        ("mql", "lead", at(T + 10 * DAY_MS), "decay"),
        ("lead", "visitor", at(T + 12 * DAY_MS), "decay"),
    ]
    assert drive.told("direction") == [("up",), ("up",), ("down",), ("down",)]
    assert drive.told("explicit", "implicit", "total")[2:] == [(0.0, 20.0, 20.0), (0.0, 0.0, 0.0)]


def test_a_lead_between_leave_and_when_stays():
    """Rule 3: the gap between `when` and `leave` is hysteresis: one crossing announces once."""
    drive = Drive(go("visitor", "lead", {"implicit": {"at_least": 20}}, leave=BUSY), rules=(FADING,))
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T + DAY_MS))
    drive.apply(doc("c", "web.page_viewed", T + 10 * DAY_MS - 1)).tick(T + 19 * DAY_MS)
    assert drive.told("to_stage") == [("lead",)]


def test_without_leave_a_stage_is_a_high_water_mark():
    """Rule 3: a `sticky` stage is kept when its condition has long been false."""
    drive = Drive(go("visitor", "lead", BUSY), rules=(FADING,))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 900 * DAY_MS)
    assert drive.told("to_stage") == [("lead",)]
    assert drive.lead("L1").due is None


def test_the_chain_of_returns_ends_at_a_transition_without_leave():
    """Rule 3: behind a transition without `leave` there is nothing to go back to."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), go("lead", "mql", DEMO), rules=(FADING,))
    drive.apply(doc("a", "web.page_viewed", T), demo("b", T + 1)).tick(T + 30 * DAY_MS)
    assert drive.told("to_stage") == [("lead",), ("mql",)]


def test_a_transition_fires_only_where_its_leave_holds_too():
    """Rule 1: a demo request of a lead whose `leave` would be broken at once does not move it."""
    drive = Drive(go("visitor", "mql", DEMO, leave=BUSY), rules=(FADING,))
    drive.apply(demo("a", T)).tick(T + DAY_MS)
    assert drive.changes == []
    drive.apply(doc("b", "web.page_viewed", T + DAY_MS + 1)).tick(T + 2 * DAY_MS)
    assert drive.told("to_stage", "trigger_event_id") == [("mql", "b")]


def test_a_leave_about_the_time_in_the_stage_counts_from_the_entry_into_it():
    """Rule 3: 'at most 30 days' can be entered from a stage in which the lead has been for a year."""
    drive = Drive(go("visitor", "mql", DEMO, leave={"not": {"in_stage_for": "30d"}}))
    drive.apply(doc("a", "web.page_viewed", T), demo("b", T + 365 * DAY_MS)).tick(T + 500 * DAY_MS)
    assert drive.moves() == [
        ("visitor", "mql", at(T + 365 * DAY_MS), "activity"),
        ("mql", "visitor", at(T + 395 * DAY_MS), "timer"),
    ]


def test_a_leave_is_that_of_the_transition_by_which_the_stage_was_entered():
    """Rule 3: of two ways into one stage only one leads back."""
    ways = go("visitor", "lead", BUSY, leave=BUSY), go("visitor", "lead", DEMO)
    drive = Drive(*ways, rules=(FADING,)).apply(demo("a", T)).tick(T + DAY_MS)
    assert drive.apply(doc("b", "web.page_viewed", T + DAY_MS)).tick(T + 90 * DAY_MS).told("to_stage") == [("lead",)]
    drive = Drive(*ways, rules=(FADING,)).apply(doc("b", "web.page_viewed", T)).tick(T + 90 * DAY_MS)
    assert drive.told("to_stage") == [("lead",), ("visitor",)]


def test_the_instant_of_entry_after_a_return_is_that_of_the_return():
    """Rule 3: `in_stage_for` counts from the return, not from the first stay."""
    drive = Drive(
        go("visitor", "lead", BUSY, leave=BUSY),
        go("visitor", "won", {"all": [{"in_stage_for": "5d"}, {"implicit": {"at_most": 0}}]}),
        rules=(FADING,),
    )
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 90 * DAY_MS)
    assert drive.moves()[1:] == [
        ("lead", "visitor", at(T + 10 * DAY_MS), "decay"),
        ("visitor", "won", at(T + 15 * DAY_MS), "timer"),
    ]


def test_the_end_of_a_cooldown_is_the_instant_at_which_the_transition_fires():
    """Rule 3: the condition became true within the cooldown, so the timer is what fires it."""
    drive = Drive(go("visitor", "mql", BUSY, leave=BUSY, cooldown="20d"), rules=({**SITE, "decay": {"window": "1d"}},))
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T + 20 * DAY_MS - HOUR_MS))
    drive.tick(T + 20 * DAY_MS + 1)
    assert drive.moves() == [
        ("visitor", "mql", at(T), "activity"),
        ("mql", "visitor", at(T + DAY_MS), "decay"),
        ("visitor", "mql", at(T + 20 * DAY_MS), "timer"),
    ]
    assert drive.told("trigger_event_id")[2] == (None,)


def test_facts_of_one_instant_are_decided_together():
    """Rule 4: what only half of the facts of an instant make true does not fire."""
    ways = go("visitor", "mql", BUSY), go("visitor", "lead", {"implicit": {"at_least": 5}})
    minus = {"id": "minus", "on": "email.unsubscribed", "points": -5}
    drive = Drive(*ways, rules=(SITE, minus))
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "email.unsubscribed", T)).tick(T)
    assert drive.told("to_stage", "implicit") == [("lead", 5.0)]


def test_facts_that_wait_are_decided_in_order_of_time():
    """Rule 4: each at its own instant, on what lies before it, whatever came first."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", {"implicit": {"at_least": 20}}))
    drive.apply(doc("b", "web.page_viewed", T + 1), doc("a", "web.page_viewed", T)).tick(T + 9)
    assert drive.told("to_stage", "occurred_at", "implicit") == [("lead", at(T), 10.0), ("mql", at(T + 1), 20.0)]


def test_a_late_fact_counts_at_its_time_and_moves_the_lead_at_its_clock():
    """Rule 4: the score takes it where it belongs, the stage is decided at the lead's clock."""
    drive = Drive(go("visitor", "lead", {"implicit": {"at_least": 20}}), rules=({**SITE, "decay": {"linear": "10d"}},))
    drive.apply(doc("a", "web.page_viewed", T + 4 * DAY_MS)).tick(T + 4 * DAY_MS)
    drive.apply(doc("late", "web.page_viewed", T)).tick(T + 4 * DAY_MS)
    assert drive.told("occurred_at", "implicit", "trigger_event_id") == []
    drive.apply(doc("later", "web.page_viewed", T + DAY_MS)).tick(T + 4 * DAY_MS)
    assert drive.told("occurred_at", "implicit", "trigger_event_id", "cause") == [
        (at(T + 4 * DAY_MS), 10.0 + 10 * (1 - 4 / 10) + 10 * (1 - 3 / 10), "a", "activity")
    ]
    assert drive.lead("L1").clock == T + 4 * DAY_MS


def test_the_clock_of_a_lead_never_runs_back():
    """Rule 4: a timer that ran before a late fact stays as it was announced."""
    drive = Drive(go("visitor", "lead", {"in_stage_for": "2d"}), go("visitor", "won", DEMO))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 3 * DAY_MS)
    drive.apply(demo("late", T + DAY_MS)).tick(T + 9 * DAY_MS)
    assert drive.moves() == [("visitor", "lead", at(T + 2 * DAY_MS), "timer")]
    assert drive.lead("L1").clock == T + 2 * DAY_MS


def test_an_event_makes_the_lead_catch_up_through_its_due_instants_first():
    """Time is data: a step down long past is announced at its own instant before the event is applied."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,))
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T + 30 * DAY_MS)).tick(T + 30 * DAY_MS)
    assert drive.moves() == [
        ("visitor", "lead", at(T), "activity"),
        ("lead", "visitor", at(T + 10 * DAY_MS), "decay"),
        ("visitor", "lead", at(T + 30 * DAY_MS), "activity"),
    ]


def test_the_trigger_is_the_least_activity_that_answered():
    """Rule 4: of several activities of the instant that satisfy `happened`, the least event id is named."""
    drive = Drive(go("visitor", "mql", DEMO))
    drive.apply(demo("c", T), demo("b", T), doc("a", "web.page_viewed", T), doc("z", "crm.contacted", T)).tick(T)
    assert drive.told("trigger_event_id", "cause") == [("b", "activity")]


def test_without_an_answer_the_trigger_is_the_last_fact_of_the_instant():
    """Rule 4: a score's crossing names the greatest event id of the instant; its type decides the cause."""
    drive = Drive(go("visitor", "mql", BUSY))
    drive.apply(doc("z", "crm.contacted", T), doc("a", "web.page_viewed", T)).tick(T)
    assert drive.told("trigger_event_id", "cause") == [("z", "action")]


def test_a_late_answer_names_no_fact_of_another_instant():
    """Rule 4: decided at the clock, where no fact lies, the trigger is null."""
    drive = Drive(go("visitor", "lead", {"in_stage_for": "2d"}), go("lead", "mql", {"implicit": {"at_least": 20}}))
    drive.apply(doc("a", "web.page_viewed", T)).tick(T + 3 * DAY_MS)
    drive.apply(doc("late", "web.page_viewed", T + DAY_MS)).tick(T + 3 * DAY_MS)
    assert drive.told("occurred_at", "trigger_event_id", "cause")[1:] == [(at(T + 2 * DAY_MS), None, "decay")]


def test_what_answered_earlier_is_no_trigger():
    """Rule 4: a demo request that comes late moves the lead at its clock, where another fact is the last one."""
    drive = Drive(go("visitor", "lead", DEMO)).apply(doc("v", "web.page_viewed", T)).tick(T)
    drive.apply(doc("z", "web.page_viewed", T + DAY_MS)).tick(T + DAY_MS).apply(demo("d", T + 1)).tick(T + DAY_MS)
    assert drive.told("occurred_at", "trigger_event_id") == [(at(T + DAY_MS), "z")]


def test_a_date_is_the_first_instant_of_its_day_in_the_models_time_zone():
    """Rule 7: `due` fires at midnight in Shanghai, with cause `timer`; a time without offset is read there too."""
    ways = go("visitor", "mql", {"due": "reevaluate_on"})
    for text, instant in (("2026-03-01", "2026-02-28T16:00:00.000Z"), ("2026-03-01T09:30", "2026-03-01T01:30:00.000Z")):
        drive = Drive(ways, timezone="Asia/Shanghai").apply(doc("a", "crm.disqualified", T, reevaluate_on=text))
        drive.tick(T + 300 * DAY_MS)
        assert drive.moves() == [("visitor", "mql", instant, "timer")]


def test_other_text_is_never_due_and_a_disqualification_without_date_clears_it():
    """Rule 7: 'soon' is no date; `crm.disqualified` without one sets `reevaluate_on` to null."""
    ways = go("visitor", "mql", {"due": "reevaluate_on"})
    drive = Drive(ways).apply(doc("c", "crm.attribute_set", T, reevaluate_on="soon")).tick(T + 900 * DAY_MS)
    assert drive.changes == []
    drive = Drive(ways).apply(doc("a", "crm.disqualified", T, reevaluate_on="2026-03-01"))
    assert drive.apply(doc("b", "crm.disqualified", T + 1)).tick(T + 900 * DAY_MS).changes == []


def test_a_score_that_rises_by_itself_is_decay_and_up():
    """Rule 13: when a negative window ends the lead moves up, with cause `decay` and without a trigger."""
    minus = {"id": "minus", "on": "email.bounced", "points": -8, "decay": {"window": "3d"}}
    drive = Drive(go("visitor", "mql", BUSY), rules=(SITE, minus))
    drive.apply(doc("a", "email.bounced", T), doc("b", "web.page_viewed", T + 1)).tick(T + 9 * DAY_MS)
    assert drive.moves() == [("visitor", "mql", at(T + 3 * DAY_MS), "decay")]
    assert drive.told("direction", "trigger_event_id") == [("up", None)]


def test_directions_follow_kind_and_declared_order():
    """Rule 13: into a side stage is `side`, out of one `up`, else the declared order decides."""
    cycle = lifecycle(
        go("visitor", "sql", {"action": "crm.accepted"}),
        go("sql", "lead", {"action": "crm.contacted"}),
        go("lead", "recycled", {"action": "crm.returned"}),
        go("recycled", "visitor", {"action": "crm.quote_sent"}),
        recycled={"kind": "side"},
    )
    drive = Drive(cycle=cycle)
    for n, name in enumerate(("accepted", "contacted", "returned", "quote_sent")):
        drive.apply(doc(f"e{n}", f"crm.{name}", T + n))
    assert drive.tick(T + 9).told("direction") == [("up",), ("down",), ("side",), ("up",)]


def test_gained_counts_only_what_came_after_the_entry():
    """Rule 2: points of the entry's own instant and before do not count, own limits begin anew."""
    rule = {**SITE, "limit": {"count": 2}}
    again = go("lead", "mql", {"gained": {"implicit": 20, "since": "stage_entered"}})
    drive = Drive(go("visitor", "lead", BUSY), again, rules=(rule,))
    drive.apply(doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T), doc("c", "web.page_viewed", T + 5))
    drive.tick(T + 6)
    assert drive.told("to_stage") == [("lead",)]
    drive.apply(doc("d", "web.page_viewed", T + 7)).tick(T + 7)
    assert drive.told("to_stage", "occurred_at") == [("lead", at(T)), ("mql", at(T + 7))]


def test_happened_asks_from_the_entry_into_the_present_stage_on():
    """Rule 2: a demo before the stage was entered does not count, one at the very instant does."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", DEMO))
    drive.apply(demo("a", T), doc("b", "web.page_viewed", T + 1)).tick(T + 2)
    assert drive.told("to_stage") == [("lead",)]
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", DEMO))
    drive.apply(demo("a", T + 1), doc("b", "web.page_viewed", T + 1)).tick(T + 2)
    assert drive.told("to_stage") == [("lead",), ("mql",)]


def test_history_of_stages_is_kept_with_the_lead():
    """Rule 10: how often and how long the lead was in a stage."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,))
    drive.apply(doc("0", "crm.contacted", T - DAY_MS), doc("a", "web.page_viewed", T))
    drive.apply(doc("b", "web.page_viewed", T + 15 * DAY_MS)).tick(T + 40 * DAY_MS)
    assert {stage: found[:2] for stage, found in drive.lead("L1").standing.visits.items()} == {
        "visitor": (2, 6 * DAY_MS),
        "lead": (2, 20 * DAY_MS),
    }
    lead = drive.lead("L1").standing.visits["lead"]
    assert [at(lead.entered_at), at(lead.left_at)] == list(
        drive.told("occurred_at")[-2] + drive.told("occurred_at")[-1]
    )


def test_a_change_is_told_with_its_numbers_and_reasons():
    """events.md, Stage change: scores at that instant, the five largest reasons, model and version."""
    many = tuple({"id": f"r{n}", "on": "web.page_viewed", "points": n} for n in range(1, 8))
    drive = Drive(go("visitor", "lead", BUSY), rules=many).apply(doc("a", "web.page_viewed", T)).tick(T)
    (change,) = drive.changes
    assert [(r["rule"], r["points"], r["events"]) for r in change["reasons"]] == [
        (f"r{n}", float(n), ["a"]) for n in (7, 6, 5, 4, 3)
    ]
    assert change["model_version"] == drive.model.model_version
    assert change["implicit"] == change["total"] == 28.0
    assert change["grade"] == "D3"


@pytest.mark.parametrize("far", [1, 7, 1000])
def test_how_often_time_is_told_does_not_matter(far):
    """A step down is announced at its own instant, however late it is noticed."""
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY), rules=(FADING,)).apply(doc("a", "web.page_viewed", T))
    for day in range(0, 1000, far):
        drive.tick(T + day * DAY_MS)
    drive.tick(T + 1000 * DAY_MS)
    assert drive.told("occurred_at") == [(at(T),), (at(T + 10 * DAY_MS),)]
