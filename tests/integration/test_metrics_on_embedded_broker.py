"""A worker that is watched: from its start over poisoned input to its end."""

import json
import socket
from collections import Counter

import pytest

from pipeline import simulation, topics
from pipeline.codec.outbound import decode_output
from pipeline.metrics import WorkerMetrics
from pipeline.models import load_model
from pipeline.streaming.profiles import read_profiles
from tests.integration.harness import Installation, Worker, until
from tests.integration.watching import LEADTIDE, Watched, assert_nobody_is_named, names_of

pytestmark = pytest.mark.embedded

POISON = [
    (topics.FORMS.name, b"k", b"\xff\xfe", "not_json"),
    (topics.FORMS.name, b"k", b"[]", "not_an_object"),
    (topics.WEB_BEHAVIOR.name, b"k", b'"' + b"x" * 300_000 + b'"', "too_large"),
    (topics.EMAIL.name, b"k", b'{"event_id":"e","type":"email.opened"}', "missing_field"),
    (topics.RESCORE.name, b"k", b'{"type":"noise"}', "unreadable_message"),
]


def records_agree(found: dict, ends: Counter) -> None:
    """What came in is counted by topic, result, form and reason."""
    poisoned = Counter(topic for topic, *_ in POISON)
    for topic in topics.CONSUMED:
        name = topic.name
        assert found["events_total", "dead_letter", name] == poisoned[name], name
        told = [found["events_total", result, name] for result in ("applied", "duplicate")]
        assert sum(told) == ends[name] - poisoned[name], name
        assert (found["chunks_total", name] > 0) == (ends[name] > 0), name
        assert found["lag_records", name] == 0, name
        assert (found["last_record_timestamp_seconds", name] > 0) == (ends[name] > 0), name
    assert sum(value for key, value in found.items() if key[:2] == ("events_total", "duplicate")) == 10
    inputs = sum(ends[topic.name] for topic in topics.INPUTS)
    odd = len([1 for topic, _, value, _ in POISON if topic != topics.RESCORE.name and value[:1] != b"{"])
    assert (found["decoded_records_total", "json"], found["decoded_records_total", "unknown"]) == (inputs - odd, odd)
    reasons = {key[1]: value for key, value in found.items() if key[0] == "dead_letters_total" and value}
    assert reasons == {reason: 1 for *_, reason in POISON}


async def outputs_agree(found: dict, here: Installation) -> None:
    """What went out is counted by stages and by signal."""
    signals = Counter(decode_output(record.value)["signal"] for record in await here.read(topics.SIGNALS))
    assert {key[1]: value for key, value in found.items() if key[0] == "signals_total" and value} == signals
    changes = [decode_output(record.value) for record in await here.read(topics.STAGE_CHANGES)]
    announced = Counter((change["from_stage"], change["to_stage"]) for change in changes)
    told = {key[1:]: value for key, value in found.items() if key[0] == "stage_changes_total" and value}
    assert told == announced
    assert announced, "no stage changed: the test shows too little"
    stages = {stage.id for stage in load_model("preset:standard-b2b").lifecycle.stages}
    assert {stage for move in told for stage in move} <= stages


async def test_the_counts_are_what_was_sent_and_readiness_follows_the_partitions(
    embedded_broker, topic_prefix, tmp_path
):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    watched = Watched(here)
    await watched.ready()
    codes = [code for code, _ in watched.readiness]
    assert set(codes[:-1]) == {503}, "it was never seen joining"
    assert all(json.loads(body)["reason"] for _, body in watched.readiness[:-1])
    assert (await watched.get("/livez"))[0] == 200
    assert (await watched.get("/table"))[0] == 404

    await here.send(600, leads=40)
    await here.send(10, leads=40)
    await here.send_raw([(topic, key, value) for topic, key, value, _ in POISON])
    await here.caught_up(watched.worker)
    ends = Counter({topic.name: len(await here.read(topic)) for topic in topics.CONSUMED})
    found = {}

    async def counted() -> bool:
        # A checkpoint is counted a moment after its offsets are there.
        nonlocal found
        found = await watched.samples()
        return sum(value for key, value in found.items() if key[0] == "events_total") >= ends.total()

    await until(counted, f"the count of {ends.total()} records")
    records_agree(found, ends)
    await outputs_agree(found, here)
    leads = len({event async for event, _ in read_profiles(here.settings)})
    assert found["leads",] == leads
    assert (found["ready",], found["partitions",], found["partition_owned", "0"], found["standby",]) == (1, 1, 1, 0)
    counts = {found[f"checkpoint_{what}_count",] for what in ("seconds", "records", "bytes")}
    assert len(counts) == 1
    assert counts.pop() > 0
    assert found["checkpoint_bytes_sum",] > leads * 100, "profiles are larger than that"
    assert found["last_checkpoint_timestamp_seconds",] > 0
    assert watched.worker.terminate() == 0, watched.worker.said()

    again = Watched(here)
    await again.ready()
    found = await again.samples()
    assert (found["recovered_leads_total",], found["recovery_seconds_count",]) == (leads, 1)
    assert found["recovered_records_total",] >= leads
    assert found["rebalance_seconds_count",] == found["rebalances_total",] >= 1
    assert found["assignment_seconds_count",] >= 1, "it is the group's only member, so it leads"
    assert sum(value for key, value in found.items() if key[0] == "events_total") == 0
    assert again.worker.terminate() == 0, again.worker.said()


async def test_a_port_that_is_taken_ends_the_worker_with_the_setting(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        worker = Worker(here, command=[*LEADTIDE, "worker"], LEADTIDE_METRICS__PORT=port)
        assert worker.wait() == 2, worker.said()
    assert "LEADTIDE_METRICS__PORT" in worker.said()


async def test_no_label_holds_an_id_or_an_address(embedded_broker, topic_prefix, tmp_path):
    """After simulated people, poison included, each label value is a known one and nobody's name, id or address."""
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    watched = Watched(here)
    await watched.ready()
    records = list(simulation.simulate(5, events=1_500, poison=0.02))
    await here.send_raw([(record.topic, (record.key or "").encode(), record.value) for record in records])
    await here.caught_up(watched.worker)
    people = names_of(records)
    assert len(people) > 1_500
    exposition = await watched.exposition()
    assert_nobody_is_named(exposition, people, load_model("preset:standard-b2b"), partitions=1)
    found = await watched.samples()
    assert {key[1] for key, value in found.items() if key[0] == "dead_letters_total" and value}, "no poison was read"
    assert watched.worker.terminate() == 0, watched.worker.said()


@pytest.mark.parametrize("name", ["ada@example.com", "v-17", "e-000001"])
def test_the_walk_finds_what_it_looks_for(name):
    """An id or an address in any label is found, whatever else is right."""
    metrics, model = WorkerMetrics(), load_model("preset:standard-b2b")
    assert_nobody_is_named(metrics.text().decode(), {name}, model, partitions=1)
    metrics.signals.labels(name).inc()
    with pytest.raises(AssertionError):
        assert_nobody_is_named(metrics.text().decode(), {name}, model, partitions=1)
