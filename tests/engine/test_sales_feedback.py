"""What sales says of a lead is a fact like any other (lifecycle.md, rule 9)."""

import pytest

from tests.engine.driving import Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
FEEDBACK = ("crm.returned", "crm.rejected", "crm.opportunity_lost")


@pytest.mark.parametrize("kind", FEEDBACK)
def test_feedback_and_its_reason_can_be_asked_for(kind):
    """By rules, which pay for it, and by transitions."""
    too_small = {"on": kind, "when": {"reason": "too small"}}
    drive = Drive(go("visitor", "lead", {"happened": too_small}), rules=({"id": "no", "points": -20, **too_small},))
    drive.apply(doc("a", kind, T, reason="no answer")).tick(T)
    assert drive.changes == []
    drive.apply(doc("b", kind, T + 1, reason="too small")).tick(T + 1)
    assert drive.told("to_stage", "occurred_at", "implicit", "trigger_event_id") == [("lead", at(T + 1), -20.0, "b")]


@pytest.mark.parametrize("kind", FEEDBACK)
def test_the_reason_is_kept_though_no_model_names_it(kind):
    """It is the label for calibration."""
    drive = Drive(go("visitor", "lead", "identified")).apply(doc("a", kind, T, reason="too small")).tick(T)
    assert drive.lead("L1").facts["a"].fields.get("reason") == "too small"
