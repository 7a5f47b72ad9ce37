"""SLAs: sales must act in working time, and a breach is told at its instant (lifecycle.md, rule 6)."""

import pytest

from pipeline.codec.instants import parse_instant
from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at, go, lifecycle
from tests.scoring.making import doc

T = parse_instant("2026-06-05T06:00:00Z")  # a Friday, 14:00 in Shanghai
BY_DAY = {"timezone": "Asia/Shanghai", "days": "mon-fri", "hours": "09:00-18:00"}


def drive(sla, *ways, **model):
    """Leads that a form makes `mql`, where sales must act."""
    cycle = lifecycle(go("visitor", "mql", {"action": "form.submitted"}), *ways, mql={"sla": sla})
    return Drive(cycle=cycle, calendars={"office": BY_DAY}, **model)


def form(at_, event_id="f"):
    return doc(event_id, "form.submitted", at_)


def breaches(driven):
    return [s["occurred_at"] for s in driven.signals if s["signal"] == "sla_breached"]


FOUR = {"within": "4h", "until": ["crm.accepted", "crm.rejected"], "escalate": "sales-manager"}


def test_a_breach_is_told_once_at_the_deadline_to_whom_it_concerns():
    """However late it is noticed, and however often the time is told after it."""
    driven = drive(FOUR).apply(form(T)).tick(T + DAY_MS).tick(T + 2 * DAY_MS)
    assert len(driven.signals) == 1
    breach = driven.signals[0]
    assert (breach["signal"], breach["occurred_at"], breach["stage"]) == ("sla_breached", at(T + 4 * HOUR_MS), "mql")
    details = breach["details"]
    assert (details["escalate"], details["within"], details["due_at"]) == ("sales-manager", "4h", at(T + 4 * HOUR_MS))


def test_nothing_is_told_a_millisecond_before_the_deadline():
    """The lead waits for it."""
    driven = drive(FOUR).apply(form(T)).tick(T + 4 * HOUR_MS - 1)
    assert breaches(driven) == []
    assert breaches(driven.tick(T + 4 * HOUR_MS)) == [at(T + 4 * HOUR_MS)]


@pytest.mark.parametrize(("after", "told"), [(0, 0), (HOUR_MS, 0), (4 * HOUR_MS, 0), (4 * HOUR_MS + 1, 1)])
def test_an_action_from_the_entry_to_the_deadline_satisfies(after, told):
    """Both ends count; a millisecond later is too late."""
    driven = drive(FOUR).apply(form(T), doc("g", "crm.rejected", T + after)).tick(T + DAY_MS)
    assert len(breaches(driven)) == told


def test_an_action_before_the_entry_or_another_one_does_not_satisfy():
    """Only what `until` names, in this stay in the stage."""
    early, other = doc("a", "crm.accepted", T - 1), doc("g", "crm.contacted", T + 5)
    assert breaches(drive(FOUR).apply(early, form(T), other).tick(T + DAY_MS)) == [at(T + 4 * HOUR_MS)]


def test_leaving_the_stage_cancels():
    """Sales may do something else with the lead."""
    driven = drive(FOUR, go("mql", "lead", {"action": "crm.returned"}))
    assert breaches(driven.apply(form(T), doc("g", "crm.returned", T + 5)).tick(T + DAY_MS)) == []


def test_each_stay_in_the_stage_has_its_own_deadline():
    """A lead that comes back is waited for anew."""
    back = go("lead", "mql", {"action": "form.submitted"})
    driven = drive(FOUR, go("mql", "lead", {"action": "crm.returned"}), back).apply(form(T)).tick(T + DAY_MS)
    driven.apply(doc("g", "crm.returned", T + DAY_MS), form(T + 2 * DAY_MS, "h")).tick(T + 3 * DAY_MS)
    assert breaches(driven) == [at(T + 4 * HOUR_MS), at(T + 2 * DAY_MS + 4 * HOUR_MS)]


def test_without_until_only_leaving_the_stage_satisfies():
    """No action is named."""
    driven = drive({"within": "4h"}).apply(form(T), doc("g", "crm.accepted", T + 5)).tick(T + DAY_MS)
    assert breaches(driven) == [at(T + 4 * HOUR_MS)]


def test_with_a_calendar_only_its_hours_count():
    """From Friday 14:00 four hours end at 18:00, five on Monday at 10:00, a working day on Monday at 14:00."""
    for within, due in (("4h", "2026-06-05T18:00"), ("5h", "2026-06-08T10:00"), ("1d", "2026-06-08T14:00")):
        driven = drive({"within": within, "calendar": "office"}).apply(form(T)).tick(T + 7 * DAY_MS)
        assert breaches(driven) == [at(parse_instant(due + ":00+08:00"))]


def test_the_stage_change_tells_when_sales_must_have_acted():
    """`sla_due_at` is the deadline of the stage that is entered; other stages have none."""
    driven = drive({"within": "5h", "calendar": "office"}, go("mql", "won", {"action": "crm.contract_signed"}))
    driven.apply(form(T), doc("g", "crm.contract_signed", T + 5)).tick(T + 6)
    assert driven.told("to_stage", "sla_due_at") == [
        ("mql", at(parse_instant("2026-06-08T10:00:00+08:00"))),
        ("won", None),
    ]


def test_what_a_machine_did_satisfies_too():
    """An SLA sees all facts, marked ones as well: sales may use a robot."""
    robot = {"context": {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}}
    driven = drive(FOUR).apply(form(T), doc("g", "crm.rejected", T + HOUR_MS, **robot)).tick(T + DAY_MS)
    assert breaches(driven) == []


def test_a_breach_tells_why_the_lead_is_there():
    """The reasons are those of the lead's score at that instant."""
    rules = ({"id": "forms", "title": "Forms", "on": "form.submitted", "points": 7},)
    (breach,) = drive(FOUR, rules=rules).apply(form(T)).tick(T + DAY_MS).signals
    assert breach["details"]["reasons"] == ["Forms: 7"]


def test_a_deadline_beyond_the_year_9999_never_comes():
    """No instant beyond can be written: a wrong clock breaks nothing."""
    cycle = lifecycle(visitor={"sla": {"within": "4h"}})
    drive = Drive(cycle=cycle).apply(doc("a", "web.page_viewed", 253_402_300_799_999))
    assert drive.signals == []
