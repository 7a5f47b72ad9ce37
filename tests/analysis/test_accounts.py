"""Accounts in files and commands: `accounts.ndjson`, `leadtide accounts`, `explain` of an account, a rebuilt table."""

from __future__ import annotations

import json

import pytest

from pipeline.analysis.outputs import account_rows, is_lead
from pipeline.analysis.rebuilding import Successor
from pipeline.analysis.replay import replay
from pipeline.engine.engine import Engine
from pipeline.engine.packing import pack
from pipeline.errors import HistoryError
from pipeline.ndjson import Line
from tests.analysis.test_replay import leadtide, rows, save  # noqa: F401 - a fixture
from tests.engine.committees import QUIET, WORTH, account_section, is_a, view
from tests.engine.driving import go, lifecycle
from tests.scoring.making import doc, event_of, model_of, text_of

ENGAGED = go("known", "engaged", {"total": {"at_least": 80}}, leave={"total": {"at_least": 50}}, title="warm")
MODEL = {
    "implicit": {"rules": [WORTH]},
    "lifecycle": lifecycle(),
    "grades": QUIET,
    "account": account_section(ENGAGED),
}
EVENTS = [
    view("e1", 0, "L1", 70),
    is_a("e2", 1, "L1", job_title="CEO"),
    view("e3", 2, "L2", 40),
    doc("e4", "crm.claimed", 3, "L2", owner="eve"),
    view("e5", 4, "L3", 5, "globex"),
]


@pytest.fixture
def told(leadtide, tmp_path):  # noqa: F811
    """Runs a command over the events under the model: (exit code, stdout, stderr)."""
    (tmp_path / "accounts.yaml").write_text(text_of(MODEL))
    save(tmp_path / "events.ndjson", EVENTS)
    return lambda *arguments: leadtide(*arguments, "--model", "accounts.yaml")


def test_replay_writes_the_accounts(told, tmp_path):
    """One line each, by id: stage, total, contacts by what they add, roles, owners; and none of them among scores."""
    code, out, _ = told("replay", "--out", "out", "events.ndjson", "--json")
    assert code == 0
    assert json.loads(out)["accounts"] == 2
    acme, globex = rows(tmp_path / "out" / "accounts.ndjson")
    assert (acme["account_id"], acme["account"], acme["stage"], acme["total"]) == ("a:acme", "acme", "engaged", 90)
    assert [(c["lead_id"], c["points"], c["owner"]) for c in acme["contacts"]] == [("L1", 70, None), ("L2", 20, "eve")]
    assert (acme["roles_covered"], acme["owners"]) == (["decider"], ["eve"])
    assert acme["roles_missing"] == ["technical", "user", "payer"]
    assert (acme["as_of"], acme["due_at"]) == ("1970-01-01T00:00:00.004Z", None)
    assert (globex["account_id"], globex["total"]) == ("a:globex", 5)
    assert {row["lead_id"] for row in rows(tmp_path / "out" / "scores.ndjson")} == {"L1", "L2", "L3"}


def test_without_accounts_in_the_model_there_is_no_such_file(leadtide, tmp_path):  # noqa: F811
    """The folder holds what it held before."""
    save(tmp_path / "events.ndjson", EVENTS)
    assert leadtide("replay", "--model", "model.yaml", "--out", "out", "events.ndjson")[0] == 0
    assert not (tmp_path / "out" / "accounts.ndjson").exists()


def test_accounts_are_listed_highest_total_first(told):
    """As a table, and one JSON document a line; of one stage; a few of them."""
    code, out, err = told("accounts", "--events", "events.ndjson")
    assert code == 0
    assert out.index("acme") < out.index("globex")
    assert "90.0" in out
    assert "technical" in out
    assert "leadtide explain a:acme --model accounts.yaml --events events.ndjson" in err
    _, out, _ = told("accounts", "--events", "events.ndjson", "--json")
    assert [json.loads(line)["account"] for line in out.splitlines()] == ["acme", "globex"]
    _, out, _ = told("accounts", "--events", "events.ndjson", "--json", "--stage", "known")
    assert [json.loads(line)["account"] for line in out.splitlines()] == ["globex"]
    _, out, _ = told("accounts", "--events", "events.ndjson", "--json", "--top", "1")
    assert len(out.splitlines()) == 1
    code, out, err = told("accounts", "--events", "events.ndjson", "--stage", "buying")
    assert (code, out) == (0, "")
    assert "no accounts in the stage buying" in err


