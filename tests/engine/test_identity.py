"""events.md, Identity, and lifecycle.md, rule 11: who owns what, and what is told when leads become one."""

import random

import pytest

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.engine.errors import Refused
from pipeline.identity import subject_of_email, subject_of_external
from pipeline.scoring.scorer import Scorer
from tests.engine.driving import SITE, Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
ANN = "ann@acme.example"
STEPS = (
    go("visitor", "lead", {"implicit": {"at_least": 10}}),
    go("lead", "mql", {"implicit": {"at_least": 20}}),
    go("mql", "sql", {"implicit": {"at_least": 100}}),
)


def view(event_id, instant, **who):
    return doc(event_id, "web.page_viewed", instant, **{"lead_id": None, **who})


def form(event_id, instant, **who):
    return doc(event_id, "form.submitted", instant, **{"lead_id": None, **who})


def scores(drive, instant):
    """Lead → (implicit, aliases), as `scores.ndjson` lists them."""
    reader = Reader(Scorer(drive.model))
    rows = [reader.score_row(p, instant) for p in drive.engine.profiles() if is_lead(p)]
    return {row["lead_id"]: (row["implicit"], row["aliases"]) for row in rows}


def test_a_visitor_that_is_identified_hands_over_its_whole_standing():
    """Rule 11: facts, stage and firings go to the lead; one merge record tells that the visitor is closed."""
    drive = Drive(*STEPS).apply(view("a", T, visitor_id="v"), view("b", T + 1, visitor_id="v"))
    drive.apply(form("c", T + 2, visitor_id="v", email=ANN)).tick(T + 3)
    lead = subject_of_email(ANN)
    assert drive.told("seq", "to_stage", lead="v:v") == [(1, "lead"), (2, "mql")]
    (merged,) = [c for c in drive.changes if c["lead_id"] == lead]
    assert (merged["seq"], merged["from_stage"], merged["to_stage"], merged["cause"]) == (1, "visitor", "mql", "merge")
    assert merged["absorbed"] == [{"lead_id": "v:v", "last_seq": 2, "stage": "mql"}]
    assert (merged["direction"], merged["occurred_at"], merged["trigger_event_id"]) == ("up", at(T + 2), "c")
    assert scores(drive, T + 3) == {lead: (20.0, ["v:v"])}


def test_a_lead_with_transitions_of_its_own_keeps_its_stage_and_tells_of_the_closed_one():
    """Rule 11: from_stage = to_stage, direction `side`, cause `merge`, when last_seq > 0."""
    drive = Drive(*STEPS).apply(view("a", T, lead_id="L1"), view("b", T, lead_id="L1"), view("c", T, lead_id="L2"))
    drive.apply(doc("m", "crm.merged", T + 1, lead_id="L2", into="L1")).tick(T + 2)
    merged = drive.changes[-1]
    assert (merged["lead_id"], merged["seq"], merged["cause"], merged["direction"]) == ("L1", 3, "merge", "side")
    assert (merged["from_stage"], merged["to_stage"]) == ("mql", "mql")
    assert merged["absorbed"] == [{"lead_id": "L2", "last_seq": 1, "stage": "lead"}]
    assert scores(drive, T + 2) == {"L1": (30.0, ["L2"])}


def test_absorbing_a_subject_that_never_moved_tells_nothing():
    """Rule 11: without a change of stage and with last_seq 0 there is no record."""
    drive = Drive(*STEPS).apply(form("a", T, visitor_id="v"), form("b", T + 1, visitor_id="v", email=ANN)).tick(T + 2)
    assert drive.changes == []
    assert drive.lead(subject_of_email(ANN)).standing.entered_at == T


def test_of_several_absorbed_the_standing_with_the_highest_last_seq_is_taken_over():
    """Rule 11: three visitors at once; all closed ones are listed, sorted."""
    for order in random.Random(4).sample([["x", "y", "z"], ["z", "y", "x"], ["y", "x", "z"]], 3):
        drive = Drive(*STEPS)
        drive.apply(view("1", T, visitor_id="x"), view("2", T, visitor_id="y"), view("3", T + 1, visitor_id="y"))
        drive.apply(form("4", T, visitor_id="z")).tick(T + 5)
        drive.apply(*(form(f"f{v}", T + 9, visitor_id=v, lead_id="L1") for v in order)).tick(T + 10)
        assert drive.told("cause", lead="L1") == [("merge",)]
        merged = drive.changes[-1]
        assert (merged["from_stage"], merged["to_stage"], merged["seq"]) == ("visitor", "mql", 1)
        assert merged["absorbed"] == [
            {"lead_id": "v:x", "last_seq": 1, "stage": "lead"},
            {"lead_id": "v:y", "last_seq": 2, "stage": "mql"},
        ]


