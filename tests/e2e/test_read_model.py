"""The read model equals the table, whatever happens to its projector and its Redis while a worker scores."""

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
import redis

from pipeline import stores
from pipeline.analysis.outputs import Reader, is_lead
from pipeline.codec.instants import parse_instant
from pipeline.engine.packing import unpack
from pipeline.models import load_model
from pipeline.scoring.scorer import Scorer
from pipeline.settings import Settings, load
from pipeline.sinks.read_model.checking import check
from pipeline.sinks.read_model.keys import Keys
from pipeline.streaming.profiles import read_profiles
from tests.e2e.installation import LEADTIDE, rows

UNTIL = "2026-08-01T00:00:00.000Z"
EVENTS = 4_000
_PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """Journeys with absorptions, in four parts."""
    directory = tmp_path_factory.mktemp("journeys")
    path = directory / "events.ndjson"
    subprocess.run([*LEADTIDE, "simulate", "--events", str(EVENTS), "--out", path], check=True, capture_output=True)
    lines = path.read_bytes().splitlines(keepends=True)
    parts = []
    for number in range(4):
        part = directory / f"{number}.ndjson"
        part.write_bytes(b"".join(lines[number * len(lines) // 4 : (number + 1) * len(lines) // 4]))
        parts.append(part)
    return parts


@pytest.fixture
def server(installation, tmp_path):
    """A Redis that keeps most of its data when it is killed, known to the installation."""
    here = stores.LocalRedis(tmp_path / "redis", options=("--appendonly", "yes"))
    installation.environment |= {"LEADTIDE_REDIS__URL": here.start(), "LEADTIDE_REDIS__LEASE_SECONDS": "1"}
    yield here
    here.stop()


class Projectors:
    """One projector after another; what they say goes to one file."""

    def __init__(self, installation):
        self._installation = installation
        self.log = installation.directory / "projector.log"
        self.process = None

    def start(self, *options):
        """Another one."""
        with self.log.open("ab") as log:
            environment = os.environ | self._installation.environment
            self.process = subprocess.Popen([*LEADTIDE, "project", *options], env=environment, stdout=log, stderr=log)

    def kill(self):
        """End it as a power cut would. It must have been alive."""
        assert self.process.poll() is None, self.log.read_text()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End it cleanly."""
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()


@pytest.fixture
def projectors(installation):
    """To be started and killed."""
    here = Projectors(installation)
    yield here
    if here.process is not None:
        here.process.kill()
        here.process.wait()


@contextmanager
def environment(installation, monkeypatch):
    """This process, too, is one of the installation's."""
    with monkeypatch.context() as patch:
        for name, value in installation.environment.items():
            patch.setenv(name, value)
        yield


def settings_of(installation, monkeypatch) -> Settings:
    """The settings that its commands have."""
    with environment(installation, monkeypatch):
        return load(env_file=None)


def documents(settings):
    """Lead → document, out of the epoch that is read."""
    client = redis.Redis.from_url(settings.redis.url)
    keys = Keys.of(settings)
    epoch = keys.at(client.get(keys.epoch).decode())
    names = [member.decode() for member in client.zrange(epoch.ranking, 0, -1)]
    return {name: json.loads(client.get(epoch.lead(name))) for name in names}


def assert_equals_the_table(settings, exported):
    """Each document is its lead's score at its own instant, out of the table; there are no others; and so says export.

    Between the instant of a document and that of the export no lead changes by itself: `due_at` lies after it.
    """

    async def profiles():
        return [unpack(packed) async for _, packed in read_profiles(settings)]

    reader, found = Reader(Scorer(load_model(settings.model))), documents(settings)
    table = {profile.subject: profile for profile in asyncio.run(profiles()) if is_lead(profile)}
    assert found.keys() == table.keys()
    assert len(found) > 100
    for lead_id, document in found.items():
        score = {name: value for name, value in document["score"].items() if name != "reasons"}
        assert score == reader.score_row(table[lead_id], parse_instant(score["as_of"]))
        assert document["seq"] == table[lead_id].standing.seq
    lasting = ("email", "account", "owner", "stage", "explicit", "grade", "due_at", "aliases")
    assert {row["lead_id"]: [row[name] for name in lasting] for row in rows(exported, "scores")} == {
        lead_id: [document["score"][name] for name in lasting] for lead_id, document in found.items()
    }


def test_it_equals_the_scores_after_kills_a_flush_and_a_stopped_redis(  # noqa: PLR0917 - fixtures
    installation, server, projectors, events, monkeypatch, tmp_path, request
):
    """Projectors are killed with -9, Redis is killed and stays away, Redis is flushed, all while a worker scores."""
    seconds = 30 if request.node.get_closest_marker("kafka") else 3
    settings = settings_of(installation, monkeypatch)
    with installation.worker():
        projectors.start()
        installation.run("produce", events[0])
        for _ in range(3):
            time.sleep(random.uniform(0.5, 2.5))
            projectors.kill()
            projectors.start()
        installation.run("produce", events[1])
        server.stop()
        time.sleep(seconds)
        installation.run("produce", events[2])
        installation.run("status", "--wait", "--timeout", str(_PATIENCE_SECONDS))
        server.start()
        time.sleep(1)
        redis.Redis.from_url(server.url).flushall()
        installation.run("produce", events[3])
        time.sleep(random.uniform(0.2, 2.0))
        projectors.kill()
        projectors.start()
        installation.run("tick", "--until", UNTIL)
        installation.run("status", "--wait", "--timeout", str(_PATIENCE_SECONDS))
    # Waits until the one that runs has caught up.
    installation.run("project", "--once")
    assert asyncio.run(check(settings)).differences == []
    installation.run("export", "--until", UNTIL, "--out", tmp_path / "exported")
    assert_equals_the_table(settings, tmp_path / "exported")
    projectors.stop()

    before = documents(settings)
    redis.Redis.from_url(server.url).flushall()
    installation.run("project", "--rebuild", "--once")
    assert_equals_the_table(settings, tmp_path / "exported")
    # What is compared is more than the scores: history and signals as well.
    assert documents(settings) == before
    assert "Traceback" not in projectors.log.read_text()
    assert "building the read model" in projectors.log.read_text()


def test_leads_and_explain_say_the_same_with_and_without_it(installation, server, events):
    """The same rows out of the read model and out of the table; an address is looked up in either."""
    with installation.worker():
        for part in events[:2]:
            installation.run("produce", part)
        installation.run("tick", "--until", UNTIL)
        installation.run("status", "--wait", "--timeout", str(_PATIENCE_SECONDS))
    behind = json.loads(installation.run("leads", "--json", "--top", "1"))
    installation.run("project", "--once")

    def told(*arguments):
        found = []
        for url in (server.url, ""):
            installation.environment["LEADTIDE_REDIS__URL"] = url
            output = installation.run(*arguments, "--json")
            lines = output.splitlines() if arguments[0] == "leads" else [output]
            found.append([json.loads(line) for line in lines])
        return found

    def sources(listed):
        return {(row.pop("source"), row.pop("looked_up_in", None)) for row in listed}

    for options in ([], ["--top", "1000"], ["--stage", "recycled"], ["--stage", "lead", "--top", "5"]):
        model, table = told("leads", *options)
        assert (sources(model), sources(table)) == ({("read_model", None)}, {("table", None)})
        assert model == table
        assert len(model) >= 1
    assert behind["source"] == "table"
    (listed, _) = told("leads", "--top", "300")
    person = next(row for row in listed if row["email"] and row["aliases"])
    for name in (person["email"], person["lead_id"], person["aliases"][0]):
        model, table = told("explain", name)
        assert (sources(model), sources(table)) == ({("table", "read_model")}, {("table", "table")})
        assert model == table
        assert model[0]["lead_id"] == person["lead_id"]


def test_a_check_finds_what_is_not_as_the_topics_say(installation, server, events):
    """Exit code 1, and each difference with what it should be."""
    with installation.worker():
        installation.run("produce", events[0])
        installation.run("status", "--wait", "--timeout", str(_PATIENCE_SECONDS))
    installation.run("project", "--once")
    assert json.loads(installation.run("project", "--check", "--json"))["differences"] == []
    client = redis.Redis.from_url(server.url)
    (ranking,) = client.keys("*:ranking")
    root = ranking.removesuffix(b"ranking")
    first, second, third = client.zrange(ranking, 0, 2)
    client.delete(root + b"lead:" + first)
    client.zadd(ranking, {second: 12345})
    client.hincrby(root + b"stages", "lead", 1)
    client.sadd(root + b"address:nobody@nowhere.example", third)
    report = json.loads(installation.run("project", "--check", "--json", code=1))
    assert {(each["what"], each["name"]) for each in report["differences"]} == {
        ("document", first.decode()),
        ("ranking", f"all {second.decode()}"),
        ("count", "lead"),
        ("name", "address:nobody@nowhere.example"),
    }
    installation.run("project", "--rebuild", "--once")
    assert json.loads(installation.run("project", "--check", "--json"))["differences"] == []
