"""What a transition can ask of a lead (lifecycle.md, rule 2)."""

import pytest

from tests.engine.driving import DAY_MS, SITE, Drive, at, go, lifecycle
from tests.scoring.making import doc

T = 1_760_000_000_000
CRAWLER = {"context": {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}}
BIG = {"id": "big", "when": {"employees": {"at_least": 100}}, "points": 20}
GRADES = {"explicit": {"A": 20}, "implicit": {"1": 10}}


def view(event_id, instant, **more):
    return doc(event_id, "web.page_viewed", instant, **more)


def form(event_id, instant, **more):
    return doc(event_id, "form.submitted", instant, **more)


def moved(when, *events, until=T + 9 * DAY_MS, **model):
    """The instants at which a lead that is in its entry stage moves on by this condition."""
    drive = Drive(go("visitor", "lead", when), **model).apply(*events).tick(until)
    return [instant for (instant,) in drive.told("occurred_at")]


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"explicit": {"at_least": 20}}, True),
        ({"explicit": {"at_least": 21}}, False),
        ({"explicit": {"at_most": 20}}, True),
        ({"explicit": {"at_most": 19}}, False),
        ({"implicit": {"at_least": 10}}, True),
        ({"implicit": {"at_least": 11}}, False),
        ({"implicit": {"at_most": 10}}, True),
        ({"implicit": {"at_most": 9}}, False),
        ({"total": {"at_least": 30}}, True),
        ({"total": {"at_least": 31}}, False),
        ({"total": {"at_most": 30}}, True),
        ({"total": {"at_most": 29}}, False),
        ({"total": {"at_least": 30, "at_most": 30}}, True),
        ({"grade": {"in": ["A1", "B2"]}}, True),
        ({"grade": {"in": ["A2", "B1", "B2"]}}, False),
        ({"employees": {"at_least": 100}}, True),
        ({"employees": 100}, True),
        ({"employees": {"at_most": 99}}, False),
        ({"exists": "employees"}, True),
        ({"exists": "budget"}, False),
        ({"all": [{"exists": "employees"}, {"exists": "budget"}]}, False),
        ({"any": [{"exists": "budget"}, {"exists": "employees"}]}, True),
        ({"not": {"exists": "budget"}}, True),
        ({"not": {"exists": "employees"}}, False),
    ],
    ids=str,
)
def test_a_condition_says_what_the_lead_is_and_scores(when, holds):
    """Of a lead with 20 explicit and 10 implicit points: scores, grade, attributes, connectives."""
    events = form("a", T, employees=100), view("b", T)
    told = moved(when, *events, until=T, explicit={"rules": [BIG]}, grades=GRADES)
    assert told == ([at(T)] if holds else [])


def test_only_a_visitor_is_not_identified():
    """A lead id, an address or an external id identifies; a visitor id alone does not."""
    visitor, ann = {"visitor_id": "v"}, {"email": "ann@acme.example"}
    for who, count in ((visitor, 0), (ann, 1), ({"lead_id": "L1"}, 1), ({"external_ids": {"phone": "7"}}, 1)):
        assert len(moved("identified", view("a", T, **{"lead_id": None, **who}))) == count, who


def test_a_count_is_of_the_activities_meant_within_its_time():
    """Three blog pages within two days: neither other pages nor older ones count."""
    when = {"count": {"on": "web.page_viewed", "when": {"path": {"glob": "/blog/*"}}, "at_least": 3, "within": "2d"}}
    blog = [view(f"b{n}", T + n * DAY_MS, path="/blog/x") for n in range(3)]
    assert moved(when, *blog) == []
    assert moved(when, *blog, view("c", T + 2 * DAY_MS, path="/pricing")) == []
    assert moved(when, *blog, view("c", T + 2 * DAY_MS, path="/blog/y")) == [at(T + 2 * DAY_MS)]


def test_happened_asks_for_the_activity_that_it_describes():
    """Another form, or another type, does not answer."""
    when = {"happened": {"on": "form.submitted", "when": {"form_type": "demo"}}}
    assert moved(when, form("a", T, form_type="contact"), view("b", T, form_type="demo")) == []
    assert moved(when, form("a", T), form("b", T + 1, form_type="demo")) == [at(T + 1)]


