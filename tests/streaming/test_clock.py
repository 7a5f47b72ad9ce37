"""Where a partition's time comes from, also after a restart."""

from datetime import UTC, datetime

import time_machine

from pipeline.clock_setting import ClockSpec
from pipeline.streaming.clock import clock_of

T = datetime(2026, 3, 1, tzinfo=UTC)
T_MS = int(T.timestamp() * 1000)


def test_under_stream_there_is_no_clock():
    assert clock_of(ClockSpec.parse("stream"), None) is None


def test_the_live_clock_is_the_wall_clock():
    with time_machine.travel(T, tick=False):
        clock = clock_of(ClockSpec.parse("live"), None)
        assert (clock.now(), clock.wall_at(5), clock.packed()) == (T_MS, 5, None)


def test_a_scaled_clock_runs_faster_from_its_origin():
    with time_machine.travel(T, tick=False) as wall:
        clock = clock_of(ClockSpec.parse("scaled:60@2020-01-01T00:00:00Z"), None)
        origin = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
        assert clock.now() == origin
        wall.shift(10)
        assert clock.now() == origin + 600_000
        assert clock.wall_at(origin + 600_000) in (T_MS + 10_000, T_MS + 10_001)


def test_a_scaled_clock_goes_on_after_a_restart():
    spec = ClockSpec.parse("scaled:60")
    with time_machine.travel(T, tick=False) as wall:
        packed = clock_of(spec, None).packed()
        wall.shift(100)
        assert clock_of(spec, packed).now() == T_MS + 6_000_000


def test_with_another_factor_it_goes_on_from_where_it_was():
    with time_machine.travel(T, tick=False) as wall:
        packed = clock_of(ClockSpec.parse("scaled:60"), None).packed()
        wall.shift(100)
        slower = clock_of(ClockSpec.parse("scaled:2"), packed)
        assert slower.now() == T_MS + 6_000_000
        wall.shift(1)
        assert slower.now() == T_MS + 6_002_000
