"""`cooling`: a step down comes near (scoring.md, Interest signals)."""

from __future__ import annotations

from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, at
from tests.engine.signals.setting import FADING, WARM, T, raised, views
from tests.scoring.making import doc


def cooling(*transitions, **more):
    return Drive(*(transitions or (WARM,)), rules=(FADING,), signals={"cooling": {"horizon": "2d"}}, **more)


def test_cooling_is_told_two_days_before_the_step_down():
    """40 points of half-life 10 d fall below 10 after 20 d and the step down is told 2 d ahead, in `due_at`, too."""
    drive = cooling().apply(*views("a", T, 4, every=0)).tick(T)
    below = T + 20 * DAY_MS + 1
    while drive.lead("L1").due < below - 2 * DAY_MS:  # the grade changes before
        drive.tick(drive.lead("L1").due)
    assert drive.lead("L1").due == below - 2 * DAY_MS
    drive.tick(T + 30 * DAY_MS)
    assert raised(drive) == [("cooling", at(below - 2 * DAY_MS), {"due_at": at(below), "to": "visitor"})]
    assert drive.moves()[-1][:3] == ("lead", "visitor", at(below))


def test_a_lead_that_enters_cool_is_told_at_once():
    """The horizon is longer than what is left: cooling begins at the entry."""
    quick = {**SITE, "decay": {"window": "1d"}}
    drive = Drive(WARM, rules=(quick,), signals={"cooling": {}}).apply(*views("a", T, 2, every=0)).tick(T)
    assert raised(drive) == [("cooling", at(T), {"due_at": at(T + DAY_MS), "to": "visitor"})]


def test_cooling_is_told_once_an_entry():
    """New interest after it lengthens the stay, and its second cooling is not told; that of a new entry is."""
    drive = cooling().apply(*views("a", T, 4, every=0)).tick(T + 19 * DAY_MS)
    assert len(raised(drive)) == 1
    drive.apply(*views("b", T + 19 * DAY_MS + 1, 4)).tick(T + 60 * DAY_MS)
    assert len(raised(drive)) == 1
    drive.apply(*views("c", T + 61 * DAY_MS, 4)).tick(T + 90 * DAY_MS)
    assert len(raised(drive)) == 2


def test_who_is_pinned_does_not_cool():
    """Nothing steps down while automation is off; it is told when that ends."""
    pin = doc("pin", "crm.stage_set", T + DAY_MS, pin=True)
    free = doc("free", "crm.stage_set", T + 19 * DAY_MS, pin=False)
    drive = cooling().apply(*views("a", T, 4, every=0), pin).tick(T + 18 * DAY_MS + HOUR_MS)
    assert raised(drive) == []
    drive.apply(free).tick(T + 19 * DAY_MS)
    assert [s[1] for s in raised(drive)] == [at(T + 19 * DAY_MS)]


def test_a_leave_that_is_held_back_does_not_cool():
    """Set by hand to the stage it is in at the instant its `leave` breaks, a lead stays, and no step down is due."""
    below = T + 20 * DAY_MS + 1
    drive = cooling().apply(*views("a", T, 4, every=0)).tick(T + 18 * DAY_MS)
    drive.lead("L1").standing.told.clear()
    drive.signals.clear()
    drive.apply(doc("set", "crm.stage_set", below, stage="lead")).tick(below + HOUR_MS)
    assert raised(drive) == [("cooling", at(T + 18 * DAY_MS + 1), {"due_at": at(below), "to": "visitor"})]
    drive.lead("L1").standing.told.clear()
    drive.apply(doc("note", "crm.attribute_set", below + 2 * HOUR_MS, city="Ulm")).tick(below + 9 * DAY_MS)
    assert len(raised(drive)) == 1
    assert drive.lead("L1").standing.stage == "lead"
