"""A breach of "4 working hours" over a weekend and a public holiday, as `leadtide replay` tells it."""

import json

import pytest

from pipeline import cli
from pipeline.codec.instants import parse_instant
from tests.scoring.making import doc

MODEL = """\
id: m
version: 1
lifecycle:
  entry: visitor
  stages:
    visitor: {}
    mql: {sla: {within: 4h, calendar: office, until: crm.accepted, escalate: sales-manager}}
  transitions:
    - {from: visitor, to: mql, when: {action: form.submitted}, sticky: true}
calendars:
  office: {timezone: %s, days: mon-fri, hours: '09:00-17:00', holidays: [%s]}
"""
CASES = {
    # Friday 16:00 (UTC-4), clocks back on Sunday, Monday a holiday: one hour, and three on Tuesday (UTC-5).
    "New York, autumn": (
        ("America/New_York", "2026-11-02"), "2026-10-30T16:00:00-04:00", "2026-11-03T12:00:00-05:00"
    ),
    # Maundy Thursday 15:00 (UTC+1), Easter, clocks forward on Sunday: two hours, and two on Tuesday (UTC+2).
    "Berlin, spring": (
        ("Europe/Berlin", "2024-03-29, 2024-04-01"), "2024-03-28T15:00:00+01:00", "2024-04-02T11:00:00+02:00"
    ),
    # Friday 15:00, clocks back on Sunday, All Saints' bridge on Monday and Tuesday: two hours, and two on Wednesday.
    "Berlin, autumn": (
        ("Europe/Berlin", "2027-11-01/2027-11-02"), "2027-10-29T15:00:00+02:00", "2027-11-03T11:00:00+01:00"
    ),
    # Friday 15:00, the Mid-Autumn Festival until Tuesday, and clocks that never change.
    "Shanghai": (
        ("Asia/Shanghai", "2024-09-15/2024-09-17"), "2024-09-13T15:00:00+08:00", "2024-09-18T11:00:00+08:00"
    ),
}  # fmt: skip


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The signals and the stage changes of a replay of these events until an instant."""

    def replay(calendar, events, until):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "model.yaml").write_text(MODEL % calendar)
        (tmp_path / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
        command = ["replay", "--model", "model.yaml", "--until", until, "--out", "out", "events.ndjson"]
        monkeypatch.setattr("sys.argv", ["leadtide", *command])
        try:
            cli.main()
        except SystemExit as end:
            assert not end.code  # noqa: PT017 - the way a command ends
        files = ("signals.ndjson", "stage-changes.ndjson")
        return tuple([json.loads(line) for line in (tmp_path / "out" / f).read_text().splitlines()] for f in files)

    return replay


@pytest.mark.parametrize(("calendar", "entered", "due"), CASES.values(), ids=CASES)
def test_a_breach_over_a_weekend_and_a_holiday_is_told_at_its_instant(told, calendar, entered, due):
    """In three time zones, with the change of the clocks in both directions, in the middle of the wait."""
    since = parse_instant(entered)
    signals, changes = told(calendar, [doc("f", "form.submitted", since)], "2028-01-01T00:00:00Z")
    (breach,) = signals
    assert (breach["signal"], breach["stage"]) == ("sla_breached", "mql")
    assert parse_instant(breach["occurred_at"]) == parse_instant(due)
    assert breach["details"]["escalate"] == "sales-manager"
    assert [parse_instant(change["sla_due_at"]) for change in changes] == [parse_instant(due)]


@pytest.mark.parametrize(("calendar", "entered", "due"), CASES.values(), ids=CASES)
def test_an_acceptance_on_the_last_millisecond_is_in_time_and_one_after_it_is_not(told, calendar, entered, due):
    """The deadline itself still counts."""
    form = doc("f", "form.submitted", parse_instant(entered))
    for late, breaches in ((0, 0), (1, 1)):
        accepted = doc("g", "crm.accepted", parse_instant(due) + late)
        assert len(told(calendar, [form, accepted], "2028-01-01T00:00:00Z")[0]) == breaches
