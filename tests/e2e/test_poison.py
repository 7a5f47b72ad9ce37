"""Records that cannot be read, in among good ones, on both kinds of brokers."""

import asyncio
import json
from hashlib import sha256

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.e2e.installation import rows

TOPIC = "leads.web-behavior.v1"
UNTIL = "2026-04-01T00:00:00.000Z"


def _event(number, **changed):
    event = {
        "event_id": f"good-{number}",
        "type": "web.page_viewed",
        "occurred_at": f"2026-03-01T00:00:{number:02d}Z",
        "visitor_id": "v-1",
        "properties": {"path": "/pricing"},
    }
    return json.dumps(event | changed).encode()


POISON = {
    "truncated": (_event(50)[:-20], "not_json"),
    "wrong type of a field": (_event(51, email=17), "bad_field"),
    "no value": (None, "null_value"),
    "no identity": (_event(52, visitor_id="null"), "no_identity"),
    "one megabyte": (_event(53, properties={"path": "x" * 1_000_000}), "too_large"),
    "nested 10,000 deep": (b'{"event_id":"e","properties":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "too_deep"),
}
HEADERS = [("trace", b"\x00\xff"), ("Faust-Ag-ReplyTo", b"somewhere")]


async def _send(installation, records):
    bootstrap = installation.environment["LEADTIDE_KAFKA__BOOTSTRAP_SERVERS"]
    topic = installation.environment["LEADTIDE_KAFKA__TOPIC_PREFIX"] + TOPIC
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=1_048_576) as producer:
        for key, value in records:
            await producer.send_and_wait(topic, value, key=key, headers=HEADERS, partition=0)


async def _dead_letters(installation):
    bootstrap = installation.environment["LEADTIDE_KAFKA__BOOTSTRAP_SERVERS"]
    topic = installation.environment["LEADTIDE_KAFKA__TOPIC_PREFIX"] + TOPIC + ".dlq"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    async with consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        found = []
        while len(found) < len(POISON):
            batches = await consumer.getmany(timeout_ms=5_000)
            assert batches, f"only {len(found)} dead letters"
            found += [record for batch in batches.values() for record in batch]
        return found


def test_poison_is_kept_as_it_came_and_its_neighbours_are_scored(installation, tmp_path):
    """Six kinds of poison lie in the dead letters to the byte, each with its reason; what lies between them counts,
    whatever key it has."""
    keys = [None, b"wrong", b"v:v-1", b"\xff\xfe", None, b""]
    records = []
    for number, (key, (poison, _)) in enumerate(zip(keys, POISON.values(), strict=True)):
        records += [(key, _event(number)), (b"k%d" % number, poison)]
    records.append((None, _event(9)))
    asyncio.run(_send(installation, records))
    exported = installation.run_to(UNTIL, tmp_path / "exported")

    found = asyncio.run(_dead_letters(installation))
    assert [(r.key, r.value) for r in found] == [(b"k%d" % n, value) for n, (value, _) in enumerate(POISON.values())]
    headers = [dict(record.headers) for record in found]
    assert [h["leadtide-reason"].decode() for h in headers] == [reason for _, reason in POISON.values()]
    assert all(h["trace"] == b"\x00\xff" for h in headers)
    assert all(h["__streams.errors.offset"].isdigit() for h in headers)

    (score,) = rows(exported, "scores")
    assert score["lead_id"] == "v:v-1"
    installation.run("explain", "v-1", "--json")
    assert installation.run("explain", "v-1", "--all").count("good-") >= len(POISON) + 1
    listed = rows(exported, "dead-letters")
    assert [row["reason"] for row in listed] == [reason for _, reason in POISON.values()]
    assert {row["sha256"] for row in listed} == {sha256(value or b"").hexdigest() for value, _ in POISON.values()}
