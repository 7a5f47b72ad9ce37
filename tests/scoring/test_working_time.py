"""Deadlines in working time fall at the right instant: by hand, and against counting minute by minute."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.scoring.working_time import Calendar, Within, deadline

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOUR_HOURS = Within(ms=4 * HOUR)
EVERY_DAY = frozenset(range(7))
AT_DAY = ((540, 1020),)  # 09:00-17:00
AT_NIGHT = ((1320, 360),)  # 22:00-06:00


def at(zone, *local, fold=0):
    return round(datetime(*local, tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def utc(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_calendar_time_counts_around_the_clock():
    """A day is 24 hours and a week seven days."""
    assert deadline(Within(days=1, weeks=1, ms=5), None, 1_000) == 1_000 + 8 * DAY + 5


def test_four_working_hours_over_a_weekend_and_a_public_holiday_in_shanghai():
    """Entered on Friday at 16:00: two hours that day, two on Wednesday after the Mid-Autumn Festival."""
    office = Calendar("Asia/Shanghai", holidays=((date(2024, 9, 15), date(2024, 9, 17)),))
    assert deadline(FOUR_HOURS, office, at("Asia/Shanghai", 2024, 9, 13, 16)) == utc("2024-09-18T03:00")


def test_four_working_hours_over_easter_in_berlin_where_the_clocks_go_forward():
    """Entered on Maundy Thursday at 15:00 (UTC+1): two hours that day, two on Tuesday after Easter (UTC+2)."""
    easter = ((date(2024, 3, 29), date(2024, 3, 29)), (date(2024, 4, 1), date(2024, 4, 1)))
    office = Calendar("Europe/Berlin", hours=AT_DAY, holidays=easter)
    assert deadline(FOUR_HOURS, office, utc("2024-03-28T14:00")) == utc("2024-04-02T09:00")


def test_four_working_hours_over_a_long_weekend_in_new_york_where_the_clocks_go_back():
    """Entered on Friday at 16:00 (UTC-4): one hour that day, three on Tuesday (UTC-5), as Monday is a holiday."""
    office = Calendar("America/New_York", hours=AT_DAY, holidays=((date(2026, 11, 2), date(2026, 11, 2)),))
    assert deadline(FOUR_HOURS, office, utc("2026-10-30T20:00")) == utc("2026-11-03T17:00")


def test_a_working_day_is_as_long_as_its_hours():
    """Two working days of nine hours from Thursday noon end on Monday noon; a working week has five."""
    office = Calendar("Asia/Shanghai")
    since = at("Asia/Shanghai", 2026, 6, 4, 12)
    assert deadline(Within(days=2), office, since) == at("Asia/Shanghai", 2026, 6, 8, 12)
    assert deadline(Within(weeks=1), office, since) == at("Asia/Shanghai", 2026, 6, 11, 12)


def test_a_deadline_at_the_end_of_a_shift_is_that_end_and_not_the_next_beginning():
    """It is the least instant at which the time is reached."""
    office = Calendar("Asia/Shanghai")
    assert deadline(FOUR_HOURS, office, at("Asia/Shanghai", 2026, 6, 5, 14)) == at("Asia/Shanghai", 2026, 6, 5, 18)


def test_what_enters_outside_the_hours_begins_with_the_next_shift():
    """On Saturday night nobody works, and in the lunch break nobody does."""
    office = Calendar("Asia/Shanghai", hours=((480, 720), (810, 1050)))
    assert deadline(FOUR_HOURS, office, at("Asia/Shanghai", 2026, 6, 6, 23)) == at("Asia/Shanghai", 2026, 6, 8, 12)
    assert deadline(FOUR_HOURS, office, at("Asia/Shanghai", 2026, 6, 8, 12, 30)) == at(
        "Asia/Shanghai", 2026, 6, 8, 17, 30
    )


@pytest.mark.parametrize(
    ("zone", "evening", "end"),
    [
        ("Europe/Berlin", (2026, 3, 28), (2026, 3, 29, 6)),
        ("America/New_York", (2026, 3, 7), (2026, 3, 8, 6)),
    ],
)
def test_a_night_shift_in_which_an_hour_is_missing_counts_seven(zone, evening, end):
    """Seven hours reach its end; the eighth is worked in the evening after."""
    night = Calendar(zone, EVERY_DAY, AT_NIGHT)
    since = at(zone, *evening, 22)
    assert deadline(Within(ms=7 * HOUR), night, since) == at(zone, *end)
    assert deadline(Within(ms=8 * HOUR), night, since) == at(zone, *end[:3], 23)


@pytest.mark.parametrize(
    ("zone", "evening", "end"),
    [
        ("Europe/Berlin", (2026, 10, 24), (2026, 10, 25, 6)),
        ("America/New_York", (2026, 10, 31), (2026, 11, 1, 6)),
    ],
)
def test_a_night_shift_in_which_an_hour_comes_twice_counts_nine(zone, evening, end):
    """Eight hours are reached an hour before its end."""
    night = Calendar(zone, EVERY_DAY, AT_NIGHT)
    since = at(zone, *evening, 22)
    assert deadline(Within(ms=8 * HOUR), night, since) == at(zone, *end) - HOUR
    assert deadline(Within(ms=9 * HOUR), night, since) == at(zone, *end)


def test_a_shift_that_begins_in_the_missing_hour_begins_when_the_clocks_jump():
    """02:30 is skipped in Berlin on 2026-03-29: work begins at 03:00, which is 01:00 UTC."""
    early = Calendar("Europe/Berlin", EVERY_DAY, ((150, 360),))
    assert deadline(Within(ms=HOUR), early, utc("2026-03-28T12:00")) == utc("2026-03-29T02:00")


def test_a_shift_that_ends_in_the_missing_hour_ends_when_the_clocks_jump():
    """From 00:00 to 02:30 there are two hours that night, and the rest is worked a day later."""
    late = Calendar("Europe/Berlin", EVERY_DAY, ((0, 150),))
    assert deadline(Within(ms=2 * HOUR), late, utc("2026-03-28T12:00")) == utc("2026-03-29T01:00")
    assert deadline(Within(ms=2 * HOUR + 1), late, utc("2026-03-28T12:00")) == utc("2026-03-29T22:00") + 1


def test_a_shift_that_ends_in_the_hour_that_comes_twice_ends_the_second_time():
    """From 00:00 to 02:30 there are three and a half hours in Berlin on 2026-10-25."""
    late = Calendar("Europe/Berlin", EVERY_DAY, ((0, 150),))
    assert deadline(Within(ms=7 * HOUR // 2), late, utc("2026-10-24T12:00")) == utc("2026-10-25T01:30")


def test_a_shift_that_ends_where_the_clocks_go_back_ends_the_first_time():
    """A shift until 02:00 is over at the first 02:00: the clocks never again show a time within it."""
    early = Calendar("Europe/Berlin", EVERY_DAY, ((60, 120),))
    assert deadline(Within(ms=HOUR), early, utc("2026-10-24T12:00")) == utc("2026-10-25T00:00")
    assert deadline(Within(ms=HOUR + 1), early, utc("2026-10-24T12:00")) == utc("2026-10-26T00:00") + 1


def test_a_shift_that_begins_in_the_hour_that_comes_twice_begins_the_first_time():
    """At 02:30 summer time the doors open, which is 00:30 UTC; they do not close at 03:00."""
    early = Calendar("Europe/Berlin", EVERY_DAY, ((150, 360),))
    assert deadline(Within(ms=2 * HOUR), early, utc("2026-10-24T12:00")) == utc("2026-10-25T02:30")


def test_no_instant_counts_twice_where_two_shifts_meet_in_the_hour_that_comes_twice():
    """One shift ends at 02:30 and another begins: from 00:00 to 06:00 seven hours pass."""
    meeting = Calendar("Europe/Berlin", EVERY_DAY, ((0, 150), (150, 360)))
    assert deadline(Within(ms=7 * HOUR), meeting, utc("2026-10-24T12:00")) == utc("2026-10-25T05:00")


def test_the_shift_of_the_evening_before_a_holiday_ends_as_ever():
    """No shift begins on the holiday, so the second night follows a day later."""
    nights = Calendar("Asia/Shanghai", EVERY_DAY, AT_NIGHT, ((date(2026, 10, 1), date(2026, 10, 1)),))
    since = at("Asia/Shanghai", 2026, 9, 30, 22)
    assert deadline(Within(ms=8 * HOUR), nights, since) == at("Asia/Shanghai", 2026, 10, 1, 6)
    assert deadline(Within(ms=9 * HOUR), nights, since) == at("Asia/Shanghai", 2026, 10, 2, 23)


def test_a_day_that_a_zone_leaves_out_is_no_working_day():
    """Samoa had no 30 December 2011 (a Friday): four hours from Thursday 16:00 end on Monday noon."""
    office = Calendar("Pacific/Apia", hours=AT_DAY)
    assert deadline(FOUR_HOURS, office, at("Pacific/Apia", 2011, 12, 29, 16)) == at("Pacific/Apia", 2012, 1, 2, 12)


def test_more_than_ten_years_of_working_time_are_never_reached():
    """The answer is never, not an endless search."""
    assert deadline(Within(days=36_500), Calendar("UTC"), utc("2026-01-01T00:00")) is None


@pytest.mark.parametrize("since", [-(10**15), 10**15])
def test_an_instant_that_no_calendar_knows_has_no_deadline(since):
    """Beyond the years 1 to 9999 there are no working days."""
    assert deadline(FOUR_HOURS, Calendar("UTC"), since) is None


# ── Minute by minute ─────────────────────────────────────────────────────────────────────────────────────────
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Havana", "2026-03-08"),  # at midnight
    ("America/Havana", "2026-11-01"),
    ("America/Nuuk", "2026-10-25"),  # across midnight: a date comes twice
    ("Asia/Shanghai", "2026-10-01"),  # never
]
MOST_DAYS = 14


@cache
def clock(zone, minute):
    """What the clocks show: the day, as an ordinal, and the minute of the day."""
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    return local.toordinal(), local.hour * 60 + local.minute


def of_shift(shown, calendar):
    """The shifts, by the day they begin on, within which a time lies that the clocks show."""
    for ago in (0, 1):
        day = date.fromordinal(shown[0] - ago)
        if day.weekday() in calendar.weekdays and not any(a <= day <= b for a, b in calendar.holidays):
            for start, end in calendar.hours:
                if start <= shown[1] + ago * 1440 < (end if end > start else end + 1440):
                    yield day, start


def counted(within, calendar, since):
    """The deadline by looking at the clock in every minute; None if it is not in sight."""
    start = since // MINUTE - 2 * 1440
    shifts = {}
    for minute in range(start, start + MOST_DAYS * 1440):
        for shift in of_shift(clock(calendar.timezone, minute), calendar):
            first, _ = shifts.get(shift, (minute, minute))
            shifts[shift] = (first, minute)
    worked = sorted({minute for first, last in shifts.values() for minute in range(first, last + 1)})
    a_day = sum(end - begin if end > begin else end - begin + 1440 for begin, end in calendar.hours)
    left = (within.days + 5 * within.weeks) * a_day * MINUTE + within.ms
    for minute in worked:
        begins = max(since, minute * MINUTE)
        passed = (minute + 1) * MINUTE - begins
        if passed >= left:
            return begins + left
        left -= max(0, passed)
    return None


@st.composite
def shifts_of_a_day(draw):
    """One to three shifts that do not overlap, some of them overnight; many bounds where the clocks change."""
    bound = st.integers(0, 24).map(lambda n: n * 10) | st.integers(0, 1439)
    bounds = sorted(draw(st.lists(bound, min_size=2, max_size=5, unique=True)))
    if draw(st.booleans()):
        bounds = [*bounds[1:], bounds[0]]
    touching = draw(st.booleans())
    return tuple((bounds[i], bounds[i + 1]) for i in range(0, len(bounds) - 1, 1 if touching else 2))


@st.composite
def questions(draw):
    zone, change = draw(st.sampled_from(CHANGES))
    change = date.fromisoformat(change)
    first = change + timedelta(days=draw(st.integers(-3, 3)))
    holidays = ((first, first + timedelta(days=draw(st.integers(0, 2)))),) if draw(st.booleans()) else ()
    weekdays = draw(st.sampled_from([EVERY_DAY, frozenset(range(5)), frozenset({5, 6})]))
    calendar = Calendar(zone, weekdays, draw(shifts_of_a_day()), holidays)
    midnight = at(zone, change.year, change.month, change.day)
    since = midnight + draw(st.integers(-2 * DAY, DAY))
    within = Within(days=draw(st.integers(0, 2)), ms=draw(st.integers(1, 8 * HOUR)))
    return within, calendar, since


@settings(max_examples=80, deadline=None)
@given(questions())
def test_the_deadline_is_what_counting_the_minutes_gives(question):
    """For random calendars around changes of the clocks the two agree to the millisecond."""
    within, calendar, since = question
    expected = counted(within, calendar, since)
    found = deadline(*question)
    if expected is None:
        assert found is None or found > since + (MOST_DAYS - 3) * DAY
    else:
        assert found == expected
