"""Contacts roll up to accounts (contract: lifecycle.md, rule 12)."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

import pytest

from pipeline.engine.account_documents import account_row
from pipeline.engine.engine import Engine
from pipeline.engine.errors import Refused
from tests.engine.committees import FADING, QUIET, WORTH, account_section, company, contacts, is_a, view
from tests.engine.driving import DAY_MS, Drive, at, go, lifecycle
from tests.engine.test_activating import over
from tests.scoring.making import doc, event_of, model_of, score_of

ENGAGED = go("known", "engaged", {"total": {"at_least": 80}}, leave={"total": {"at_least": 50}})
BUYING = go("engaged", "buying", {"roles_covered": {"at_least": 3}})
COMMITTEE = [
    is_a("r1", 1, "L1", job_title="CEO"),
    is_a("r2", 2, "L2", job_title="CTO"),
    is_a("r3", 3, "L3", department="it"),
    *(view(f"v{n}", 10 + n, f"L{n}", worth) for n, worth in enumerate((64, 40, 24, 16, 16, 32, 64, 128), start=1)),
]


def test_a_committee_of_eight_comes_to_what_it_comes_to_by_hand():
    """128 + 64/2 + 64/4 + 40/8 + 32/16 + 24/32 + 16/64 + 16/128, its contacts and roles in the row."""
    drive = company(ENGAGED, BUYING).apply(*COMMITTEE).tick(100)
    row = account_row(drive.lead("a:acme"), drive.model.account, 100)
    assert row["total"] == 128 + 32 + 16 + 5 + 2 + 0.75 + 0.25 + 0.125
    assert [(c["lead_id"], c["points"]) for c in row["contacts"]][:3] == [("L8", 128), ("L1", 32), ("L7", 16)]
    assert (row["account_id"], row["account"], row["stage"]) == ("a:acme", "acme", "buying")
    assert row["roles_covered"] == ["decider", "technical", "user"]
    assert row["roles_missing"] == ["payer"]
    assert row["contacts"][0]["announced_at"] == at(18)
    assert len(row["contacts"]) == 8


def test_an_account_is_told_like_a_lead():
    """Its records carry a `seq`, its total, its contacts as reasons, and the fact because of which one announced."""
    drive = company(ENGAGED, BUYING).apply(*COMMITTEE).tick(100)
    engaged, buying = drive.changes
    # 64 + 40/2 is 84 at the second view
    assert (engaged["lead_id"], engaged["account"], engaged["seq"]) == ("a:acme", "acme", 1)
    assert engaged["change_id"] == str(uuid5(NAMESPACE_URL, "urn:leadtide:change:a:acme:1"))
    assert (engaged["occurred_at"], engaged["cause"], engaged["trigger_event_id"]) == (at(12), "activity", "v2")
    assert (engaged["explicit"], engaged["implicit"], engaged["total"], engaged["grade"]) == (0, 84, 84, "")
    assert engaged["reasons"] == [
        {"rule": "L1", "title": "decider", "points": 64, "events": []},
        {"rule": "L2", "title": "technical", "points": 20, "events": []},
    ]
    assert (engaged["direction"], engaged["email"], engaged["owner"]) == ("up", None, None)
    # three roles were filled before it was engaged: both steps at one instant
    assert (buying["seq"], buying["from_stage"], buying["to_stage"], buying["occurred_at"]) == (
        2, "engaged", "buying", at(12),
    )  # fmt: skip


def test_roles_that_were_covered_once_are_a_high_water_mark():
    """A stage without `leave` stays when somebody changes jobs, and the row says who is missing now."""
    drive = company(ENGAGED, BUYING).apply(*COMMITTEE, is_a("x", 50, "L1", job_title="Pensioner")).tick(100)
    row = account_row(drive.lead("a:acme"), drive.model.account, 100)
    assert row["roles_missing"] == ["decider", "payer"]
    assert row["stage"] == "buying"
    assert len(drive.changes) == 2


def test_all_of_one_instant_is_announced_before_the_account_is_decided():
    """Whatever the names of leads and account: two at one instant lift it once, and the least event is the trigger."""
    drive = company(ENGAGED, go("known", "buying", {"contacts": {"at_most": 1}}))
    drive.apply(view("z", 5, "!", 70), view("y", 5, "zz", 40)).tick(9)
    assert drive.told("to_stage", "total", "trigger_event_id") == [("engaged", 90, "y")]


def test_a_contact_announces_when_its_total_has_moved_by_a_step():
    """At each fact, and at the very ms at which the total is a step away from what it announced last."""
    drive = company(rules=(FADING,), step=3)
    history = [view("e1", 0, "L1", 20), view("e2", 5 * DAY_MS, "L1", 6)]
    seen, last = [], None
    drive.apply(history[0])
    for hour in range(1, 24 * 40):
        if hour == 24 * 5:
            drive.apply(history[1])
        drive.tick(hour * DAY_MS // 24 - 1)
        if (found := contacts(drive)["L1"]) != last:
            seen.append(last := found)
    model, expected, announced = drive.model, [(20.0, 0)], 20.0

    def total(instant):
        return score_of(model, [e for e in history if e["occurred_at"] <= instant], instant)[2]

    instant = 0
    while instant < 40 * DAY_MS:
        is_before = instant < 5 * DAY_MS
        end = 5 * DAY_MS if is_before else 40 * DAY_MS
        moved = _first(lambda ms: total(ms) <= announced - 3, instant + 1, end)  # noqa: B023 - asked at once
        if moved is None:
            if not is_before:
                break
            moved = end
        instant, announced = moved, total(moved)
        expected.append((announced, instant))
    assert seen == expected
    assert len(seen) > 8


def _first(question, low, high):
    """The first ms in [low, high) at which it is true of something that only falls."""
    if low >= high or not question(high - 1):
        return None
    while low < high - 1:
        middle = (low + high - 1) // 2
        low, high = (low, middle + 1) if question(middle) else (middle + 1, high)
    return low


def test_an_account_goes_back_when_its_contacts_have_cooled_down():
    """At the announcement that brings the total below its `leave`, the second step down, and not before."""
    drive = company(ENGAGED, rules=(FADING,), step=25).apply(view("e1", 0, "L1", 100)).tick(30 * DAY_MS)

    def total(instant):
        return score_of(drive.model, [view("e1", 0, "L1", 100)], instant)[2]

    one = _first(lambda ms: total(ms) <= 75, 1, 30 * DAY_MS)
    two = _first(lambda ms: total(ms) <= total(one) - 25, one, 30 * DAY_MS)
    assert drive.told("from_stage", "to_stage", "cause", "direction", "trigger_event_id") == [
        ("known", "engaged", "activity", "up", "e1"),
        ("engaged", "known", "decay", "down", None),
    ]
    assert (drive.changes[1]["occurred_at"], drive.changes[1]["total"]) == (at(two), total(two))


def test_looking_changes_nothing_of_the_lead():
    """An announcement by decay writes no score record, and neither clock nor `due` of the lead move."""
    drive = company(rules=(FADING,), step=25).apply(view("e1", 0, "L1", 100)).tick(1)
    drive.engine.take()
    drive.tick(20 * DAY_MS)
    assert contacts(drive)["L1"][0] < 51
    assert drive.lead("L1").clock == 0
    assert drive.lead("L1").due is None
    assert drive.engine.take().scores == []


def test_a_contact_that_moves_to_another_account_leaves_the_first():
    """At that instant it counts there and no more here."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 90), view("e2", 0, "L2", 10)).tick(5)
    assert drive.lead("a:acme").standing.stage == "engaged"
    drive.apply(view("e3", 10, "L1", 0, "globex")).tick(20)
    assert contacts(drive) == {"L2": (10, 0)}
    assert contacts(drive, "globex") == {"L1": (90, 10)}
    assert drive.told("lead_id", "to_stage", "occurred_at", "cause", "trigger_event_id") == [
        ("a:acme", "engaged", at(0), "activity", "e1"),
        ("a:acme", "known", at(10), "activity", "e3"),
        ("a:globex", "engaged", at(10), "activity", "e3"),
    ]


