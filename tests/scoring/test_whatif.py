"""What would move a lead on: approvals, waits for them, and ways that end lower than they began."""

from __future__ import annotations

from pipeline.scoring.scorer import Scorer
from pipeline.scoring.whatif import WhatIf
from tests.engine.driving import Drive, go, lifecycle
from tests.scoring.making import doc

T = 1_772_442_600_000
MANAGER, LEGAL = {"step": "manager"}, {"step": "legal"}
ACCEPTED = go("mql", "sql", {"action": "crm.accepted"}, id="accepted", title="Accepted")
START = go("visitor", "mql", {"action": "crm.attribute_set"}, id="start")


def ways(drive: Drive, at: int) -> list[tuple[str, dict[str, object], str, str | None]]:
    """Activity, fields, stage and approval asked for, of each way on."""
    lead = drive.tick(at).lead("L1")
    what_if = WhatIf(Scorer(drive.model), lead.subject, lead.facts, lead.standing, at)
    before = repr(lead.standing)
    found = [(step.type, step.fields, step.to_stage, step.asks) for step in what_if.steps()]
    assert repr(lead.standing) == before
    return found


def test_an_activity_that_begins_a_wait_tells_who_is_asked():
    """The stage is where the wait leads, and the approval asked for is the first."""
    drive = Drive(START, ACCEPTED | {"approvals": [MANAGER, LEGAL]})
    drive.apply(doc("a", "crm.attribute_set", T, city="x"))
    assert ways(drive, T + 1) == [("crm.accepted", {}, "sql", "manager")]


def test_an_open_approval_is_a_way_on():
    """The approval of the open step moves the lead, or asks the next one; the activity that began the wait does not."""
    drive = Drive(START, ACCEPTED | {"approvals": [MANAGER, LEGAL]})
    drive.apply(doc("a", "crm.attribute_set", T, city="x"), doc("b", "crm.accepted", T + 1))
    assert ways(drive, T + 1) == [("crm.approved", {"step": "manager"}, "sql", "legal")]
    drive.apply(doc("c", "crm.approved", T + 2, step="manager"))
    assert ways(drive, T + 9) == [("crm.approved", {"step": "legal"}, "sql", None)]


RULED_OUT = lifecycle(
    START | {"to": "lead"},
    go("lead", "out", {"action": "crm.disqualified"}, id="out"),
    go("out", "mql", {"due": "reevaluate_on"}, id="again"),
    stages=("visitor", "lead", "mql"),
    out={"kind": "side"},
)


def test_being_ruled_out_takes_back_the_day_of_another_look():
    """A day that has passed does not bring the lead back at once, so being ruled out is no way on."""
    drive = Drive(cycle=RULED_OUT)
    drive.apply(doc("a", "crm.attribute_set", T, reevaluate_on="2026-01-01"))
    assert drive.tick(T).lead("L1").standing.stage == "lead"
    assert ways(drive, T + 1) == []


def test_a_way_is_judged_by_its_end():
    """What leads down by way of a side stage is no way on, though its last hop leads up."""
    cycle = lifecycle(
        START,
        go("mql", "out", {"action": "crm.returned"}, id="out"),
        go("out", "lead", {"implicit": {"at_least": 0}}, id="again"),
        stages=("visitor", "lead", "mql"),
        out={"kind": "side"},
    )
    drive = Drive(cycle=cycle)
    drive.apply(doc("a", "crm.attribute_set", T, city="x"))
    assert drive.tick(T).lead("L1").standing.stage == "mql"
    assert ways(drive, T + 1) == []