def test_action_is_the_short_form_of_happened():
    """`action: TYPE` answers to any activity of the type."""
    assert moved({"action": "crm.accepted"}, view("a", T)) == []
    assert moved({"action": "crm.accepted"}, view("a", T), doc("b", "crm.accepted", T + 5)) == [at(T + 5)]


def test_gained_is_a_score_of_its_own():
    """Its own limits, frequencies and range: what was used up or reached before the entry does not count."""
    cycle = lifecycle(
        go("visitor", "lead", {"action": "crm.accepted"}),
        go("lead", "mql", {"gained": {"implicit": 25, "since": "stage_entered"}}),
    )
    often = {"frequency": {"on": "web.page_viewed", "at_least": 2, "within": "9d"}, "points": 15, "id": "often"}
    rules = ({**SITE, "limit": "once"}, often)
    before = [view("a", T), view("b", T), doc("c", "crm.accepted", T + 1)]
    drive = Drive(cycle=cycle, rules=rules, implicit={"range": [0, 25]}).apply(*before, view("d", T + 2)).tick(T + 3)
    assert drive.told("to_stage") == [("lead",)]
    drive.apply(view("e", T + 4)).tick(T + 4)
    assert drive.told("to_stage", "occurred_at")[1:] == [("mql", at(T + 4))]


def test_gained_has_the_range_of_its_category():
    """What a lead can gain is no more than what it can have."""
    when = {"gained": {"implicit": 25, "since": "stage_entered"}}
    views = [view(f"v{n}", T + n) for n in range(5)]
    assert moved(when, form("a", T - 1), *views, implicit={"range": [0, 20]}) == []
    assert moved(when, form("a", T - 1), *views, implicit={"range": [0, 30]}) == [at(T + 2)]


def test_gained_counts_strictly_after_the_entry():
    """What pays at the very instant of the entry is not gained since."""
    drive = Drive(go("visitor", "lead", "identified"), go("lead", "mql", {"gained": {"implicit": 10}}))
    drive.apply(view("a", T)).tick(T + 1)
    assert drive.told("to_stage") == [("lead",)]
    drive.apply(view("b", T + 2)).tick(T + 2)
    assert drive.told("to_stage", "occurred_at")[1:] == [("mql", at(T + 2))]


def test_in_stage_for_comes_true_when_the_time_is_over():
    """At that millisecond, neither before nor after."""
    assert moved({"in_stage_for": "30d"}, view("a", T), until=T + 30 * DAY_MS - 1) == []
    assert moved({"in_stage_for": "30d"}, view("a", T), until=T + 31 * DAY_MS) == [at(T + 30 * DAY_MS)]


def test_due_reads_the_attribute_that_it_names():
    """Any attribute will do."""
    events = form("a", T, contract_end="2025-10-15T00:00:00Z", other="2025-10-11")
    assert moved({"due": "contract_end"}, events) == ["2025-10-15T00:00:00.000Z"]


@pytest.mark.parametrize(
    "when",
    [
        {"count": {"on": "web.page_viewed", "at_least": 1, "within": "9d"}},
        {"happened": {"on": "web.page_viewed"}},
        {"gained": {"implicit": 10}},
    ],
    ids=lambda when: next(iter(when)),
)
def test_what_is_asked_of_activities_sees_eligible_ones_only(when):
    """A crawler's visit neither counts nor happened, and gains nothing; a person's does."""
    before = form("a", T)
    assert moved(when, before, view("b", T + 1, **CRAWLER)) == []
    assert moved(when, before, view("b", T + 1)) == [at(T + 1)]


def test_attributes_and_identity_see_all_facts():
    """What a machine has typed into a form is the lead's attribute, and its address identifies it."""
    typed = form("a", T, lead_id=None, email="ann@acme.example", city="Rome", **CRAWLER)
    assert moved({"city": "Rome"}, typed) == [at(T)]
    assert moved("identified", typed) == [at(T)]


@pytest.mark.parametrize("name", ["happened", "count"])
def test_on_may_be_a_list(name):
    """Each of the types answers."""
    on = {"on": ["email.replied", "form.submitted"]} | ({"at_least": 1, "within": "9d"} if name == "count" else {})
    for kind in on["on"]:
        assert moved({name: on}, view("a", T), doc("b", kind, T + 1)) == [at(T + 1)]
    assert moved({name: on}, view("a", T), doc("b", "email.opened", T + 1)) == []
