"""produce, tail, tick, status and dlq against a real (embedded) broker."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import orjson
import pytest
from aiokafka.partitioner import murmur2

from pipeline.clients.connection import producer
from pipeline.clients.reading import read
from pipeline.codec import decode
from pipeline.events import Rejection
from pipeline.identity import identities
from pipeline.simulation import simulate
from pipeline.streaming.dead_letters import DeadLetter
from pipeline.topics import INPUTS, RESCORE, STAGE_CHANGES, WEB_BEHAVIOR, names

pytestmark = pytest.mark.embedded

STAGE_CHANGE = {
    "lead_id": "L-1",
    "email": "ann@acme.example",
    "occurred_at": "2026-03-02T09:30:00.000Z",
    "direction": "up",
    "from_stage": "lead",
    "to_stage": "mql",
    "total": 92.5,
    "grade": "B1",
    "cause": "activity",
    "reasons": [{"rule": "demo", "title": "Asked for a demo", "points": 50.0, "events": 1}],
}


def all_records(settings, topics):
    async def gather():
        full_names = names(topics, settings.kafka.topic_prefix)
        return [record async for record in read(settings, full_names, from_beginning=True, follow=False)]

    return asyncio.run(gather())


def put(settings, topic, values, **more):
    async def send():
        async with producer(settings) as client:
            for value in values:
                await client.send_and_wait(settings.kafka.topic_prefix + topic, value, **more)

    asyncio.run(send())


def test_produce_sends_every_line_unchanged_by_type_and_key(installation, tmp_path):
    file = tmp_path / "events.ndjson"
    sent = list(simulate(5, people=40, days=30, poison=0.05))
    file.write_bytes(b"".join(record.value + b"\n" for record in sent))

    result = installation.run("produce", str(file), "--json")

    assert result.exit_code == 0, result.output
    totals = json.loads(result.stdout)
    poison = sum(record.poison is not None for record in sent)
    assert totals["sent"] == len(sent)
    assert totals["dead_letters_to_be"] == poison > 0
    prefix = installation.settings.kafka.topic_prefix
    stored = all_records(installation.settings, INPUTS)
    assert Counter((record.topic, record.key, record.value) for record in stored) == Counter(
        (prefix + record.topic, None if record.key is None else record.key.encode(), record.value) for record in sent
    )
    for record in stored:
        if record.key is not None:
            assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % 2
            assert identities(decode(record.value)).subject == record.key.decode()


@pytest.mark.usefixtures("installation")
def test_produce_reads_standard_input_at_a_rate_and_leaves_out_what_no_topic_takes():
    lines = [json.dumps({"event_id": f"e-{number}"}).encode() for number in range(5)]
    lines.append(b'"' + b"x" * 2_000_000 + b'"')
    command = [sys.executable, "-m", "pipeline.cli", "produce", "-", "--rate", "100", "--json"]
    result = subprocess.run(command, input=b"\n".join(lines), capture_output=True, timeout=60, check=True)
    assert json.loads(result.stdout)["sent"] == 5
    assert json.loads(result.stdout)["not_sent"] == 1
    assert b"-:6: 2000002 bytes" in result.stderr


def test_tail_shows_lines_for_people_and_documents_for_programs(installation):
    put(installation.settings, STAGE_CHANGES.name, [orjson.dumps(STAGE_CHANGE | {"seq": n}) for n in (1, 2, 3)])
    result = installation.run("tail", "stage-changes", "--from-beginning", "--limit", "2", "--json")
    assert [json.loads(line)["lead_id"] for line in result.stdout.splitlines()] == ["L-1", "L-1"]
    result = installation.run("tail", "stage-changes", "--from-beginning", "--no-follow")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 3
    assert "ann@acme.example" in result.stdout
    assert "Lead → Marketing-qualified" in result.stdout
    assert "Asked for a demo +50" in result.stdout


def test_tick_tells_every_partition(installation):
    result = installation.run("tick", "--until", "2026-05-01T00:00:00Z", "--json")
    assert json.loads(result.stdout) == {"instant": "2026-05-01T00:00:00.000Z", "partitions": 2}
    ticks = all_records(installation.settings, [RESCORE])
    assert sorted(record.partition for record in ticks) == [0, 1]
    assert {record.value for record in ticks} == {b'{"type":"tick","instant":1777593600000}'}


def test_tick_refuses_what_is_no_instant(installation):
    result = installation.run("tick", "--until", "tomorrow")
    assert result.exit_code != 0
    assert "ISO-8601" in str(result.exception)


def test_status_counts_what_is_not_worked_off(installation):
    result = installation.run("status", "--wait", "--timeout", "5", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["caught_up"] is True
    put(installation.settings, WEB_BEHAVIOR.name, [b"{}"] * 3)
    status = json.loads(installation.run("status", "--json").stdout)
    assert (status["caught_up"], status["lag"], status["members"]) == (False, 3, 0)
    result = installation.run("status", "--wait", "--timeout", "0.5")
    assert result.exit_code == 1
    assert "behind by 3 records" in result.stdout
    assert "next: leadtide worker" in result.stderr


def bury(settings, values):
    """Dead letters as the worker writes them."""
    topic = settings.kafka.topic_prefix + WEB_BEHAVIOR.name
    for offset, value in enumerate(values):
        rejection = decode(value)
        assert isinstance(rejection, Rejection)
        record = SimpleNamespace(
            offset=offset, key=b"some-key", value=value, headers=(("trace", b"abc"), ("faust-x", b"1"))
        )
        letter = DeadLetter.of(topic, 1, record, rejection)
        put(settings, f"{WEB_BEHAVIOR.name}.dlq", [letter.value], key=letter.key, headers=list(letter.headers))


def test_dead_letters_are_listed_shown_and_sent_back_as_they_came(installation):
    bury(installation.settings, [b"{", b'{"event_id":"e-2","type":"web.page_viewed"}', None])

    listed = [json.loads(line) for line in installation.run("dlq", "list", "--json").stdout.splitlines()]
    assert sorted(letter["reason"] for letter in listed) == ["missing_field", "not_json", "null_value"]
    (letter,) = [letter for letter in listed if letter["reason"] == "missing_field"]
    assert (letter["topic"], letter["partition"], letter["offset"]) == (
        installation.settings.kafka.topic_prefix + WEB_BEHAVIOR.name,
        1,
        1,
    )
    assert "missing_field" in installation.run("dlq", "list").stdout

    shown = json.loads(installation.run("dlq", "show", letter["id"], "--json").stdout)
    assert shown["value"] == '{"event_id":"e-2","type":"web.page_viewed"}'
    assert shown["headers"] == {"trace": "abc"}
    assert 'value: {"event_id":"e-2"' in installation.run("dlq", "show", letter["id"]).stdout

    tried = installation.run("dlq", "replay", "--dry-run", "--json")
    assert json.loads(tried.stdout) == {"selected": 3, "sent": 0}
    assert all_records(installation.settings, [WEB_BEHAVIOR]) == []
    sent = installation.run("dlq", "replay", "--reason", "missing_field", "--json")
    assert json.loads(sent.stdout) == {"selected": 1, "sent": 1}
    (back,) = all_records(installation.settings, [WEB_BEHAVIOR])
    assert (back.key, back.value, back.headers) == (b"some-key", shown["value"].encode(), (("trace", b"abc"),))


def test_a_dead_letter_that_is_not_there_is_an_error_that_says_so(installation):
    result = installation.run("dlq", "show", "nowhere/0/0")
    assert "leadtide dlq list" in str(result.exception)
