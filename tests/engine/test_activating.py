"""A model that takes another's place while leads are there."""

from pipeline.engine.activating import MODEL_KEY, InForce, ModelChange
from pipeline.engine.engine import Engine
from tests.engine.driving import DAY_MS, Drive, at, go, lifecycle
from tests.scoring.making import text_of

VIEW = {"type": "web.page_viewed", "lead_id": "L"}
WARM = go("visitor", "lead", {"implicit": {"at_least": 20}}, leave={"implicit": {"at_least": 10}}, id="warm")


def view(name, instant, lead="L", **properties):
    return {"event_id": name, "occurred_at": instant, **VIEW, "lead_id": lead, "properties": properties}


def change(instant, *transitions, name="c1", renamed=None, points=10, cycle=None, **model):
    """A change to such a model; `points` are what a page view pays."""
    rules = [{"id": "views", "on": "web.page_viewed", "points": points}]
    document = {"implicit": {"rules": rules}, "lifecycle": cycle or lifecycle(*transitions), **model}
    return ModelChange(name, instant, text_of(document), renamed=renamed or {})


def over(drive, model):
    drive.engine.activate(model)
    while drive.engine.bring_over(1):
        pass
    assert not drive.engine.is_changing
    return drive.tick(drive.engine.time)


def test_a_lead_moves_at_the_instant_of_the_change_and_because_of_it():
    """What the new model makes true fires at its instant, with cause `model_change` and no trigger."""
    drive = Drive(WARM).apply(view("e1", 100))
    over(drive, change(500, WARM, points=30))
    assert drive.told("from_stage", "to_stage", "occurred_at", "cause", "trigger_event_id", "seq") == [
        ("visitor", "lead", at(500), "model_change", None, 1)
    ]
    assert drive.lead("L").clock == 500


def test_what_was_due_before_the_change_happens_under_the_former_model():
    """A window that ends before the change takes its points then, with its own cause, not at the change."""
    faded = {"id": "views", "on": "web.page_viewed", "points": 20, "decay": {"window": "1d"}}
    drive = Drive(WARM, rules=(faded,)).apply(view("e1", 100))
    over(drive, change(2 * DAY_MS, WARM))
    assert drive.moves() == [
        ("visitor", "lead", at(100), "activity"),
        ("lead", "visitor", at(100 + DAY_MS), "decay"),
    ]


def test_a_leave_that_the_new_model_breaks_leads_back():
    """A lead whose `leave` does not hold under the new model goes back at the change."""
    drive = Drive(WARM).apply(view("e1", 100), view("e2", 200))
    over(drive, change(500, WARM, points=1))
    assert drive.moves()[-1] == ("lead", "visitor", at(500), "model_change")
    assert drive.told("seq", "retracts_seq")[-1] == (2, 1)


def test_a_leave_that_breaks_later_takes_nothing_back():
    """Under the new model as under any: going back as time passes retracts no record."""
    faded = {"rules": [{"id": "views", "on": "web.page_viewed", "points": 10, "decay": {"window": "1d"}}]}
    drive = Drive(WARM).apply(view("e1", 100), view("e2", 200))
    over(drive, change(500, WARM, implicit=faded))
    drive.tick(9 * DAY_MS)
    assert drive.told("cause", "retracts_seq")[-1] == ("decay", None)


def test_a_lead_set_by_hand_stays_where_it_was_set():
    """Orders, pins and waits for approval outlive a change of model that has their stages and transitions."""
    ways = WARM, go("lead", "mql", {"action": "crm.accepted"}, approvals=[{"step": "legal"}])
    drive = Drive(*ways)
    for name, lead, kind, more in (
        ("a", "L", "crm.stage_set", {"stage": "lead"}),
        ("b", "L", "crm.accepted", {}),
        ("c", "M", "crm.stage_set", {"stage": "visitor", "pin": True}),
        ("d", "M", "web.page_viewed", {}),
    ):
        event = {"event_id": name, "type": kind, "lead_id": lead, "occurred_at": 100, "properties": more}
        drive.apply(event | {"occurred_at": 100 + ord(name)})
    over(drive, change(500, *ways, points=30))
    approved = {"event_id": "z", "type": "crm.approved", "lead_id": "L", "occurred_at": 600}
    drive.apply(approved | {"properties": {"step": "legal"}}).tick(700)
    assert drive.told("lead_id", "to_stage", "cause") == [("L", "lead", "manual"), ("L", "mql", "approval")]


