"""`crm.erased`: a person is forgotten, wherever something of them lay (scoring.md, Consent)."""

from __future__ import annotations

import json
from itertools import chain

import pytest

from pipeline.analysis.outputs import without_erased
from pipeline.analysis.people import Population
from pipeline.analysis.rebuilding import Successor, Until, scored
from pipeline.analysis.replay import replay
from pipeline.engine.erased import ERASED_PREFIX, Erasures
from pipeline.identity import subject_of_email, subject_of_external
from pipeline.ndjson import Line
from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at, go
from tests.scoring.making import doc, event_of

T = 1_760_000_000_000
ANN = "ann@acme.example"


def erased(event_id, instant, **who):
    return {"event_id": event_id, "type": "crm.erased", "occurred_at": instant, **who}


def lead_way():
    return Drive(go("visitor", "lead", "identified"), go("lead", "mql", {"implicit": {"at_least": 20}}))


def view(event_id, instant, lead_id="L1", **more):
    return doc(event_id, "web.page_viewed", instant, lead_id, **more)


def facts(drive, subject):
    profile = drive.engine.table.get(subject)
    return set() if profile is None else set(profile.facts)


def test_an_erased_lead_is_forgotten_and_begins_anew():
    """Facts up to the erasure are gone, its address answers for itself; new facts start at the entry, `seq` goes on."""
    drive = lead_way().apply(view("a", T, email=ANN), view("b", T + 1), view("c", T + 2)).tick(T + 5)
    assert drive.told("seq", "to_stage") == [(1, "lead"), (2, "mql")]
    drive.apply(erased("x", T + 10, lead_id="L1")).tick(T + 11)
    assert not facts(drive, "L1")
    drive.apply(view("d", T + 20)).tick(T + 21)
    assert facts(drive, "L1") == {"d"}
    assert drive.told("seq", "from_stage", "to_stage", "occurred_at")[2:] == [(3, "visitor", "lead", at(T + 20))]
    drive.apply(doc("e", "web.page_viewed", T + 30, None, email=ANN)).tick(T + 31)
    assert facts(drive, subject_of_email(ANN)) == {"e"}


@pytest.mark.parametrize("order", [("a", "x"), ("x", "a")])
def test_what_happens_at_the_instant_of_the_erasure_is_erased_in_either_order(order):
    """A fact at T, before or after the erasure at T, is gone, and so is the address that it binds."""
    at_once = {"a": view("a", T, email=ANN), "x": erased("x", T, lead_id="L1")}
    drive = lead_way().apply(view("0", T - 5), *(at_once[name] for name in order)).tick(T + 5)
    assert not facts(drive, "L1")
    assert not facts(drive, subject_of_email(ANN))
    drive.apply(doc("b", "web.page_viewed", T + 9, None, email=ANN)).tick(T + 10)
    assert facts(drive, subject_of_email(ANN)) == {"b"}


def test_what_was_before_and_comes_later_is_dropped_and_counted():
    """Replayed inputs bring nothing back, neither of the lead nor of what it was known by; nothing is a dead letter."""
    documents = [view("a", T, email=ANN, visitor_id="v1"), doc("b", "web.page_viewed", T + 1, None, visitor_id="v1")]
    drive = lead_way().apply(*documents, erased("x", T + 10, lead_id="L1")).tick(T + 11)
    told = len(drive.changes)
    drive.apply(*documents, doc("c", "web.page_viewed", T + 2, None, email=ANN)).tick(T + 20)
    drive.apply(erased("x", T + 10, lead_id="L1"), erased("y", T + 10, lead_id="L1")).tick(T + 30)
    assert drive.engine.outcomes.erased == 5
    assert len(drive.changes) == told
    assert not any(profile.facts for profile in drive.engine.profiles())


@pytest.mark.parametrize(
    "who", [{"lead_id": "nobody"}, {"email": ANN}, {"visitor_id": "v9"}, {"external_ids": {"phone": "7"}}]
)
def test_somebody_unknown_can_be_erased(who):
    """Nothing is stored but the row, and what comes later from before is dropped."""
    drive = lead_way().apply(erased("x", T, **who)).tick(T + 1)
    drive.apply({"event_id": "a", "type": "web.page_viewed", "occurred_at": T - 1, **who}).tick(T + 2)
    assert not list(drive.engine.profiles())
    assert [key for key, _ in drive.engine.take().changelog if key.startswith(ERASED_PREFIX)]
    drive.apply({"event_id": "b", "type": "web.page_viewed", "occurred_at": T + 3, **who}).tick(T + 4)
    assert [set(profile.facts) for profile in drive.engine.profiles()] == [{"b"}]