def test_a_leave_taken_over_still_sends_the_lead_back():
    """Rule 11: the transitions that led to the stage come along, so their `leave`s apply to the lead."""
    fading = {**SITE, "decay": {"window": "10s"}}
    drive = Drive(
        go("visitor", "lead", {"implicit": {"at_least": 10}}, leave={"implicit": {"at_least": 1}}), rules=(fading,)
    )
    drive.apply(view("a", T, visitor_id="v"), form("b", T + 5, visitor_id="v", email=ANN)).tick(T + 60_000)
    lead = subject_of_email(ANN)
    assert drive.moves(lead) == [
        ("visitor", "lead", at(T + 5), "merge"),
        ("lead", "visitor", at(T + 10_000), "decay"),
    ]


def test_what_was_announced_under_the_weaker_name_is_not_announced_again():
    """Rule 11: a spent demo request does not make the absorbing lead pass the same transition again."""
    demo = go("visitor", "mql", {"happened": {"on": "form.submitted", "when": {"form_type": "demo"}}})
    drive = Drive(demo).apply(form("a", T, email=ANN, form_type="demo")).tick(T + 5)
    drive.apply(doc("b", "crm.contacted", T + 9, email=ANN)).tick(T + 10)
    assert [c["cause"] for c in drive.changes] == ["activity", "merge"]


def test_a_chain_of_identifiers_at_one_instant_closes_every_link():
    """Rule 11: visitor → address → lead id within one instant: the visitor's stage arrives, and is told as closed."""
    first = form("e1", T + 9, visitor_id="v", email=ANN), form("e2", T + 9, lead_id="L1", email=ANN)
    for events in (first, first[::-1], (form("e3", T + 9, visitor_id="v", email=ANN, lead_id="L1"),)):
        drive = Drive(*STEPS).apply(view("a", T, visitor_id="v"), view("b", T + 1, visitor_id="v")).tick(T + 5)
        drive.apply(*events).tick(T + 10)
        assert drive.told("to_stage", "cause", "seq", lead="L1") == [("mql", "merge", 1)]
        assert drive.changes[-1]["absorbed"] == [{"lead_id": "v:v", "last_seq": 2, "stage": "mql"}]
        assert scores(drive, T + 10) == {"L1": (20.0, sorted(["v:v", subject_of_email(ANN)]))}


def test_binding_works_in_either_order():
    """Facts that arrive under an alias later are the lead's; the order of binding and fact does not count."""
    events = [
        view("a", T, visitor_id="v"),
        view("b", T + 1, email=ANN),
        view("c", T + 2, external_ids={"crm_contact": "7"}),
        form("d", T + 3, lead_id="L1", email=ANN, external_ids={"crm_contact": "7"}, visitor_id="v"),
    ]
    aliases = sorted(["v:v", subject_of_email(ANN), subject_of_external("crm_contact", "7")])
    for order in (events, events[::-1], [events[3], events[3], *events, events[0]]):
        assert scores(Drive(*STEPS).apply(*order).tick(T + 9), T + 9) == {"L1": (30.0, aliases)}


def test_a_late_visitor_binding_moves_facts_to_their_owner():
    """A fact belongs to the last binding at or before it, else to the first, in whatever order they arrive."""
    events = [
        form("one", T + 10, visitor_id="v", lead_id="L1"),
        form("two", T + 20, visitor_id="v", lead_id="L2"),
        view("a", T + 1, visitor_id="v"),
        view("b", T + 12, visitor_id="v"),
        view("c", T + 20, visitor_id="v"),
        view("d", T + 30, visitor_id="v"),
    ]
    for seed in range(30):
        drive = Drive(*STEPS).apply(*random.Random(seed).sample(events, 6)).tick(T + 40)
        assert scores(drive, T + 40) == {"L1": (20.0, ["v:v"]), "L2": (20.0, ["v:v"])}


