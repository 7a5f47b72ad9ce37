"""Which way a change goes, whatever the stages are called (lifecycle.md, rules 13 and 14)."""

from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, go, lifecycle
from tests.scoring.making import doc

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
FADING = {**SITE, "decay": {"window": "10d"}}


def page(event_id, instant):
    return doc(event_id, "web.page_viewed", instant)


def test_a_return_is_down_also_where_it_leads_to_a_later_stage():
    """Rule 13: the `leave` decides, not the declared order."""
    ways = go("visitor", "mql", "identified"), go("mql", "lead", BUSY, leave=BUSY)
    drive = Drive(*ways, rules=(FADING,)).apply(page("a", T)).tick(T + 20 * DAY_MS)
    assert drive.told("to_stage", "direction") == [("mql", "up"), ("lead", "down"), ("mql", "down")]


def test_a_correction_is_down_also_where_it_leads_to_a_later_stage():
    """Rule 13: the same for what is taken back."""
    ways = go("visitor", "mql", "identified"), go("mql", "lead", {"happened": {"on": "email.clicked"}})
    click = doc("a", "email.clicked", T + 500, message_id="m-1", url="/x")
    drive = Drive(*ways).apply(click).tick(T + HOUR_MS)
    drive.apply(doc("d", "email.delivered", T, message_id="m-1")).tick(T + DAY_MS)
    assert drive.told("to_stage", "cause", "direction")[2:] == [("mql", "correction", "down")]


def test_stages_are_what_the_model_says():
    """Rule 14: other names, no "lead" or "mql" among them, and any of them is the entry."""
    cycle = lifecycle(go("reader", "prospect", BUSY), stages=("visitor", "reader", "prospect")) | {"entry": "reader"}
    drive = Drive(cycle=cycle).apply(doc("0", "form.submitted", T), page("a", T + 1)).tick(T + 2)
    assert drive.told("from_stage", "to_stage") == [("reader", "prospect")]


def test_each_transition_is_a_record_with_the_leads_own_number():
    """Rule 10: 1, 2, 3 for one lead, and for the next one 1 again."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", {"action": "crm.accepted"}))
    for lead in ("L1", "L2"):
        drive.apply(doc(f"{lead}a", "web.page_viewed", T, lead), doc(f"{lead}b", "crm.accepted", T + 1, lead))
    drive.tick(T + 2)
    assert sorted(drive.told("lead_id", "seq", "to_stage")) == [
        ("L1", 1, "lead"),
        ("L1", 2, "mql"),
        ("L2", 1, "lead"),
        ("L2", 2, "mql"),
    ]