def test_an_alias_names_the_lead_it_belongs_to():
    """By the address, a visitor or a merged lead's id the whole person is erased."""
    known = [view("a", T, email=ANN), view("b", T + 1, visitor_id="v1"), view("c", T + 2, "L0")]
    merged = doc("m", "crm.merged", T + 3, "L0", into="L1")
    for who in ({"email": ANN}, {"visitor_id": "v1"}, {"lead_id": "L0"}):
        drive = lead_way().apply(*known, merged, erased("x", T + 9, **who)).tick(T + 10)
        assert not list(drive.engine.profiles()), who


def test_what_another_lead_did_as_the_same_visitor_stays_its_own():
    """The visitor is shared: L2 keeps its facts and its binding, also what comes late; L1's are gone for good."""
    drive = lead_way().apply(
        view("a", T, visitor_id="v1"),
        doc("b", "web.page_viewed", T + 1, None, visitor_id="v1"),
        view("c", T + 10, "L2", visitor_id="v1"),
        doc("d", "web.page_viewed", T + 11, None, visitor_id="v1"),
        erased("x", T + 20, lead_id="L1"),
    )
    drive.tick(T + 21)
    drive.apply(*(doc(name, "web.page_viewed", when, None, visitor_id="v1") for name, when in LATE)).tick(T + 40)
    assert {p.subject: set(p.facts) for p in drive.engine.profiles() if p.facts} == {
        "L2": {"c", "d", "after L2", "now"}
    }


def test_a_shared_visitor_is_found_as_the_lead_that_is_left():
    """Whoever asks for the visitor is told of L2, also where the erased lead was the visitor last."""
    drive = lead_way().apply(
        view("a", T, "L2", visitor_id="v1"), view("b", T + 1, visitor_id="v1"), erased("x", T + 5, lead_id="L1")
    )
    people = Population.of(drive.model, drive.tick(T + 6).engine.profiles(), T + 6)
    assert people.find("v1").subject == "L2"


LATE = [("as L1", T + 2), ("after L2", T + 12), ("now", T + 30)]


def test_one_row_under_a_salted_hash_is_all_that_stays():
    """No value of the person is in the table, and who has another salt finds nobody."""
    drive = (
        lead_way()
        .apply(
            view("a", T, email=ANN, visitor_id="v-ann", external_ids={"phone": "+49 30 1"}, name="Ann Smith"),
            doc("f", "form.submitted", T + 1, job_title="Ann's own title", first_name="Annabel"),
            view("o", T, "other"),
        )
        .tick(T + 2)
    )
    stored = dict(drive.engine.take().changelog)
    assert b"Annabel" in b"".join(stored.values())
    drive.apply(erased("x", T + 5, lead_id="L1"))
    drive.engine.tick(T + 6)
    effects = drive.engine.take()
    for key, value in effects.changelog:
        stored.pop(key, None)
        if value is not None:
            stored[key] = value
    everything = b"".join(chain.from_iterable(stored.items()))
    persons = ("Ann", "ann@", "v-ann", "+49", "L1", subject_of_email(ANN), subject_of_external("phone", "+49 30 1"))
    assert [word for word in persons if word.encode() in everything] == []
    assert b"other" in everything
    assert ("L1", None, T + 5) in effects.scores
    rows = {key: value for key, value in stored.items() if key.startswith(ERASED_PREFIX)}
    assert len(rows) == 4
    for salt, found in (("", T + 5), ("another", -1)):
        erasures = Erasures(salt)
        for key, value in rows.items():
            erasures.load(key, value)
        assert erasures.until("L1") == found


def test_an_erasure_survives_recovery():
    """Another engine that loads the changelog drops what is late and goes on with the next `seq`."""
    first = lead_way().apply(view("a", T), erased("x", T + 5, lead_id="L1")).tick(T + 6)
    second = lead_way()
    for key, value in first.engine.take().changelog:
        second.engine.load(key, value)
    second.engine.restore(first.engine.state())
    second.apply(view("b", T + 1), view("c", T + 9)).tick(T + 10)
    assert facts(second, "L1") == {"c"}
    assert second.told("seq", "to_stage") == [(2, "lead")]


def test_an_erasure_that_was_cut_off_is_written_over():
    """Without transactions a row may be written that no checkpoint includes: the table's own word replaces it."""
    drive = lead_way().apply(view("a", T), erased("x", T + 5, lead_id="L1")).tick(T + 6)
    (key,) = (key for key, _ in drive.engine.take().changelog if key.startswith(ERASED_PREFIX))
    fresh = lead_way().engine
    fresh.write_over([key])
    assert (key, None) in fresh.take().changelog


