"""Times that people read and give, in one zone (pipeline/cli/instants.py), and how long stays are told."""

from __future__ import annotations

import time

import pytest

from pipeline.cli.instants import instant, local_time, shown_instant, zone_name
from pipeline.cli.staying import duration
from pipeline.codec.instants import parse_instant
from pipeline.errors import InputError
from pipeline.wording import words_of

SUMMER, WINTER = parse_instant("2026-07-01T10:00:00Z"), parse_instant("2026-01-01T10:00:00Z")


@pytest.fixture
def zone(monkeypatch):
    """Moves this process into a zone, as its environment says."""

    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", ["Europe/Berlin", ":America/New_York", "Asia/Kolkata", "CST-8", "UTC"])
def test_a_time_can_be_given_as_it_is_shown(zone, name):
    """What was copied out of an explanation means the same instant, in summer and in winter."""
    zone(name)
    for moment in (SUMMER, WINTER):
        assert shown_instant(local_time(moment)) == moment
        assert shown_instant(local_time(moment).replace(" ", "T")) == moment


@pytest.mark.parametrize(("name", "told"), [("Europe/Berlin", "Europe/Berlin"), (":UTC", "UTC"), ("CST-8", "+08:00")])
def test_the_zone_is_named_and_one_without_name_by_its_offset(zone, name, told):
    """As it is at the instant that is shown."""
    zone(name)
    assert zone_name(SUMMER) == told


def test_an_offset_is_obeyed_and_a_date_is_the_day_of_the_zone(zone):
    """A date begins at midnight there; replay and others still read a date in UTC and refuse a time without offset."""
    zone("Asia/Taipei")
    assert shown_instant("2026-07-01T10:00:00Z") == SUMMER
    assert shown_instant("2026-07-01") == parse_instant("2026-06-30T16:00:00Z")
    assert instant("2026-07-01") == parse_instant("2026-07-01T00:00:00Z")
    with pytest.raises(InputError, match="without an offset"):
        instant("2026-07-01T10:00:00")


@pytest.mark.parametrize("name", ["CST-8", "UTC"])
def test_what_is_no_time_is_refused(zone, name):
    """With what is wrong with it."""
    zone(name)
    with pytest.raises(InputError, match="no such date"):
        shown_instant("2026-02-30 10:00:00")
    with pytest.raises(InputError, match="not an ISO-8601 time"):
        shown_instant("yesterday")


def test_a_stay_is_told_in_its_two_largest_units():
    """Days with hours, hours with minutes."""
    words = words_of("en")
    told = {seconds: duration(seconds, words) for seconds in (59, 60, 3600, 5430, 86_400, 273_599.9)}
    assert [*told.values()] == ["less than a minute", "1 min", "1 h", "1 h 30 min", "1 d", "3 d 3 h"]
