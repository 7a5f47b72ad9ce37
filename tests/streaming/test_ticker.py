"""A tick waits until everything that was there at its instant has been applied."""

from types import SimpleNamespace

from pipeline.streaming.ticker import Due
from tests.streaming.lanes import Bench, chunk, event


def _partition(bench):
    return SimpleNamespace(number=3, intake=bench.intake)


def test_a_tick_is_ready_only_after_a_fetch_since_and_what_it_found_is_applied():
    bench = Bench()
    seen = dict.fromkeys(bench.ends, (0, 50))
    partition, due = _partition(bench), Due(instant=1_000, wall=100)
    assert not due.is_ready(partition, lambda topic, _: seen[topic])

    seen = {topic: (2 if topic == "web" else 0, 100) for topic in bench.ends}
    assert not due.is_ready(partition, lambda topic, _: seen[topic])

    bench.accept("web", chunk(0, event("a", 1), event("b", 2), event("c", 3)))
    bench.intake.step(2)
    # More has come since, but that is not what the tick waits for.
    seen = dict.fromkeys(bench.ends, (9, 200))
    assert due.is_ready(partition, lambda topic, _: seen[topic])


def test_a_topic_whose_end_nobody_knows_keeps_the_tick_waiting():
    bench = Bench()
    due = Due(instant=1_000, wall=100)
    assert not due.is_ready(_partition(bench), lambda topic, _: (None, 0) if topic == "forms" else (0, 100))
