"""The whole worker on the broker without transactions."""

import json

import pytest

from pipeline import topics
from pipeline.streaming.markers import read_markers
from tests.integration.harness import Installation, Worker

pytestmark = pytest.mark.embedded


async def test_a_worker_scores_what_is_produced_and_goes_on_after_a_restart(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w")
    await here.create_topics()
    await here.send(4_000)

    first = Worker(here)
    await here.caught_up(first)
    assert first.terminate() == 0, first.said()
    assert "at least once (this broker has no transactions)" in first.said()
    await here.assert_exact()

    await here.send(1_000, seed=2, start_ms=1_790_001_000_000)
    second = Worker(here)
    await here.caught_up(second)
    assert second.terminate() == 0, second.said()
    await here.assert_exact()
    assert set(await read_markers(here.settings)) == {0, 1}


async def test_what_cannot_be_used_becomes_a_dead_letter_byte_for_byte(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    refused = {"event_id": "r", "type": "form.submitted", "occurred_at": 1, "lead_id": "x", "properties": {"refuse": 1}}
    await here.send_raw(
        [
            (topics.FORMS.name, b"some key", b"\xff\xfe not json"),
            (topics.FORMS.name, None, json.dumps(refused).encode()),
            (topics.FORMS.name, b"big", b'"' + b"x" * 300_000 + b'"'),
            (topics.RESCORE.name, b"t", b'{"type":"noise"}'),
        ],
        headers=[("trace", b"\x00\x01"), ("Faust-Ag-ReplyTo", b"evil-topic")],
    )
    await here.send(100)
    worker = Worker(here)
    await here.caught_up(worker)
    assert worker.terminate() == 0, worker.said()
    await here.assert_exact()

    letters = await here.read(topics.dead_letters(topics.FORMS))
    assert [(letter.key, dict(letter.headers)["leadtide-reason"]) for letter in letters] == [
        (b"some key", b"not_json"),
        (None, b"toy_refused"),
        (b"big", b"too_large"),
    ]
    assert letters[0].value == b"\xff\xfe not json"
    assert len(letters[2].value) == 300_002
    headers = list(letters[0].headers)
    assert headers[0] == ("trace", b"\x00\x01")
    assert [name for name, _ in headers[1:]] == [
        "__streams.errors.topic",
        "__streams.errors.partition",
        "__streams.errors.offset",
        "__streams.errors.exception",
        "__streams.errors.message",
        "leadtide-reason",
    ]
    assert dict(headers)["__streams.errors.topic"] == here.name(topics.FORMS).encode()
    assert [dict(headers)[f"__streams.errors.{name}"] for name in ("partition", "offset")] == [b"0", b"0"]
    strange = await here.read(topics.dead_letters(topics.RESCORE))
    assert [dict(letter.headers)["leadtide-reason"] for letter in strange] == [b"unreadable_message"]


async def test_a_record_that_breaks_the_engine_three_times_is_given_up(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    breaks = {"event_id": "x", "type": "form.submitted", "occurred_at": 1, "lead_id": "x", "properties": {"crash": 1}}
    await here.send_raw([(topics.FORMS.name, b"x", json.dumps(breaks).encode())])
    await here.send(500)
    for _ in range(3):
        worker = Worker(here)
        assert worker.wait() == 1, worker.said()
        assert f"partition 0, record 0 of {here.name(topics.FORMS)}: RuntimeError: the engine broke" in worker.said()
        assert "Traceback" not in worker.said()
    worker = Worker(here)
    await here.caught_up(worker)
    assert worker.terminate() == 0, worker.said()
    await here.assert_exact()
    letters = await here.read(topics.dead_letters(topics.FORMS))
    assert [dict(letter.headers)["leadtide-reason"] for letter in letters] == [b"crash_loop"]


async def test_a_worker_that_finds_no_topics_says_how_to_make_them(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w")
    worker = Worker(here)
    assert worker.wait() != 0
    assert "run: leadtide topics create" in worker.said()


async def test_too_many_dead_letters_stop_the_worker(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    await here.send_raw([(topics.EMAIL.name, b"k", b"garbage")] * 30)
    worker = Worker(here, LEADTIDE_DEAD_LETTERS__MAX_RUN="30")
    assert worker.wait() == 7, worker.said()
    assert "30 records in a row cannot be used: look at them with `leadtide dlq list`" in worker.said()
