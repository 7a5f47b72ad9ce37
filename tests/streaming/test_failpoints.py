"""Failpoints do nothing unless armed."""

import pytest

from pipeline.streaming.failpoints import POINTS, Failpoints


def test_nothing_happens_unless_a_point_is_armed():
    failpoints = Failpoints.parse(None)
    for point in POINTS:
        failpoints.reach(point, transaction_open=True, lag=lambda: pytest.fail("not looked at"))


def test_an_unknown_point_is_an_error():
    with pytest.raises(ValueError, match="'after_lunch' is none of before_data"):
        Failpoints.parse("after_lunch:1")
