"""Worker processes on a real broker, what is sent to them, and what they wrote."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from pipeline import topics
from pipeline.codec.outbound import decode_output
from pipeline.events import topic_of
from pipeline.partitioning import partition_of
from pipeline.settings import Settings
from pipeline.streaming.changelog import ChangelogReader
from pipeline.streaming.profiles import read_profiles
from pipeline.topic_setup import administrator, create
from tests.streaming.toy import CHANGE_EVERY

PATIENCE_SECONDS = 90.0
START_MS = 1_790_000_000_000
_TYPES = ["web.page_viewed"] * 5 + ["form.submitted", "email.opened", "crm.contacted"]


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something that must come; how long it takes is not what is tested."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about")
        await asyncio.sleep(0.1)


class Worker:
    """A worker process: the toy engine's, unless `command` names another."""

    def __init__(self, installation: "Installation", *, command: list[str] | None = None, **environment: str) -> None:
        self.log = installation.directory / f"worker-{len(list(installation.directory.iterdir()))}.log"
        own = command or [sys.executable, str(Path(__file__).with_name("toy_worker.py"))]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                own,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | installation.environment | environment,
                cwd=installation.directory,
            )

    def said(self) -> str:
        return self.log.read_text()

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> int:
        self.process.kill()
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the worker does not end:\n{self.said()}") from None


@dataclass
class Sent:
    """What was sent, by lead: how many events and their sum."""

    leads: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def changes(self) -> dict[str, int]:
        return {lead: count // CHANGE_EVERY for lead, (count, _) in self.leads.items() if count >= CHANGE_EVERY}


class Installation:
    """Topics of its own on a broker."""

    def __init__(
        self, bootstrap: str, prefix: str, directory: Path, *, partitions: int = 2, clock: str = "stream"
    ) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
            "LEADTIDE_KAFKA__TOPIC_PREFIX": prefix,
            "LEADTIDE_KAFKA__PARTITIONS": str(partitions),
            "LEADTIDE_CLOCK": clock,
            "LEADTIDE_SESSION_TIMEOUT_SECONDS": "3",
            "LEADTIDE_LOG_FORMAT": "console",
        }
        self.settings = Settings(
            kafka={"bootstrap_servers": bootstrap, "topic_prefix": prefix, "partitions": partitions}, clock=clock
        )
        self.sent = Sent()

    def name(self, topic: topics.Topic) -> str:
        return topic.full_name(self.settings.kafka.topic_prefix)

    async def create_topics(self) -> None:
        async with administrator(self.settings) as admin:
            await create(admin, self.settings)

    async def send(self, count: int, *, leads: int = 200, seed: int = 1, start_ms: int = START_MS) -> None:
        """Seeded events in order of time, ten ms apart, on the topics of their types, keyed by lead."""
        random = Random(seed)
        records = []
        for number in range(count):
            lead, kind, points = f"lead-{random.randrange(leads)}", random.choice(_TYPES), random.randrange(100)
            event = {
                "event_id": f"{seed}-{number:07}",
                "type": kind,
                "occurred_at": start_ms + number * 10,
                "lead_id": lead,
                "properties": {"n": points},
            }
            records.append((topic_of(kind), lead.encode(), json.dumps(event).encode()))
            self.sent.leads[lead][0] += 1
            self.sent.leads[lead][1] += points
        await self.send_raw(records)

    async def send_raw(self, records: list[tuple[str, bytes, bytes]], headers: Any = None) -> None:
        """(topic without prefix, key, value)."""
        prefix, partitions = self.settings.kafka.topic_prefix, self.settings.kafka.partitions
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers, acks="all", linger_ms=5
        ) as producer:
            sent = [
                await producer.send(
                    prefix + topic, value, key=key, partition=partition_of(key or b"", partitions), headers=headers
                )
                for topic, key, value in records
            ]
            await asyncio.gather(*sent)

    async def lag(self) -> int:
        """Records that no checkpoint includes yet, by the group's offsets."""
        tps = [
            TopicPartition(self.name(topic), number)
            for topic in topics.CONSUMED
            for number in range(self.settings.kafka.partitions)
        ]
        async with AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers,
            group_id=self.settings.group_id,
            enable_auto_commit=False,
            isolation_level="read_committed",
        ) as consumer:
            ends = await consumer.end_offsets(tps)
            committed = await consumer._coordinator.fetch_committed_offsets(tps)
            return sum(max(0, ends[tp] - max(0, committed[tp].offset if tp in committed else 0)) for tp in tps)

    async def caught_up(self, worker: Worker) -> None:
        async def done() -> bool:
            assert worker.process.poll() is None, worker.said()
            return await self.lag() == 0

        await until(done, f"a lag of 0\n{worker.said()}")

    async def read(self, topic: topics.Topic) -> list[Any]:
        """The committed records of a topic, in order within a partition."""
        records = []
        async with ChangelogReader(self.settings, topic=self.name(topic)) as reader:
            async for _, chunk in reader.chunks(range(self.settings.kafka.partitions)):
                records += chunk.records
        return records

    async def table(self) -> dict[str, list[int]]:
        """Lead → [events, sum], out of the changelog."""
        return {key.decode(): json.loads(value)[:2] async for key, value in read_profiles(self.settings)}

    async def sequences(self) -> dict[str, list[int]]:
        """Lead → the `seq` of its stage changes, as a read_committed reader sees them."""
        found = defaultdict(list)
        for record in await self.read(topics.STAGE_CHANGES):
            document = decode_output(record.value)
            found[document["lead_id"]].append(document["seq"])
        return dict(found)

    async def assert_exact(self) -> None:
        """Every event counts once, and every change was announced once."""
        assert await self.table() == dict(self.sent.leads)
        expected = {lead: list(range(1, count + 1)) for lead, count in self.sent.changes().items()}
        assert await self.sequences() == expected


DEATH = re.compile(r"FAILPOINT (?P<point>\w+) pid=\d+ transaction=(?P<transaction>\w+) lag=(?P<lag>\d+)")
