"""`leadtide leads` and `leadtide explain` on a file of events."""

import json

import pytest

from pipeline.codec.instants import parse_instant
from pipeline.identity import subject_of_email
from tests.analysis.test_replay import DAY_MS, EVENTS, T, leadtide, save
from tests.scoring.making import doc

__all__ = ["leadtide"]
ANN = "L1"
MORE = [*EVENTS[:5], doc("g", "crm.contacted", T + DAY_MS, lead_id=None, external_ids={"crm_contact": "0035g"})]
MORE[-1]["email"] = "ann@acme.example"


@pytest.fixture
def ask(leadtide, tmp_path):
    """Runs a command on the events."""
    save(tmp_path / "events.ndjson", MORE)

    def run(command, *arguments):
        return leadtide(command, *arguments, "--model", "model.yaml", "--events", "events.ndjson")

    return run


@pytest.mark.parametrize(
    "name", ["ann@acme.example", " ANN@acme.example", "0035g", "v1", "v:v1", "L1", subject_of_email("ann@acme.example")]
)
def test_a_lead_is_found_by_whatever_people_know_of_it(ask, name):
    """An address, a CRM id, a visitor id, an alias, the lead id."""
    code, out, err = ask("explain", name, "--json")
    assert code == 0, err
    assert json.loads(out)["lead_id"] == ANN


def test_an_explanation_says_why_what_it_takes_and_what_comes(ask):
    """Score, ledger, reasons, the smallest activity, the next change by itself."""
    found = json.loads(ask("explain", "L2", "--json", "--at", "2026-03-03T10:00:00Z")[1])
    assert (found["stage"], found["as_of"]) == ("visitor", "2026-03-03T10:00:00.000Z")
    assert found["ledger"]["implicit"]["value"] == found["implicit"] < 10
    assert [r["rule"] for r in found["reasons"]] == ["views"]
    assert [(s["activity"], s["to_stage"]) for s in found["what_it_takes"]] == [("web.page_viewed", "lead")]
    assert found["next_by_itself"] is None
    later = json.loads(ask("explain", "L2", "--json")[1])
    assert later["stage"] == "lead"
    move = later["next_by_itself"]
    assert (move["to_stage"], move["direction"], move["cause"]) == ("visitor", "down", "decay")
    assert later["as_of"] < move["occurred_at"]


def test_an_explanation_as_of_an_instant_is_that_of_the_replay_until_then(ask):
    """Facts after --at are not known."""
    found = json.loads(ask("explain", "v1", "--json", "--at", "2026-03-02T10:00:00Z")[1])
    assert (found["lead_id"], found["anonymous"]) == ("v:v1", True)
    assert parse_instant(found["as_of"]) == T + 3_600_000


def test_an_explanation_for_people_names_the_stage_and_the_facts(ask):
    """Without --json a text with the tree of points."""
    code, out, _ = ask("explain", "ann@acme.example")
    assert code == 0
    for word in ("ann@acme.example", "lead", "boss: 30.00", "views", "web.page_viewed"):
        assert word in out


def test_nobody_of_that_name_is_one_helpful_message(ask):
    """Exit code 2, nothing on stdout, and what to try instead."""
    code, out, err = ask("explain", "bob@nowhere.example")
    assert (code, out) == (2, "")
    assert "bob@nowhere.example" in err
    assert "leadtide leads" in err
    assert "Traceback" not in err


def test_leads_are_listed_highest_total_first(ask):
    """--json: one document a line; --top and --stage choose."""
    listed = [json.loads(line) for line in ask("leads", "--json")[1].splitlines()]
    assert [row["lead_id"] for row in listed] == [ANN, "L2"]
    assert listed[0]["total"] >= listed[1]["total"]
    assert len(ask("leads", "--json", "--top", "1")[1].splitlines()) == 1
    assert ask("leads", "--json", "--stage", "visitor")[1] == ""


def test_leads_as_of_an_instant(ask):
    """--at: who was there then, with the score of then."""
    rows = [json.loads(line) for line in ask("leads", "--json", "--at", "2026-03-02T09:00:00Z")[1].splitlines()]
    assert [(row["lead_id"], row["total"]) for row in rows] == [("v:v1", 10.0)]


def test_leads_for_people_are_a_table(ask):
    """Addresses and stages; what to do next goes to stderr."""
    code, out, err = ask("leads")
    assert code == 0
    assert "ann@acme.example" in out
    assert "leadtide explain" in err


def test_an_unknown_stage_is_answered_with_the_ones_there_are(ask):
    """Exit code 2."""
    code, _, err = ask("leads", "--stage", "mql")
    assert code == 2
    assert "visitor, lead" in err


def test_a_bound_that_holds_points_back_is_told_in_words(ask, tmp_path):
    """Of a clip people read the bounds there are, and no others."""
    model = tmp_path / "model.yaml"
    model.write_text(model.read_text().replace('"points": 10', '"points": 10, "max": 7'))
    out = ask("explain", ANN)[1]
    assert "(at most 7)" in out
    assert "None" not in out


def test_a_lead_that_came_later_is_told_with_the_instant_asked_for(ask):
    """It may well be known today."""
    code, _, err = ask("explain", "ann@acme.example", "--at", "2020-01-01")
    assert (code, "as of 2020-01-01, no lead is known by" in err) == (2, True)


def test_what_to_do_next_looks_at_the_same_leads_in_the_same_way(ask):
    """The hint keeps the model, the files, the instant and the language that were given, quoted where needed."""
    err = ask("leads", "--at", "2026-03-02 11:00:00Z", "--language", "zh")[2]
    options = "--model model.yaml --events events.ndjson --at '2026-03-02 11:00:00Z' --language zh"
    assert f"next: leadtide explain ADDRESS {options}\n" in err


def test_an_account_is_explained_only_where_the_model_has_accounts(ask):
    """Whoever asks for one under another model is told what is missing."""
    code, out, err = ask("explain", "a:acme.example")
    assert (code, out) == (2, "")
    assert "the model small has no accounts: give it a section `account`" in err


def test_people_read_who_owns_a_lead_and_how_long_it_was_where(ask, tmp_path):
    """One line for each stage that was left, by when it was entered, with how often and how long in all."""
    claim = doc("claim", "crm.claimed", T + DAY_MS, lead_id=None, email="ann@acme.example", owner="eve")
    save(tmp_path / "events.ndjson", [*MORE, claim])
    out = ask("explain", ANN)[1]
    assert "owner: eve\n" in out
    (stay,) = json.loads(ask("explain", ANN, "--json")[1])["history"]
    assert (stay["stage"], stay["times"]) == ("visitor", 1)
    assert "was in visitor for " in out


def test_times_are_given_and_shown_in_one_zone_that_is_named(ask, monkeypatch):
    """A time that an explanation shows can be asked for as it stands."""
    monkeypatch.setenv("TZ", "Asia/Taipei")
    out = ask("explain", "v1", "--at", "2026-03-02 18:00:00")[1]
    assert "as of 2026-03-02 18:00:00\ntimes in Asia/Taipei\n" in out
    found = json.loads(ask("explain", "v1", "--at", "2026-03-02 18:00:00", "--json")[1])
    assert found["as_of"] == "2026-03-02T10:00:00.000Z"
    assert "times in Asia/Taipei" in ask("leads")[2]
