"""Whatever makes many leads due at once is worked off in steps: a checkpoint and a signal must get their turn."""

import pytest

from pipeline.engine.engine import Engine
from pipeline.engine.table import ProfileTable
from tests.scoring.making import doc, event_of, model_of
from tests.streaming.lanes import Bench, chunk, event, tick

T = 1_760_000_000_000
DAY_MS = 86_400_000
LEADS = 200
BUSY = {"implicit": {"at_least": 10}}
MODEL = {
    "implicit": {"rules": [{"id": "views", "on": "web.page_viewed", "points": 10, "decay": {"window": "10d"}}]},
    "lifecycle": {
        "entry": "visitor",
        "stages": {"visitor": {}, "lead": {}},
        "transitions": [{"from": "visitor", "to": "lead", "when": BUSY, "leave": BUSY}],
    },
}


def crowd(*, stream_time: bool) -> Bench:
    """Many leads of the same instant, as a list import makes them."""
    engine = Engine(model_of(MODEL), stream_time=stream_time)
    for number in range(LEADS):
        engine.apply(event_of(doc(f"e{number}", "web.page_viewed", T, lead_id=f"L{number}")))
    return Bench(engine=engine, stream_time=stream_time)


def steps(bench: Bench, limit: int) -> list[tuple[int, int]]:
    """For each step what it said it did, and how many changes it announced."""
    done = []
    while count := bench.intake.step(limit):
        done.append((count, len(bench.engine.take().stage_changes)))
    return done


def test_leads_whose_facts_wait_are_settled_in_steps():
    bench = crowd(stream_time=False)
    assert steps(bench, 30) == [(30, 30)] * 6 + [(20, 20)]
    assert bench.intake.take().applied == LEADS


def test_an_event_that_moves_time_decides_the_others_in_steps_before_it_is_applied():
    bench = crowd(stream_time=True)
    # The second record lies behind the end of all windows, so that the leads are due between the two.
    bench.accept("web", chunk(0, event("later", T + DAY_MS), event("much-later", T + 20 * DAY_MS)))
    done = steps(bench, 30)
    assert max(announced for _, announced in done) <= 30
    assert sum(announced for _, announced in done) == 2 * LEADS + 1 + 1  # up and down; the new lead as well
    assert bench.intake.offsets()["web"] == 2
    assert bench.engine.time == T + 20 * DAY_MS


def test_a_tick_at_which_all_are_due_at_one_instant_is_worked_off_in_steps():
    bench = crowd(stream_time=False)
    while bench.intake.step():
        pass
    bench.engine.take()
    bench.accept("rescore", chunk(0, tick(T + 11 * DAY_MS)))
    assert max(announced for _, announced in steps(bench, 30)) == 30
    assert bench.engine.time == T + 11 * DAY_MS


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_settling_leaves_out_no_instant_between_two_facts_of_one_batch(order):
    """The older fact arrives second: the step down between them is announced all the same."""
    engine = Engine(model_of(MODEL), stream_time=False)
    facts = {"a": T, "b": T + 30 * DAY_MS}
    for name in order:
        engine.apply(event_of(doc(name, "web.page_viewed", facts[name])))
    engine.settle()
    moves = [(c.value["to_stage"], c.value["cause"]) for c in engine.take().stage_changes]
    assert moves == [("lead", "activity"), ("visitor", "decay"), ("lead", "activity")]


def test_the_due_queue_grows_with_the_leads_and_not_with_their_events():
    engine = Engine(model_of(MODEL))
    for number in range(10_000):
        engine.apply(event_of(doc(f"e{number}", "web.page_viewed", T + number, lead_id=f"L{number % 20}")))
        if number % 1_000 == 0:
            engine.take()
            assert engine.next_due() is not None
    assert len(engine._queue) < 1_100
    engine.tick(T + 11 * DAY_MS)
    assert [c.value["to_stage"] for c in engine.take().stage_changes].count("visitor") == 20


def test_handing_over_the_scores_of_many_leads_keeps_few_profiles_unpacked():
    bench = crowd(stream_time=False)
    bench.engine.take()
    bench.engine.table._hot_limit = 50
    bench.engine.settle()
    assert len(bench.engine.take().scores) == LEADS
    assert len(bench.engine.table._hot) <= 50


def test_the_table_tells_when_a_subject_is_due_without_unpacking_it():
    table = ProfileTable()
    profile = table.ensure("x")
    profile.due = 7
    table.touch(profile)
    assert table.next_at("x") == 7
    packed = dict(table.take())[b"x"]
    other = ProfileTable()
    other.load(b"x", packed)
    assert (other.next_at("x"), other.next_at("y"), len(other._hot)) == (7, None, 0)
    assert list(other.all_due()) == [(7, "x")]