def test_replay_leaves_out_what_was_told_of_the_erased(tmp_path):
    """Stage changes up to the erasure are in no file; those after it begin at the next `seq`."""
    way = go("visitor", "lead", "identified")
    documents = [view("a", T), view("b", T, "L2"), erased("x", T + 5, lead_id="L1"), view("c", T + 9)]
    model = Drive(way).model
    lines = [Line("e.ndjson", n, json.dumps(each).encode()) for n, each in enumerate(documents, 1)]
    found = replay(model, lines)
    found.write(tmp_path)
    told = [(row["lead_id"], row["seq"]) for row in found.stage_changes]
    assert sorted(told) == [("L1", 2), ("L2", 1)]
    assert not found.dead_letters
    last = replay(model, lines[:3])
    last.write(tmp_path)
    assert "L1" not in "".join(path.read_text() for path in tmp_path.iterdir())


def test_rows_told_before_the_erasure_are_left_out_of_files():
    """What was written to the topics long ago is filtered by the row: at the erasure's instant yes, after it no."""
    erasures = Erasures("s")
    erasures.note("L1", T, 3)
    rows = [{"lead_id": lead, "occurred_at": at(when)} for lead in ("L1", "L2") for when in (T, T + 1)]
    assert without_erased(rows, erasures) == rows[1:]


def test_a_rebuild_knows_the_erased_although_the_event_is_gone():
    """Scored anew from what is left of the inputs, the past of an erased lead stays away, and its `seq` goes on."""
    drive = lead_way().apply(view("a", T), erased("x", T + 5, lead_id="L1")).tick(T + 6)
    left = [event_of(view("a", T)), event_of(view("b", T + 9))]
    rebuilt = scored(drive.model, left, Until(T + 20, settled=True), lambda _done, _all: None, drive.engine.erased)
    assert [set(profile.facts) for profile in rebuilt.profiles()] == [{"b"}]
    successor = Successor(drive.model, epoch=1, instant=T + 20, stamp=lambda each: each, erased=drive.engine.erased)
    told = [keyed.value for keyed in successor.part(rebuilt.profiles(), {}).effects.stage_changes]
    assert [(change["seq"], change["to_stage"]) for change in told] == [(2, "lead")]


def test_a_rebuild_writes_over_a_row_that_was_cut_off():
    """What a checkpoint that was never finished left behind is replaced by what the finished ones say."""
    model, rows = lead_way().model, {ERASED_PREFIX + b"1": b"old"}
    successor = Successor(model, epoch=1, instant=T, stamp=lambda each: each)
    written = successor.part([], {}, [ERASED_PREFIX + b"1", ERASED_PREFIX + b"2"], rows).effects
    assert dict(written.changelog) == {ERASED_PREFIX + b"1": b"old", ERASED_PREFIX + b"2": None}
    assert not written.scores


def test_an_account_loses_the_contact_that_is_erased():
    """Its total is that of the contacts that are left."""
    stages = {"entry": "known", "stages": {"known": {}}, "transitions": []}
    account = {"key": "account", "lifecycle": stages}
    drive = Drive(go("visitor", "lead", "identified"), account=account)
    drive.apply(view("a", T, email="a@acme.example"), view("b", T, "L2", email="b@acme.example")).tick(T + 1)
    (contacts,) = (set(p.contacts) for p in drive.engine.profiles() if p.contacts)
    assert contacts == {"L1", "L2"}
    drive.apply(erased("x", T + 5, lead_id="L1")).tick(T + 6)
    (contacts,) = (set(p.contacts) for p in drive.engine.profiles() if p.contacts)
    assert contacts == {"L2"}


def test_an_erasure_that_comes_late_makes_nothing_be_told_twice():
    """A stage entered after the erasure's instant was told: it stays, and only what was before is forgotten."""
    ways = go("visitor", "lead", {"implicit": {"at_least": 20}})
    views = [doc(f"v{n}", "web.page_viewed", T + n * HOUR_MS) for n in (1, 2, 3)]
    drive = Drive(ways).apply(*views, doc("x", "crm.erased", T), doc("v4", "web.page_viewed", T + 4 * HOUR_MS))
    drive.tick(T + DAY_MS)
    assert drive.told("seq", "to_stage", "occurred_at") == [(1, "lead", at(T + 2 * HOUR_MS))]