def test_accounts_of_a_model_that_has_none_are_refused(leadtide, told):  # noqa: F811
    """With the way out; and so is a stage that they do not have."""
    code, out, err = leadtide("accounts", "--model", "model.yaml", "--events", "events.ndjson")
    assert (code, out) == (2, "")
    assert "has no accounts" in err
    assert "preset:committee" in err
    code, _, err = told("accounts", "--events", "events.ndjson", "--stage", "visitor")
    assert code == 2
    assert "known, engaged, buying" in err


def test_an_account_is_explained_by_its_contacts(told):
    """Who adds what, and since when it stands there."""
    code, out, _ = told("explain", "a:acme", "--events", "events.ndjson")
    assert code == 0
    assert "L1" in out
    assert "70.0" in out
    found = json.loads(told("explain", "a:acme", "--events", "events.ndjson", "--json")[1])
    assert (found["total"], found["stage"], found["transitions"]) == (90, "engaged", 1)
    assert found["entered_at"] == "1970-01-01T00:00:00.002Z"


def lines():
    return [Line("e", number, json.dumps(event).encode()) for number, event in enumerate(EVENTS, 1)]


def test_leads_do_not_list_accounts(told):
    """Nor does `leads`."""
    _, out, _ = told("leads", "--events", "events.ndjson", "--json")
    assert {json.loads(line)["lead_id"] for line in out.splitlines()} == {"L1", "L2", "L3"}


def test_an_account_that_was_decided_later_is_not_told_as_it_was():
    """Its contacts of then are not kept: ask the log."""
    result = replay(model_of(MODEL), lines())
    with pytest.raises(HistoryError, match="a:acme was decided"):
        list(account_rows(result.engine.profiles(), result.model, 1))


def test_a_rebuilt_account_goes_on_under_its_next_seq():
    """What was told stays told; only where the new model leads elsewhere there is a change, because of the model."""
    old = Engine(model_of(MODEL))
    for event in EVENTS[:3]:
        old.apply(event_of(event))
    old.tick(9)
    before = {p.subject.encode(): pack(p) for p in old.profiles()}
    for least, told_changes in ((80, []), (800, [("a:acme", "engaged", "known", 2, "model_change", 90.0)])):
        section = account_section(go("known", "engaged", {"total": {"at_least": least}}))
        model = model_of(MODEL | {"account": section})
        engine = replay(model, lines()).engine
        successor = Successor(model, epoch=1, instant=50, stamp=lambda document: document)
        effects = successor.part(engine.profiles(), before).effects
        fields = ("lead_id", "from_stage", "to_stage", "seq", "cause", "total")
        changes = [tuple(keyed.value[field] for field in fields) for keyed in effects.stage_changes]
        assert changes == told_changes
        assert not [keyed.key for keyed in effects.scores if keyed.key.startswith("a:")]
    assert not [p.subject for p in old.profiles() if is_lead(p) and p.subject.startswith("a:")]


def test_explain_names_contacts_by_their_addresses(told, tmp_path):
    """Beside the id; stages by title; who has no address is named by the id."""
    named = doc("e6", "crm.attribute_set", 5, "L1", email="ann@acme.example")
    save(tmp_path / "events.ndjson", [*EVENTS, named])
    code, out, err = told("explain", "a:acme", "--events", "events.ndjson", "--json")
    assert code == 0, err
    assert [(c["lead_id"], c["email"]) for c in json.loads(out)["contacts"]] == [
        ("L1", "ann@acme.example"),
        ("L2", None),
    ]
    shown = told("explain", "a:acme", "--events", "events.ndjson")[1]
    for text in ("ann@acme.example", "L1", "L2", "as of 1970-01-01"):
        assert text in shown


def test_an_account_that_nobody_knows_is_told_as_one(told):
    """With where to find those that are known."""
    code, _, err = told("explain", "a:nowhere", "--events", "events.ndjson")
    assert (code, "no account is known by 'a:nowhere'" in err, "leadtide accounts" in err) == (2, True, True)
