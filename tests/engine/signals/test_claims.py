"""`claim_conflict`: one owner; a second claim is told and changes nothing."""

from __future__ import annotations

from tests.engine.driving import Drive, at
from tests.engine.signals.setting import WARM, T, claim, raised
from tests.scoring.making import doc


def test_a_second_claim_is_told_and_changes_nothing():
    """One signal for each claim by another, none for the owner's own; the owner stays."""
    drive = Drive(WARM).apply(claim("a", T, "ann"), claim("b", T + 1, "bob"), claim("c", T + 2, "ann")).tick(T + 3)
    drive.apply(claim("d", T + 4, "bob")).tick(T + 5)
    details = {"owner": "ann", "claimed_by": "bob"}
    assert raised(drive) == [
        ("claim_conflict", at(T + 1), details | {"event_id": "b"}),
        ("claim_conflict", at(T + 4), details | {"event_id": "d"}),
    ]


def test_a_late_claim_that_was_first_makes_the_other_the_conflict():
    """Claims count in the order in which they happened."""
    drive = Drive(WARM).apply(claim("b", T + 1, "bob")).tick(T + 5)
    drive.apply(claim("a", T, "ann")).tick(T + 6)
    assert raised(drive) == [("claim_conflict", at(T + 1), {"owner": "ann", "claimed_by": "bob", "event_id": "b"})]


def test_two_owners_meet_when_their_leads_are_merged():
    """The merge shows the conflict, once; what either lead was told before is not told again."""
    drive = Drive(WARM).apply(claim("a", T, "ann"), claim("b", T + 1, "bob"), claim("c", T + 2, "cy", lead="L2"))
    merge = doc("m", "crm.merged", T + 10, into="L2")
    drive.apply(merge).tick(T + 11)
    found = [(s["lead_id"], s["occurred_at"], s["details"]["event_id"]) for s in drive.signals]
    assert found == [("L1", at(T + 1), "b"), ("L2", at(T + 10), "c")]
