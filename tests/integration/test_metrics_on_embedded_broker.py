"""A worker that is watched: from its start over poisoned input to its end."""

import asyncio
import json
import socket
import sys
from collections import Counter
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline import topics
from pipeline.models import load_model
from pipeline.streaming.profiles import read_profiles
from tests.integration.harness import Installation, Worker, until

pytestmark = pytest.mark.embedded

POISON = [
    (topics.FORMS.name, b"k", b"\xff\xfe", "not_json"),
    (topics.FORMS.name, b"k", b"[]", "not_an_object"),
    (topics.WEB_BEHAVIOR.name, b"k", b'"' + b"x" * 300_000 + b'"', "too_large"),
    (topics.EMAIL.name, b"k", b'{"event_id":"e","type":"email.opened"}', "missing_field"),
    (topics.RESCORE.name, b"k", b'{"type":"noise"}', "unreadable_message"),
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Watched:
    """A worker with the real engine, and what it tells."""

    def __init__(self, here: Installation) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.worker = Worker(
            here, command=[sys.executable, "-m", "pipeline.cli", "worker"], LEADTIDE_METRICS__PORT=str(port)
        )
        self.readiness: list[tuple[int, str]] = []

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nobody listens."""

        def ask() -> tuple[int, str]:
            try:
                with urlopen(self.address + path, timeout=5) as answer:  # noqa: S310 - our own http address
                    return answer.status, answer.read().decode()
            except HTTPError as refused:
                with refused:
                    return refused.code, refused.read().decode()
            except (URLError, ConnectionError):
                return 0, ""

        return await asyncio.to_thread(ask)

    async def ready(self) -> None:
        async def done() -> bool:
            assert self.worker.process.poll() is None, self.worker.said()
            answer = await self.get("/readyz")
            if answer[0]:
                self.readiness.append(answer)
            return answer[0] == 200

        await until(done, "readiness")

    async def samples(self) -> dict[tuple, float]:
        """(name, label values in the order of the labels' names …) → value."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            (
                sample.name.removeprefix("leadtide_"),
                *(value for _, value in sorted(sample.labels.items())),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


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
    poisoned = Counter(topic for topic, *_ in POISON)
    for topic in topics.CONSUMED:
        name = topic.name
        assert found["events_total", "dead_letter", name] == poisoned[name], name
        assert found["events_total", "applied", name] == ends[name] - poisoned[name], name
        assert found["lag_records", name] == 0, name
        assert (found["last_record_timestamp_seconds", name] > 0) == (ends[name] > 0), name
    reasons = {key[1]: value for key, value in found.items() if key[0] == "dead_letters_total" and value}
    assert reasons == {reason: 1 for *_, reason in POISON}

    changes = [json.loads(record.value) for record in await here.read(topics.STAGE_CHANGES)]
    announced = Counter((change["from_stage"], change["to_stage"]) for change in changes)
    told = {key[1:]: value for key, value in found.items() if key[0] == "stage_changes_total" and value}
    assert told == announced
    assert announced, "no stage changed: the test shows too little"
    stages = {stage.id for stage in load_model("preset:standard-b2b").lifecycle.stages}
    assert {stage for move in told for stage in move} <= stages

    leads = len({event async for event, _ in read_profiles(here.settings)})
    assert found["leads",] == leads
    assert (found["ready",], found["partitions",]) == (1, 1)
    assert found["checkpoint_seconds_count",] == found["checkpoint_records_count",] > 0
    assert found["last_checkpoint_timestamp_seconds",] > 0
    assert watched.worker.terminate() == 0, watched.worker.said()

    again = Watched(here)
    await again.ready()
    found = await again.samples()
    assert (found["recovered_leads_total",], found["recovery_seconds_count",]) == (leads, 1)
    assert found["rebalance_seconds_count",] >= 1
    assert sum(value for key, value in found.items() if key[0] == "events_total") == 0
    assert again.worker.terminate() == 0, again.worker.said()


async def test_a_port_that_is_taken_ends_the_worker_with_the_setting(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        worker = Worker(here, command=[sys.executable, "-m", "pipeline.cli", "worker"], LEADTIDE_METRICS__PORT=port)
        assert worker.wait() == 2, worker.said()
    assert "LEADTIDE_METRICS__PORT" in worker.said()
