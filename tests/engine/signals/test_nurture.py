"""`nurture`: which program, why, and only to who permits it."""

from __future__ import annotations

import pytest

from tests.engine.driving import DAY_MS, Drive, at, go, lifecycle
from tests.engine.signals.setting import NURSED, T, raised, told_of, views
from tests.scoring.making import doc

HOT = go("visitor", "lead", {"implicit": {"at_least": 10}}, id="hot", title="Interested")


def nursing(**more):
    return Drive(HOT, cycle=lifecycle(HOT, lead=NURSED), **more)


def test_who_enters_a_stage_with_a_program_is_to_get_it():
    """Once per entry, with the track, its title and why."""
    drive = nursing().apply(*views("a", T, 3)).tick(T + DAY_MS)
    assert raised(drive) == [
        ("nurture", at(T), {"track": "win-back", "title": "Win back", "reason": "activity: Interested"})
    ]


@pytest.mark.parametrize("kind", ["email.unsubscribed", "email.complained"])
def test_nobody_is_written_to_against_their_will(kind):
    """Unsubscribed before: never; subscribed again: from that instant, with the reason of the entry."""
    drive = nursing().apply(doc("no", kind, T - 1), *views("a", T, 3)).tick(T + DAY_MS)
    assert raised(drive) == []
    drive.apply(doc("yes", "email.subscribed", T + 2 * DAY_MS)).tick(T + 3 * DAY_MS)
    assert [(s[1], s[2]["reason"]) for s in raised(drive)] == [(at(T + 2 * DAY_MS), "activity: Interested")]


def test_a_machine_cannot_subscribe_anybody_again():
    """A subscription that is marked permits nothing; an unsubscription that is marked forbids all the same."""
    crawler = {"user_agent": "Googlebot/2.1"}
    bot = doc("yes", "email.subscribed", T + 1, context=crawler)
    assert raised(nursing().apply(doc("no", "email.unsubscribed", T - 1), *views("a", T, 1), bot).tick(T + 2)) == []
    no = doc("no", "email.unsubscribed", T - 1, context=crawler)
    assert raised(nursing().apply(no, *views("a", T, 1)).tick(T + 2)) == []


def test_without_consent_there_is_no_nurture():
    """The purpose for email must be in force; never stated counts as the model says."""
    consent = {"email": "mailing", "unknown": "deny"}
    drive = nursing(consent=consent).apply(*views("a", T, 1)).tick(T + 1)
    assert raised(drive) == []
    drive.apply(doc("c", "crm.consent_changed", T + 5, consent={"mailing": True})).tick(T + 6)
    assert told_of(drive, "nurture") == [at(T + 5)]
    withdrawn = doc("w", "crm.consent_changed", T - 1, consent={"email": False})
    assert raised(nursing().apply(withdrawn, *views("a", T, 1)).tick(T + 1)) == []


def test_a_visitor_is_nurtured_once_it_has_a_name():
    """Anonymous there is nobody to write to; with the address the reason is still that of the entry."""
    drive = nursing().apply(*views("a", T, 1, lead_id=None, visitor_id="v1")).tick(T + 1)
    assert raised(drive) == []
    drive.apply(doc("b", "form.submitted", T + 5, visitor_id="v1")).tick(T + 6)
    assert [(s["lead_id"], s["occurred_at"], s["details"]["reason"]) for s in drive.signals] == [
        ("L1", at(T + 5), "activity: Interested")
    ]