def test_a_visitor_of_six_leads_counts_for_the_five_earliest_and_raises_a_signal():
    """Of a visitor's bindings only the five earliest leads count, whatever arrives first."""
    events = [form(f"f{n}", T + 10 * n, visitor_id="v", lead_id=f"L{n}") for n in range(1, 7)]
    events += [view(f"e{n}", T + 10 * n + 1, visitor_id="v") for n in range(1, 7)]
    expected = {f"L{n}": (10.0, ["v:v"]) for n in range(1, 5)} | {"L5": (20.0, ["v:v"]), "L6": (0.0, [])}
    for seed in range(20):
        drive = Drive(*STEPS).apply(*random.Random(seed).sample(events, 12)).tick(T + 100)
        assert scores(drive, T + 100) == expected
    in_order = Drive(*STEPS).apply(*sorted(events, key=lambda e: e["occurred_at"]), *events).tick(T + 100)
    assert [(s["signal"], s["lead_id"], s["details"]) for s in in_order.signals] == [
        ("shared_visitor", "L6", {"visitor": "v:v"})
    ]


def test_of_a_leads_visitors_only_the_fifty_earliest_count_whatever_arrives_first():
    """The fifty-first visitor stays a lead of its own, and a signal says so."""
    events = [form(f"f{n}", T + n, visitor_id=f"w{n:02}", lead_id="L1") for n in range(52)]
    events += [view(f"e{n}", T + 60 + n, visitor_id=f"w{n:02}") for n in range(52)]
    own = sorted(f"v:w{n:02}" for n in range(50))
    expected = {"L1": (500.0, own), "v:w50": (10.0, []), "v:w51": (10.0, [])}
    in_order = Drive(*STEPS).apply(*events).tick(T + 200)
    assert scores(in_order, T + 200) == expected
    assert [(s["signal"], s["details"]) for s in in_order.signals] == [
        ("too_many_visitors", {"visitor": f"v:w{n}"}) for n in (50, 51)
    ]
    for order in (events[::-1], random.Random(1).sample(events, 104), random.Random(2).sample(events, 104)):
        assert scores(Drive(*STEPS).apply(*order).tick(T + 200), T + 200) == expected


def test_a_known_address_claimed_by_another_lead_is_signalled_once_and_changes_nothing():
    """The first binding of an address stays; the later claimant is named, with the other."""
    drive = Drive(*STEPS).apply(form("a", T, lead_id="L1", email=ANN), view("b", T + 1, lead_id="L2", email=ANN))
    drive.apply(view("c", T + 2, lead_id="L2", email=ANN), view("d", T + 3, email=ANN)).tick(T + 4)
    assert [(s["signal"], s["lead_id"], s["other"], s["occurred_at"]) for s in drive.signals] == [
        ("duplicate_suspected", "L2", "L1", at(T + 1))
    ]
    assert scores(drive, T + 4) == {"L1": (10.0, [subject_of_email(ANN)]), "L2": (20.0, [])}


def test_an_external_id_claimed_by_another_lead_is_signalled_too():
    """External ids bind like addresses."""
    drive = Drive(*STEPS).apply(form("a", T, lead_id="L1", external_ids={"phone": "1-2"}))
    drive.apply(form("b", T, lead_id="L2", external_ids={"phone": "1-2"})).tick(T)
    assert [(s["signal"], s["lead_id"], s["other"]) for s in drive.signals] == [("duplicate_suspected", "L2", "L1")]


def test_merging_a_lead_into_itself_or_around_a_circle_does_nothing():
    """`crm.merged` into itself: nothing; of a circle the first merge stays."""
    drive = (
        Drive(*STEPS)
        .apply(view("a", T, lead_id="L1"), doc("m", "crm.merged", T + 1, lead_id="L1", into="L1"))
        .tick(T + 2)
    )
    assert drive.told("cause") == [("activity",)]
    drive.apply(doc("n", "crm.merged", T + 3, lead_id="L1", into="L2"))
    drive.apply(doc("o", "crm.merged", T + 4, lead_id="L2", into="L1"), view("p", T + 5, lead_id="L1")).tick(T + 6)
    assert scores(drive, T + 6) == {"L2": (20.0, ["L1"])}
    assert drive.told("seq", "cause", "to_stage", lead="L2") == [(1, "merge", "lead"), (2, "activity", "mql")]


