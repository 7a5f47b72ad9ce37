"""Dead letters keep what came, and many of them stop the worker."""

import pytest

from pipeline.events import Rejection
from pipeline.streaming.dead_letters import DeadLetter, DeadLetterLimit, TooManyDeadLettersError
from tests.streaming.lanes import Raw


def test_a_dead_letter_is_the_record_with_headers_that_say_where_and_why():
    raw = Raw(7, b"\x00value", key=None, headers=[("a", b"\xff"), ("a", None), ("Faust-Ag-ReplyTo", b"x")])
    letter = DeadLetter.of("in.v1", 2, raw, Rejection("not_json", "naïve"))
    assert (letter.target, letter.key, letter.value) == ("in.v1.dlq", None, b"\x00value")
    assert list(letter.headers) == [
        ("a", b"\xff"),
        ("a", None),
        ("__streams.errors.topic", b"in.v1"),
        ("__streams.errors.partition", b"2"),
        ("__streams.errors.offset", b"7"),
        ("__streams.errors.exception", b"pipeline.events.Rejection"),
        ("__streams.errors.message", "naïve".encode()),
        ("leadtide-reason", b"not_json"),
    ]


def test_garbage_among_good_records_is_no_reason_to_stop():
    limit = DeadLetterLimit(max_run=10, max_ratio=0.5, min_records=100)
    for _ in range(1_000):
        limit.rejected()
        limit.readable(2)
        limit.check()


def test_a_run_of_rejections_stops_the_worker():
    limit = DeadLetterLimit(max_run=10, max_ratio=1, min_records=1_000)
    for _ in range(9):
        limit.rejected()
    limit.check()
    limit.rejected()
    with pytest.raises(TooManyDeadLettersError, match="10 records in a row"):
        limit.check()


def test_a_large_share_of_rejections_stops_the_worker_only_among_many_records():
    limit = DeadLetterLimit(max_run=1_000, max_ratio=0.5, min_records=100)
    for _ in range(60):
        limit.rejected()
    limit.readable(39)
    limit.check()
    limit.readable(1)
    with pytest.raises(TooManyDeadLettersError, match="60 of 100 records"):
        limit.check()


def test_a_look_with_enough_records_begins_a_new_count():
    limit = DeadLetterLimit(max_run=1_000, max_ratio=0.5, min_records=100)
    limit.readable(1_000)
    limit.check()
    for _ in range(100):
        limit.rejected()
    with pytest.raises(TooManyDeadLettersError, match="100 of 100"):
        limit.check()
