"""One order of time over all topics of a partition, without waiting for what is quiet."""

import pytest

from pipeline.errors import RecoveryError
from pipeline.streaming.lane import HOLD_RECORDS
from tests.streaming.lanes import Bench, chunk, event, forward, tick


def test_records_of_all_topics_are_applied_in_order_of_time_and_id():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 10), event("d", 40), event("e", 40)))
    bench.accept("forms", chunk(0, event("c", 30), event("f", 40)))
    bench.accept("activity", chunk(0, forward("b", 20)))
    assert bench.run() == ["a", "b", "c", "d", "e", "f"]


def test_a_tick_comes_after_everything_that_happened_by_its_instant():
    bench = Bench()
    bench.accept("rescore", chunk(0, tick(20), tick(25)))
    bench.accept("web", chunk(0, event("a", 20), event("b", 21)))
    bench.accept("activity", chunk(0, forward("z", 20)))
    assert bench.run() == ["a", "z", 20, "b", 25]


def test_a_topic_with_more_to_come_holds_the_others_back():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 10)))
    bench.ends["forms"] = 1
    assert bench.run() == []
    assert bench.intake.waits_for() == ["forms"]
    bench.accept("forms", chunk(0, event("b", 5)))
    assert bench.run() == ["b", "a"]


def test_a_topic_of_which_no_fetch_has_told_the_end_holds_the_others_back():
    bench = Bench()
    bench.ends["rescore"] = None
    bench.accept("web", chunk(0, event("a", 10)))
    assert bench.run() == []
    bench.ends["rescore"] = 0
    assert bench.run() == ["a"]


def test_a_quiet_topic_at_its_end_delays_nobody():
    bench = Bench()
    for number in range(3):
        bench.accept("web", chunk(number, event(f"e{number}", number)))
        assert bench.run()[-1] == f"e{number}"


def test_control_records_move_a_topic_to_its_end_without_a_record():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 10)))
    bench.ends["forms"] = 4
    assert bench.run() == []
    bench.accept("forms", chunk(0, end=4))
    assert bench.run() == ["a"]
    assert bench.intake.offsets()["forms"] == 4


def test_offsets_behind_the_last_record_count_once_it_is_applied():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 10), event("b", 11), end=7))
    bench.ends["forms"] = 1
    assert bench.intake.offsets()["web"] == 0
    bench.accept("forms", chunk(0, event("c", 10)))
    bench.run()
    assert bench.intake.offsets() == {"web": 7, "forms": 1, "activity": 0, "rescore": 0}


def test_a_topic_that_runs_ahead_is_held_and_released_when_others_catch_up():
    bench = Bench()
    bench.ends["forms"] = 1
    bench.accept("web", chunk(0, *[event(f"e{number:05}", 100 + number) for number in range(HOLD_RECORDS)]))
    assert bench.holds == [("web", True)]
    assert bench.run() == []
    bench.accept("forms", chunk(0, event("first", 1)))
    assert len(bench.run()) == HOLD_RECORDS + 1
    assert bench.holds == [("web", True), ("web", False)]
    assert bench.intake.is_idle


def test_large_records_hold_a_topic_before_many_do():
    bench = Bench()
    bench.ends["forms"] = 1
    bench.accept("web", chunk(0, *[event(f"e{number}", number, text="x" * 200_000) for number in range(11)]))
    assert bench.holds == [("web", True)]


def test_a_record_that_comes_again_is_left_out():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 1), event("b", 2)))
    bench.accept("web", chunk(0, event("a", 1), event("b", 2)))
    bench.accept("web", chunk(1, event("b", 2), event("c", 3)))
    assert bench.run() == ["a", "b", "c"]


def test_a_gap_is_an_error():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 1)))
    with pytest.raises(RecoveryError, match="records 1 to 4 were never received"):
        bench.accept("web", chunk(5, event("b", 2)))


def test_a_late_record_is_applied_as_soon_as_it_is_there():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 100)))
    bench.run()
    bench.accept("forms", chunk(0, event("late", 1)))
    assert bench.run() == ["a", "late"]


def test_one_event_on_two_topics_does_not_stop_the_merge():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 1), event("a", 1)))
    bench.accept("forms", chunk(0, event("a", 1)))
    assert bench.run() == ["a", "a", "a"]


def test_refused_and_unreadable_records_become_dead_letters_and_count_as_applied():
    bench = Bench()
    bench.accept("web", chunk(0, b"garbage", event("no", 1, refuse=True), None, event("a", 2)))
    bench.accept("rescore", chunk(0, b'{"type":"noise"}'))
    bench.accept("activity", chunk(0, b"[]"))
    assert bench.run() == ["a"]
    letters = bench.intake.take().dead_letters
    assert sorted((letter.topic, dict(letter.headers)["leadtide-reason"]) for letter in letters) == [
        ("activity", b"unreadable_message"),
        ("rescore", b"unreadable_message"),
        ("web", b"not_json"),
        ("web", b"null_value"),
        ("web", b"toy_refused"),
    ]
    assert bench.intake.offsets() == {"web": 4, "forms": 0, "activity": 1, "rescore": 1}
    assert bench.intake.take().dead_letters == []


def test_a_crash_is_explained_by_the_record_in_hand():
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 1), event("b", 2, crash=True), event("c", 3)))
    with pytest.raises(RuntimeError):
        bench.run()
    assert bench.intake.in_hand() == ("web", 1)


def test_a_tick_is_worked_off_in_steps_and_done_again_from_its_offset_if_cut_short():
    bench = Bench()
    for number in range(10):
        bench.engine.leads[f"l{number}"] = [1, 0, 0, 100 + number]
    bench.accept("rescore", chunk(0, tick(1_000)))
    bench.intake.step(3)
    assert sum(state[3] is None for state in bench.engine.leads.values()) == 3
    assert bench.intake.offsets()["rescore"] == 0
    assert not bench.intake.is_idle
    assert bench.run()[-1] == 1_000
    assert bench.engine.next_due() is None
    assert bench.intake.offsets()["rescore"] == 1


def test_records_of_a_topic_made_anew_are_not_taken_for_old_ones():
    """The broker moves a position behind the log's end to its beginning: this must not pass in silence."""
    bench = Bench()
    bench.accept("web", chunk(0, event("a", 1), event("b", 2), event("c", 3)))
    bench.accept("web", chunk(1, event("b", 2), event("c", 3)))  # a harmless repetition
    with pytest.raises(RecoveryError, match="made anew"):
        bench.accept("web", chunk(0, event("x", 4), event("y", 5)))