def test_a_merge_that_names_nobody_is_refused_and_changes_nothing():
    """A dead letter with the reason; the lead is as before."""
    drive = Drive(*STEPS).apply(view("a", T, lead_id="L1")).tick(T)
    for into, reason in ((None, "missing_field"), ("0000", "no_identity"), ("v:x", "reserved_identity")):
        with pytest.raises(Refused) as refused:
            drive.apply(doc("m", "crm.merged", T + 1, lead_id="L1", into=into))
        assert refused.value.reason == reason
    assert scores(drive, T + 9) == {"L1": (10.0, [])}
    assert len(drive.lead("L1").facts) == 1


def test_a_merged_lead_that_was_evaluated_later_does_not_set_the_clock_back():
    """Rule 4: the clock after a merge is the later one of both, also where a fact is waiting."""
    drive = Drive(*STEPS, live=True).apply(view("a", T + 50, lead_id="L1")).tick(T + 50)
    drive.apply(form("b", T + 10, lead_id="L2"))
    drive.apply(doc("m", "crm.merged", T + 10, lead_id="L1", into="L2")).tick(T + 60)
    assert drive.lead("L2").clock == T + 50
    assert drive.moves("L2") == [("visitor", "lead", at(T + 50), "merge")]


def test_sources_are_the_first_and_last_campaigns_and_systems_only_without_any():
    """events.md, Derived: `source` counts only if no fact has a `campaign.source` at all."""
    drive = Drive(*STEPS).apply(view("a", T, lead_id="L1", source="site"), view("b", T + 1, lead_id="L1", source="app"))
    assert _attributes(drive, "first_source", "last_source", "first_campaign") == ["site", "app", None]
    drive.apply(view("c", T + 2, lead_id="L1", campaign={"source": "ads", "name": "spring"}))
    assert _attributes(drive, "first_source", "last_source", "first_campaign") == ["ads", "ads", "spring"]
    drive.apply(view("d", T - 5, lead_id="L1", campaign={"source": "mail", "name": "winter"}))
    assert _attributes(drive, "first_source", "last_source", "last_campaign") == ["mail", "ads", "spring"]


def test_an_account_is_said_by_events_else_by_forms_else_by_a_company_address():
    """events.md: free-mail domains are no accounts."""
    drive = Drive(*STEPS).apply(form("a", T, lead_id="L1", email="ann@gmail.com"))
    assert _attributes(drive, "account", "email_domain") == [None, "gmail.com"]
    drive.apply(form("b", T + 1, lead_id="L1", email="Ann@ACME.example "))
    assert _attributes(drive, "account", "email") == ["acme.example", "ann@acme.example"]
    drive.apply(form("c", T + 2, lead_id="L1", company_domain="corp.example"))
    assert _attributes(drive, "account", "email") == ["corp.example", "ann@acme.example"]
    drive.apply(form("d", T - 2, lead_id="L1", account="said.example"))
    assert _attributes(drive, "account") == ["said.example"]


def _attributes(drive, *names):
    drive.tick(T + 10)
    known = Reader(Scorer(drive.model)).outlook(drive.lead("L1"), T + 10).known.attributes
    return [known[name] for name in names]


def test_last_writer_wins_and_blank_text_deletes():
    """events.md, Attributes: by (occurred_at, event_id), whatever arrives first."""
    drive = Drive(*STEPS)
    drive.apply(form("b", T, lead_id="L1", job_title="CTO", city="Rome"), form("a", T, lead_id="L1", job_title="CEO"))
    drive.apply(form("c", T + 1, lead_id="L1", city="  "))
    drive.tick(T + 10)
    known = Reader(Scorer(drive.model)).outlook(drive.lead("L1"), T + 10).known.attributes
    assert known["job_title"] == "CTO"
    assert "city" not in known


@pytest.mark.parametrize("nobody", ["null", " None ", "-1", "0000", "00000000-0000-0000", "Anonymous", "undefined", ""])
def test_fillers_are_no_identity(nobody):
    """events.md, Guard rails: the filler is dropped, the rest of the event counts."""
    drive = Drive(*STEPS).apply(view("a", T, lead_id=nobody, visitor_id="v", external_ids={"phone": nobody})).tick(T)
    assert scores(drive, T) == {"v:v": (10.0, [])}
