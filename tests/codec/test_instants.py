"""Instants: ISO-8601 in, milliseconds inside, ISO-8601 in UTC out."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.codec.instants import EARLIEST_MS, LATEST_MS, format_instant, parse_instant

HALF_PAST_NINE = 1_772_443_800_000  # 2026-03-02T09:30:00Z


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-03-02T09:30:00Z", HALF_PAST_NINE),
        ("2026-03-02T09:30:00.000Z", HALF_PAST_NINE),
        ("2026-03-02t09:30:00z", HALF_PAST_NINE),
        ("2026-03-02 09:30Z", HALF_PAST_NINE),
        ("2026-03-02T17:30:00+08:00", HALF_PAST_NINE),
        ("2026-03-02T17:30:00+0800", HALF_PAST_NINE),
        ("2026-03-02T17:30:00+08", HALF_PAST_NINE),
        ("2026-03-02T05:00:00-04:30", HALF_PAST_NINE),
        (" 2026-03-02T09:30:00Z ", HALF_PAST_NINE),
        ("2026-03-02T09:30:00.1239999Z", HALF_PAST_NINE + 123),
        ("2026-03-02T09:30:00,5Z", HALF_PAST_NINE + 500),
        ("1970-01-01T00:00:00Z", EARLIEST_MS),
        ("9999-12-31T23:59:59.999Z", LATEST_MS),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2017-01-01T07:59:60.250+08:00", 1_483_228_800_250),
        ("2026-03-01T24:00:00Z", 1_772_409_600_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ],
)
def test_every_accepted_form_gives_its_instant(text, milliseconds):
    assert parse_instant(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-02",
        "2026-03-02T09:30:00",
        "2026-03-02T9:30:00Z",
        "2026-02-30T09:30:00Z",
        "2026-03-02T25:00:00Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02T24:00:00.001Z",
        "2026-03-02T09:30:60Z",
        "2026-03-02T09:30:61Z",
        "2026-W10-1T09:30:00Z",
        "2026-061T09:30:00Z",
        "2026-03-02T09:30:00+24:00",
        "2026-03-02T09:30:00+08:60",
        "2026-03-02T09:30:00 Europe/Vienna",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-03-02T09:30:00Z",
        "1772443800000",
    ],
)
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parse_instant(text)


def test_a_time_without_offset_is_read_in_the_given_zone_only():
    assert parse_instant("2026-03-02T17:30:00", ZoneInfo("Asia/Shanghai")) == HALF_PAST_NINE


def test_a_date_is_its_first_instant_even_where_midnight_does_not_exist():
    havana = ZoneInfo("America/Havana")  # 2026-03-08 begins at 01:00 there
    assert parse_instant("2026-03-08", havana) == parse_instant("2026-03-08T05:00:00Z")


@given(st.integers(EARLIEST_MS, LATEST_MS))
def test_formatting_and_parsing_are_inverse(milliseconds):
    assert parse_instant(format_instant(milliseconds)) == milliseconds


@given(st.text())
def test_text_gives_an_instant_or_a_value_error(text):
    try:
        milliseconds = parse_instant(text)
    except ValueError:
        return
    assert EARLIEST_MS <= milliseconds <= LATEST_MS
