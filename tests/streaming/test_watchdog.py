"""A partition with lag that stands still ends the worker; one that waits for another, or for nothing, does not."""

from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import BrokerError
from pipeline.streaming.watchdog import Watchdog
from tests.streaming.lanes import Bench, chunk, event


@dataclass(eq=False)
class Watched:
    intake: Any
    is_active: bool
    number: int = 3


def _watch(bench, *, is_active=True):
    partition = Watched(bench.intake, is_active)
    return Watchdog(lambda: [partition], period_seconds=60)


def test_lag_that_does_not_move_for_the_whole_period_is_an_error():
    bench = Bench()
    bench.ends["web"] = 5
    watchdog = _watch(bench)
    watchdog.look(0)
    watchdog.look(59)
    with pytest.raises(BrokerError, match="partition 3 of web stands still at offset 0 for 60 s with 5 records to go"):
        watchdog.look(60)


def test_progress_begins_a_new_period():
    bench = Bench()
    bench.ends["web"] = 5
    watchdog = _watch(bench)
    watchdog.look(0)
    bench.accept("web", chunk(0, event("a", 1)), end=5)
    bench.run()
    watchdog.look(59)
    watchdog.look(118)
    with pytest.raises(BrokerError, match="at offset 1"):
        watchdog.look(119)


def test_no_lag_and_no_ownership_are_no_standstill():
    idle, away = _watch(Bench()), Bench()
    away.ends["web"] = 5
    others = _watch(away, is_active=False)
    for now in (0, 60, 120):
        idle.look(now)
        others.look(now)


def test_a_topic_that_is_held_back_waits_for_another_one():
    bench = Bench()
    bench.ends["forms"] = 1
    bench.accept("web", chunk(0, event("a", 1)), end=9)
    watchdog = _watch(bench)
    watchdog.look(0)
    with pytest.raises(BrokerError, match="of forms stands still"):
        watchdog.look(60)