def test_two_contacts_that_are_one_person_count_once():
    """A merge withdraws the one, and the other has everything: 40 + 30, not 40 + 30/2."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 40), view("e2", 1, "L2", 30)).tick(5)
    assert contacts(drive) == {"L1": (40, 0), "L2": (30, 1)}
    drive.apply(doc("m", "crm.merged", 10, "L1", into="L2")).tick(20)
    assert contacts(drive) == {"L2": (70, 10)}
    assert drive.lead("L1").member == ""


def test_a_visitor_counts_for_its_account_until_it_is_somebody():
    """Who signs in takes the visitor's place among the contacts."""
    seen = view("e1", 0, None, 20, visitor_id="v1")
    drive = company(ENGAGED).apply(seen).tick(5)
    assert contacts(drive) == {"v:v1": (20, 0)}
    drive.apply(view("e2", 10, "L1", 5, None, visitor_id="v1")).tick(20)
    assert contacts(drive) == {"L1": (25, 10)}


def test_an_undone_merge_gives_the_account_its_two_contacts_back():
    """Each with what is its own."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 40), view("e2", 1, "L2", 30))
    drive.apply(doc("m", "crm.merged", 10, "L1", into="L2"), doc("u", "crm.unmerged", 20, "L1", **{"from": "L2"})).tick(
        30
    )
    assert {lead: total for lead, (total, _) in contacts(drive).items()} == {"L1": 40, "L2": 30}


def test_who_has_no_account_any_more_is_withdrawn():
    """The key attribute deleted is no account; the account stays, without contacts, at 0."""
    drive = company(key="company").apply(is_a("a", 0, "L1", company="Acme")).tick(5)
    assert contacts(drive, "Acme") == {"L1": (0, 0)}
    drive.apply(is_a("b", 10, "L1", company="")).tick(20)
    assert contacts(drive, "Acme") == {}
    assert account_row(drive.lead("a:Acme"), drive.model.account, 20)["total"] == 0


def test_two_salespeople_on_one_account_raise_a_signal_once_for_each():
    """The second owner of an account is told with the contacts concerned; the same one again is not."""
    claim = lambda name, instant, lead, owner: doc(name, "crm.claimed", instant, lead, owner=owner, account="acme")  # noqa: E731
    drive = company().apply(claim("c1", 1, "L1", "eve"), claim("c2", 2, "L2", "eve")).tick(3)
    assert drive.signals == []
    drive.apply(claim("c3", 4, "L3", "bob"), claim("c4", 5, "L4", "bob"), claim("c5", 6, "L5", "kim")).tick(9)
    told = [(s["signal"], s["lead_id"], s["occurred_at"], s["stage"], s["details"]) for s in drive.signals]
    assert told == [
        ("account_conflict", "a:acme", at(4), "known", {"owners": ["eve", "bob"], "leads": ["L1", "L2", "L3"]}),
        ("account_conflict", "a:acme", at(6), "known", {"owners": ["eve", "kim"], "leads": ["L1", "L2", "L5"]}),
    ]
    key = f"urn:leadtide:signal:a:acme:account_conflict:{4}:bob"
    assert drive.signals[0]["signal_id"] == str(uuid5(NAMESPACE_URL, key))


def test_time_in_a_stage_and_cooldowns_move_an_account_at_their_instants():
    """Without any announcement, with cause `timer`; the cooldown holds the second firing back."""
    ways = (
        go("known", "engaged", {"contacts": {"at_least": 1}}, cooldown="10d", leave={"not": {"in_stage_for": "2d"}}),
        go("engaged", "buying", {"in_stage_for": "9d"}),
    )
    drive = company(*ways).apply(view("e1", 0, "L1", 1)).tick(12 * DAY_MS)
    assert drive.moves("a:acme") == [
        ("known", "engaged", at(0), "activity"),
        ("engaged", "known", at(2 * DAY_MS), "timer"),
        ("known", "engaged", at(10 * DAY_MS), "timer"),
        ("engaged", "known", at(12 * DAY_MS), "timer"),
    ]


def test_a_loop_among_account_stages_stops_and_says_so():
    """32 moves within a minute without news: the account waits for its next announcement."""
    ways = (go("known", "engaged", {"in_stage_for": "1s"}), go("engaged", "known", {"in_stage_for": "1s"}))
    drive = company(*ways).apply(view("e1", 0, "L1", 1)).tick(10 * DAY_MS)
    assert len(drive.changes) == 32
    assert [(s["signal"], s["lead_id"]) for s in drive.signals] == [("lifecycle_loop", "a:acme")]
    drive.apply(view("e2", 11 * DAY_MS, "L1", 1)).tick(12 * DAY_MS)
    assert len(drive.changes) > 32


def test_accounts_are_no_leads():
    """No score record, no row, no name under which a lead is found."""
    drive = company(ENGAGED)
    drive.engine.apply(event_of(view("e1", 0, "L1", 90)))
    drive.engine.tick(5)
    effects = drive.engine.take()
    assert [keyed.key for keyed in effects.scores] == ["L1"]
    assert [keyed.key for keyed in effects.stage_changes] == ["a:acme"]


def test_a_model_without_accounts_announces_nothing():
    """No account profile, no wake."""
    drive = Drive(rules=(FADING,)).apply(view("e1", 0, "L1", 90)).tick(9)
    assert drive.engine.table.get("a:acme") is None
    assert drive.lead("L1").wake is None


def test_under_a_live_clock_a_late_announcement_is_decided_at_the_accounts_clock():
    """A late fact lifts the account now, not in the past; what the contact had announced for later is no more."""
    drive = company(ENGAGED, live=True).apply(view("e1", 100, "L1", 10))
    drive.engine.settle()
    drive.apply(view("e2", 50, "L2", 200))
    drive.engine.settle()
    assert drive.apply().moves("a:acme") == [("known", "engaged", at(100), "decay")]
    assert contacts(drive)["L2"] == (200, 50)


def changed(instant, section, points=1):
    """Another model from the instant on."""
    from pipeline.engine.activating import ModelChange
    from tests.scoring.making import text_of

    rules = [{**WORTH, "points": {"per": "worth", "factor": points, "max": 1000}}]
    model = {"implicit": {"rules": rules}, "lifecycle": lifecycle(), "grades": QUIET}
    return ModelChange("c", instant, text_of(model | ({} if section is None else {"account": section})))


def test_another_model_counts_contacts_anew_and_its_changes_say_so():
    """Every contact announces at the change; what moves an account then moves it because of the model."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 50), view("e2", 1, "L2", 20))
    over(drive, changed(100, account_section(ENGAGED), points=2))
    drive.tick(200)
    assert contacts(drive) == {"L1": (100, 100), "L2": (40, 100)}
    assert drive.told("to_stage", "occurred_at", "cause", "trigger_event_id", "total") == [
        ("engaged", at(100), "model_change", None, 120)
    ]