def test_a_touched_lead_comes_over_before_its_new_fact():
    """Without one step of `bring_over`, an event finds its lead under the new model, the change told before it."""
    drive = Drive(WARM).apply(view("e1", 100), view("f1", 100, "M"))
    drive.engine.activate(change(500, WARM, points=15))
    drive.apply(view("e2", 600)).tick(700)
    assert drive.moves("L") == [("visitor", "lead", at(600), "activity")]
    assert drive.lead("L").epoch == 1
    assert drive.engine.is_changing


def test_a_late_fact_is_decided_under_the_new_model():
    """A fact of before the change that comes after it does not wake the former model."""
    drive = Drive(WARM).apply(view("e1", 100))
    drive.engine.activate(change(500, WARM, points=15))
    drive.apply(view("e0", 90)).tick(500)
    assert drive.moves() == [("visitor", "lead", at(500), "decay")]


def test_dues_that_were_passed_over_meanwhile_are_made_up_for():
    """A tick overtakes leads that have not come over; each is then decided at its own instants up to that tick."""
    drive = Drive(go("visitor", "mql", {"count": {"on": "web.searched", "at_least": 9, "within": "1d"}}))
    drive.apply(view("e1", 100))
    drive.engine.activate(change(500, go("visitor", "lead", {"in_stage_for": "1d"})))
    drive.tick(2 * DAY_MS)
    while drive.engine.bring_over(10):
        pass
    drive.tick(2 * DAY_MS)
    assert drive.moves() == [("visitor", "lead", at(100 + DAY_MS), "timer")]


def test_a_renamed_stage_goes_on_as_if_it_had_always_been_called_so():
    """The lead is told to stand in the new name, keeps its instant of entry, and its way back leads over new names."""
    before = lifecycle(WARM, go("lead", "mql", {"implicit": {"at_least": 30}}, leave={"implicit": {"at_least": 25}}))
    after = lifecycle(
        WARM | {"from": "guest", "to": "prospect"},
        go("prospect", "mql", {"implicit": {"at_least": 30}}, leave={"implicit": {"at_least": 25}}, id="lead>mql"),
        stages=("guest", "prospect", "mql"),
    )
    drive = Drive(cycle=before).apply(view("e1", 100), view("e2", 200), view("f1", 100, "M"))
    renamed = {"visitor": "guest", "lead": "prospect"}
    over(drive, change(500, cycle=after, renamed=renamed))
    assert drive.moves("L")[1:] == [("lead", "prospect", at(500), "model_change")]
    assert drive.told("direction", lead="L")[-1] == ("side",)
    assert drive.lead("L").standing.path == [("guest", ""), ("prospect", "warm")]
    assert drive.lead("L").standing.entered_at == 200
    assert drive.moves("M") == []
    assert drive.lead("M").standing.stage == "guest"


def test_a_stage_that_is_gone_without_a_new_name_leads_to_the_entry():
    """Whoever stands in a stage that the model does not have begins anew in the entry stage, and is told so."""
    drive = Drive(go("visitor", "mql", {"implicit": {"at_least": 10}})).apply(view("e1", 100))
    over(drive, change(500, WARM, cycle=lifecycle(stages=("visitor", "lead"))))
    assert drive.moves()[-1] == ("mql", "visitor", at(500), "model_change")
    assert drive.lead("L").standing.entered_at == 500


def test_a_change_before_the_time_of_the_partition_takes_effect_then():
    """Time does not run back: a change that comes late counts from the partition's time on."""
    drive = Drive(WARM).apply(view("e1", 100), view("f1", 900, "M"))
    over(drive, change(500, WARM, points=30))
    assert drive.moves("L") == [("visitor", "lead", at(900), "model_change")]


def test_a_lead_that_takes_over_a_standing_after_the_change_does_not_move_because_of_it():
    """Somebody new who takes over a visitor's standing moves by its own activity, long after the change of model."""
    seen = {"type": "web.page_viewed", "visitor_id": "v", "properties": {}}
    drive = Drive(WARM).apply(view("e1", 100))
    over(drive, change(500, go("visitor", "lead", "identified")))
    drive.apply({"event_id": "v1", "occurred_at": 600, **seen})
    drive.apply({"event_id": "n1", "occurred_at": 700, "type": "form.submitted", "lead_id": "N", "visitor_id": "v"})
    drive.tick(800)
    assert drive.moves("N") == [("visitor", "lead", at(700), "activity")]


