"""Twelve partitions, workers that die, come and go, and records under wrong keys: the files are the reference's."""

import asyncio
import json
import random
import subprocess
import time

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from pipeline.events import topic_of
from pipeline.partitioning import partition_of
from tests.e2e.conftest import UNTIL
from tests.e2e.installation import LEADTIDE, Installation, assert_equal, replayed, rows

EVENTS = 100_000
PARTITIONS = 12
POINTS = ("before_data", "after_data", "after_offsets", "after_commit")


async def send_under_any_key(bootstrap, prefix, lines, chance):
    """Each event into a partition of chance, in the order of the file."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=1 << 18)
    await producer.start()
    await asyncio.sleep(2)  # the topics are young: their leaders are being elected
    try:
        for line in lines:
            try:
                topic = topic_of(str(orjson.loads(line)["type"]))
            except (ValueError, KeyError, TypeError):
                topic = topic_of("web")
            await producer.send(prefix + topic, line, partition=chance.randrange(PARTITIONS))
        await producer.flush()
    finally:
        await producer.stop()


class Crew:
    """Workers that are killed, stopped and replaced, by a seeded schedule."""

    def __init__(self, installation, chance):
        self.installation, self.chance = installation, chance
        self.workers = []
        self.killed = self.at_points = self.stopped = 0

    def start(self, *, doomed=False):
        options = {}
        if doomed:
            options["LEADTIDE_FAILPOINT"] = f"{self.chance.choice(POINTS)}:{self.chance.randint(3, 25)}"
        self.workers.append(self.installation.start_worker(**options))

    def replace_the_dead(self):
        dead = [worker for worker in self.workers if worker.poll() is not None]
        self.at_points += len(dead)
        self.workers = [worker for worker in self.workers if worker not in dead]
        for _ in dead:
            self.start()

    def disturb(self):
        worker = self.chance.choice(self.workers)
        self.workers.remove(worker)
        if self.chance.random() < 0.7:
            worker.kill()
            self.killed += 1
        else:
            worker.terminate()
            self.stopped += 1
        worker.wait(60)
        self.start(doomed=self.chance.random() < 0.5)

    def end(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()


@pytest.mark.kafka
def test_many_workers_that_die_come_to_the_reference(kafka_broker, topic_prefix, tmp_path):
    """100,000 events under any key, 12 partitions, workers killed at random and at named points: not a byte differs."""
    chance = random.Random(4)
    events, reference = tmp_path / "events.ndjson", tmp_path / "reference"
    command = [*LEADTIDE, "simulate", "--events", str(EVENTS), "--seed", "7", "--out", events]
    subprocess.run(command, check=True, capture_output=True)
    here = Installation(kafka_broker, topic_prefix, tmp_path)
    lines = events.read_bytes().splitlines()
    asyncio.run(send_under_any_key(kafka_broker, topic_prefix, lines, chance))
    crew = Crew(here, chance)
    try:
        for _ in range(3):
            crew.start()
        crew.start(doomed=True)
        replayed(events, UNTIL, reference)
        for _ in range(8):
            time.sleep(chance.uniform(2, 6))
            crew.replace_the_dead()
            crew.disturb()
        here.run("tick", "--until", UNTIL)
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            crew.replace_the_dead()
            status = json.loads(here.run("status", "--json"))
            if status["caught_up"]:
                break
            time.sleep(2)
        assert status["caught_up"], here.worker_log()[-5_000:]
    finally:
        crew.end()
    here.run("export", "--until", UNTIL, "--out", tmp_path / "exported")
    assert crew.killed >= 3
    assert crew.at_points >= 1
    assert_equal(tmp_path / "exported", reference)
    absorbing = [row for row in rows(reference, "scores") if row["aliases"]]
    assert sum(any(_home(a) != _home(row["lead_id"]) for a in row["aliases"]) for row in absorbing) > len(absorbing) / 2
    for lead, seqs in _sequences(tmp_path / "exported").items():
        assert sorted(seqs) == list(range(1, len(seqs) + 1)), lead


def _home(subject):
    return partition_of(subject.encode(), PARTITIONS)


def _sequences(directory):
    found = {}
    for row in rows(directory, "stage-changes"):
        found.setdefault(row["lead_id"], []).append(row["seq"])
    return found
