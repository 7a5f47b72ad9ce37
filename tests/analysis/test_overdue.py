"""What people owe a lead, in `leadtide explain` and `leadtide leads --overdue`."""

from __future__ import annotations

import json

import pytest

from tests.analysis.test_replay import leadtide, save  # noqa: F401 - a fixture
from tests.engine.driving import HOUR_MS, go, lifecycle
from tests.scoring.making import doc, text_of

T = 1_772_442_600_000  # 2026-03-02T09:10:00Z
SLA = {"within": "4h", "until": ["crm.claimed", "crm.accepted"], "escalate": "director"}
MODEL = {
    "implicit": {"rules": [{"id": "v", "on": "web.page_viewed", "points": 10}]},
    "lifecycle": lifecycle(
        go("visitor", "mql", {"action": "form.submitted"}),
        go("mql", "sql", {"action": "crm.accepted"}, approvals=[{"step": "boss", "within": "1h", "escalate": "cmo"}]),
        stages=("visitor", "mql", "sql"),
        mql={"sla": SLA, "title": "Qualified"},
    ),
}
EVENTS = [
    doc("1", "form.submitted", T, "idle"),
    doc("2", "form.submitted", T, "quick"),
    doc("3", "crm.claimed", T + HOUR_MS, "quick", owner="eve"),
    doc("4", "form.submitted", T, "asked"),
    doc("5", "crm.accepted", T + 2 * HOUR_MS, "asked"),
    doc("6", "form.submitted", T, "slow"),
    doc("7", "crm.claimed", T + 5 * HOUR_MS, "slow", owner="bob"),
]
NOON, AT_TWO, EVENING = "2026-03-02T12:00:00Z", "2026-03-02T13:10:00Z", "2026-03-02T20:00:00Z"


@pytest.fixture
def ask(leadtide, tmp_path, monkeypatch):  # noqa: F811
    """What a command says on stdout."""
    monkeypatch.setenv("TZ", "UTC")
    (tmp_path / "duties.yaml").write_text(text_of(MODEL))
    save(tmp_path / "events.ndjson", EVENTS)

    def run(command, *arguments):
        code, out, err = leadtide(command, *arguments, "--model", "duties.yaml", "--events", "events.ndjson")
        assert code == 0, err
        return out

    return run


def sla(ask, lead, at):
    return json.loads(ask("explain", lead, "--json", "--at", at))["sla"]


def test_an_sla_is_explained_with_its_deadline_and_what_came_of_it(ask):
    """Open before the deadline, breached from its millisecond on; done in time it is satisfied, too late it is not."""
    open_ = {
        "due_at": "2026-03-02T13:10:00.000Z",
        "within": "4h",
        "until": ["crm.accepted", "crm.claimed"],
        "escalate": "director",
        "done_at": None,
        "satisfied": False,
        "breached": False,
    }
    assert sla(ask, "idle", "2026-03-02T13:09:59.999Z") == open_
    assert sla(ask, "idle", AT_TWO) == open_ | {"breached": True}
    quick = sla(ask, "quick", EVENING)
    assert (quick["done_at"], quick["satisfied"], quick["breached"]) == ("2026-03-02T10:10:00.000Z", True, False)
    slow = sla(ask, "slow", EVENING)
    assert (slow["done_at"], slow["satisfied"], slow["breached"]) == ("2026-03-02T14:10:00.000Z", False, True)


def test_an_approval_that_is_late_is_explained(ask):
    """With who is told of it, from the deadline on."""
    for at, late in ((NOON, False), (AT_TWO, True)):
        (wait,) = json.loads(ask("explain", "asked", "--json", "--at", at))["pending"]
        assert (wait["step"], wait["escalate"], wait["overdue"]) == ("boss", "cmo", late)


def test_people_read_what_is_owed(ask):
    """By when sales must act and by what, else since when that is overdue and who was told."""
    assert "sales must act by 2026-03-02 13:10:00 (crm.accepted, crm.claimed)" in ask("explain", "idle", "--at", NOON)
    told = ask("explain", "idle", "--at", EVENING)
    assert "OVERDUE since 2026-03-02 13:10:00: sales must act (crm.accepted, crm.claimed) (director was told)" in told
    assert "sales acted on 2026-03-02 14:10:00, too late" in ask("explain", "slow", "--at", EVENING)
    assert "in time" in ask("explain", "quick", "--at", EVENING)
    assert ", OVERDUE since 2026-03-02 12:10:00 (cmo was told)" in ask("explain", "asked", "--at", EVENING)


def test_only_what_is_still_owed_is_listed_as_overdue(ask):
    """A breached SLA on which nobody acted, and an approval that is late: each with its deadline and who is told."""
    rows = [json.loads(line) for line in ask("leads", "--overdue", "--json", "--at", EVENING).splitlines()]
    assert {row["lead_id"]: row["overdue"] for row in rows} == {
        "asked": [{"step": "boss", "due_at": "2026-03-02T12:10:00.000Z", "escalate": "cmo"}],
        "idle": [{"step": None, "due_at": "2026-03-02T13:10:00.000Z", "escalate": "director"}],
    }
    assert len(ask("leads", "--overdue", "--json", "--top", "1", "--at", EVENING).splitlines()) == 1
    assert ask("leads", "--overdue", "--json", "--stage", "visitor", "--at", EVENING) == ""
    assert ask("leads", "--overdue", "--at", "2026-03-02T12:09:59Z") == ""


def test_what_is_overdue_is_marked_in_the_table(ask):
    """The column is there only if any of the leads shown has it."""
    assert "overdue" not in ask("leads", "--at", NOON)
    lines = {line.split()[1]: line for line in ask("leads", "--at", EVENING).splitlines() if "│" in line}
    assert "2026-03-02 12:10:00" in lines["asked"]
    assert "2026-03-02 13:10:00" in lines["idle"]
    assert "2026" not in lines["quick"] + lines["slow"]