def test_the_same_change_again_changes_nothing():
    """A change is made once, whatever brings its record again."""
    drive = Drive(WARM).apply(view("e1", 100))
    once = change(500, WARM, points=30)
    over(drive, once)
    drive.apply(view("e2", 600))
    over(drive, once)
    assert len(drive.moves()) == 1
    assert drive.engine.state()["activation"] == "c1"


def test_a_second_change_waits_for_nobody_and_loses_nobody():
    """A change while leads are still to come over to the one before: they come over to it first, then to this one."""
    drive = Drive(WARM).apply(view("e1", 100), view("f1", 100, "M"))
    drive.engine.activate(change(500, WARM, points=30))
    over(drive, change(600, WARM, name="c2", points=1))
    for lead in ("L", "M"):
        assert drive.moves(lead) == [
            ("visitor", "lead", at(500), "model_change"),
            ("lead", "visitor", at(600), "model_change"),
        ]


def test_a_new_owner_goes_on_where_the_last_one_was():
    """Recovered in the middle of a change, with another model in its settings, an engine ends as one that ran on."""
    events = [view(f"e{n}", 100 + n, f"L{n}") for n in range(20)]
    later = [view(f"g{n}", 1000 + n, f"L{n}") for n in range(0, 20, 3)]
    new = change(500, WARM, points=15)
    whole = Drive(WARM).apply(*events)
    over(whole, new).apply(*later).tick(2000)

    first = Drive(WARM).apply(*events)
    first.engine.activate(new)
    assert first.engine.bring_over(7) == 7
    effects = first.engine.take()
    told = [keyed.value for keyed in effects.stage_changes]
    second = Drive(WARM, rules=({"id": "other", "on": "web.searched", "points": 1},))
    for key, value in effects.changelog:
        second.engine.load(key, value)
    second.engine.restore(first.engine.state())
    assert second.engine.is_changing
    assert second.engine.state()["coming_over"] == 20
    over(second, new).apply(*later).tick(2000)
    key = lambda c: (c["lead_id"], c["seq"])  # noqa: E731 - of two lists
    told = [{k: v for k, v in c.items() if k != "decided_at"} for c in told]
    assert sorted(first.changes + told + second.changes, key=key) == sorted(whole.changes, key=key)
    assert {p.subject: p.standing.stage for p in second.engine.profiles()} == {
        p.subject: p.standing.stage for p in whole.engine.profiles()
    }


def test_the_model_in_force_stands_in_the_changelog():
    """The first checkpoint holds the model with its names; a cut-off one is written over with it, not removed."""
    drive = Drive(WARM)
    ((key, value),) = drive.engine.take().changelog
    assert key == MODEL_KEY
    stored = InForce.unpack(value)
    assert (stored.text, stored.epoch, stored.complete) == (drive.model.text, 0, drive.model.kept_names)
    assert drive.engine.take().changelog == []
    drive.engine.write_over([MODEL_KEY])
    assert drive.engine.take().changelog == [(MODEL_KEY, value)]


def test_the_model_of_the_table_wins_over_the_setting():
    """A worker that is started with another model goes on with the one in force."""
    first = Drive(WARM).apply(view("e1", 100))
    second = Engine(Drive(go("visitor", "sql", "identified")).model)
    for key, value in first.engine.take().changelog:
        second.load(key, value)
    second.restore(first.engine.state())
    assert second.model.digest == first.model.digest
    assert not second.is_changing


def test_names_are_complete_only_if_every_model_kept_them():
    """A name that some model of the past did not keep is not complete, whichever model keeps it now."""
    drive = Drive(WARM, keep=["a", "b"])
    over(drive, change(500, WARM, keep=["b", "c"]))
    over(drive, change(600, WARM, name="c2", keep=["a", "b", "c"]))
    ((_, value),) = [item for item in drive.engine.take().changelog if item[0] == MODEL_KEY]
    assert InForce.unpack(value).complete & {"a", "b", "c"} == {"b"}