def test_an_account_stage_that_the_new_model_does_not_have_begins_anew():
    """The account goes on in the entry stage, in a record of its own."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 90)).tick(5)
    section = account_section()
    section["lifecycle"] = lifecycle(stages=("cold", "warm"))
    over(drive, changed(100, section))
    drive.tick(200)
    assert drive.told("from_stage", "to_stage", "cause", "seq")[1:] == [("engaged", "cold", "model_change", 2)]


def test_another_key_moves_contacts_to_other_accounts():
    """They leave the accounts that they had."""
    drive = company(ENGAGED).apply(view("e1", 0, "L1", 90), is_a("a", 1, "L1", company="Acme Ltd")).tick(5)
    over(drive, changed(100, account_section(ENGAGED, key="company")))
    drive.tick(200)
    assert contacts(drive) == {}
    assert contacts(drive, "Acme Ltd") == {"L1": (90, 100)}
    assert drive.told("lead_id", "to_stage", "cause")[1:] == [
        ("a:Acme Ltd", "engaged", "model_change"),
        ("a:acme", "known", "model_change"),
    ]


def test_under_a_model_without_accounts_they_rest():
    """Contacts are withdrawn, and nothing is announced or due for accounts any more."""
    drive = company(ENGAGED, go("engaged", "buying", {"in_stage_for": "1d"})).apply(view("e1", 0, "L1", 90)).tick(5)
    over(drive, changed(100, None))
    drive.tick(9 * DAY_MS)
    assert len(drive.changes) == 1
    assert contacts(drive) == {}
    assert drive.engine.next_due() is None


@pytest.mark.parametrize("cut", range(12))
def test_a_restored_engine_goes_on_with_its_accounts(cut):
    """Packed and read again after any event: the same changes, and what waited in the inbox is decided."""
    model = model_of(
        {
            "implicit": {"rules": [FADING]},
            "lifecycle": lifecycle(),
            "account": account_section(ENGAGED, BUYING),
            "grades": QUIET,
        }
    )
    whole, first, second = Engine(model), Engine(model), Engine(model)
    for document in COMMITTEE:
        whole.apply(event_of(document))
    whole.tick(90 * DAY_MS)
    for document in COMMITTEE[:cut]:
        first.apply(event_of(document))
    effects = first.take()
    for key, value in effects.changelog:
        second.load(key, value)
    second.restore(first.state())
    for document in COMMITTEE[cut:]:
        second.apply(event_of(document))
    second.tick(90 * DAY_MS)
    before = [{k: v for k, v in keyed.value.items() if k != "decided_at"} for keyed in effects.stage_changes]
    assert before + second.announced()[0] == whole.announced()[0]
    assert second.table.get("a:acme").contacts == whole.table.get("a:acme").contacts


@pytest.mark.parametrize(
    "event",
    [
        doc("1", "web.page_viewed", 1, lead_id="a:acme"),
        doc("1", "crm.merged", 1, lead_id="A", into="a:acme"),
        doc("1", "crm.unmerged", 1, lead_id="A", **{"from": "a:acme"}),
    ],
)
def test_what_accounts_are_called_is_no_leads_id(event):
    """A lead id that begins with `a:` is a dead letter where there are accounts."""
    drive = Drive(account={"key": "account"})
    with pytest.raises(Refused) as refused:
        drive.engine.apply(event_of(event))
    assert refused.value.reason == "reserved_identity"
