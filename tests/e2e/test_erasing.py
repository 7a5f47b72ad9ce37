"""An erased person is gone from table, exports and read model of a running system (scoring.md, Consent)."""

import asyncio
import json
import os
from unittest import mock

import pytest
import redis

from pipeline import stores
from pipeline.settings import load
from pipeline.streaming.profiles import read_profiles
from tests.e2e.installation import assert_equal, replayed, rows

UNTIL = "2026-04-01T00:00:00.000Z"
MAIL, NAME, LEAD, VISITOR = "ann@acme.example", "Annabel Smith", "L-77-ann", "browser-of-ann"
VALUES = [MAIL, NAME, LEAD, VISITOR]


def event(event_id, kind, day, **more):
    return {"event_id": event_id, "type": kind, "occurred_at": f"2026-03-{day:02}T09:00:00Z", **more}


PAST = [
    event("a1", "web.page_viewed", 1, visitor_id=VISITOR, properties={"path": "/pricing"}),
    event("a2", "form.submitted", 2, lead_id=LEAD, email=MAIL, properties={"form_type": "demo", "first_name": NAME}),
    event("a3", "web.page_viewed", 3, lead_id=LEAD, visitor_id=VISITOR, properties={"path": "/pricing"}),
    event("b1", "form.submitted", 3, lead_id="L-1", email="bob@other.example", properties={"form_type": "demo"}),
]
ERASED = event("x", "crm.erased", 10, email=MAIL)


@pytest.fixture
def server(installation, tmp_path):
    """A Redis of the installation's own."""
    here = stores.LocalRedis(tmp_path / "redis")
    installation.environment["LEADTIDE_REDIS__URL"] = here.start()
    yield redis.Redis.from_url(here.url)
    here.stop()


def produce(installation, name, *events):
    path = installation.directory / f"{name}.ndjson"
    path.write_text("".join(json.dumps(each) + "\n" for each in events))
    installation.run("produce", path)
    return path


def in_redis(client):
    readers = {
        b"string": client.get,
        b"set": client.smembers,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    return " ".join(f"{key} {readers[client.type(key)](key)}" for key in client.scan_iter())


def in_table(installation):
    async def everything():
        with mock.patch.dict(os.environ, installation.environment):
            settings = load(env_file=None)
        return b"".join([key + value async for key, value in read_profiles(settings)])

    return asyncio.run(everything())


def test_nothing_of_an_erased_person_is_left_or_comes_back(installation, server, tmp_path):
    """By the address alone, over twelve partitions; the inputs once more bring nothing back; exports equal replays."""
    produce(installation, "past", *PAST)
    installation.run_to("2026-03-05T00:00:00.000Z", tmp_path / "before")
    installation.run("project", "--once")
    assert [value for value in VALUES if value in in_redis(server)] == [MAIL, LEAD, VISITOR]
    assert [value for value in VALUES if value.encode() in in_table(installation)] == VALUES
    everything = produce(installation, "erasure", ERASED, *PAST)
    exported = installation.run_to(UNTIL, tmp_path / "exported")
    installation.run("project", "--once")
    assert [value for value in VALUES if value in in_redis(server)] == []
    assert [value for value in VALUES if value.encode() in in_table(installation)] == []
    files = "".join((exported / f"{name}.ndjson").read_text() for name in ("scores", "stage-changes", "signals"))
    assert [value for value in VALUES if value in files] == []
    assert [row["lead_id"] for row in rows(exported, "scores")] == ["L-1"]
    assert not rows(exported, "dead-letters")
    assert_equal(exported, replayed(everything, UNTIL, tmp_path / "reference"))


def test_who_comes_back_begins_anew_under_the_next_number(installation, tmp_path):
    """After the erasure the lead enters at the entry stage again; `seq` goes on; the files are those of replay."""
    back = event("a9", "form.submitted", 20, lead_id=LEAD, email=MAIL, properties={"form_type": "newsletter"})
    events = produce(installation, "events", *PAST, ERASED, back)
    exported = installation.run_to(UNTIL, tmp_path / "exported")
    told = [row for row in rows(exported, "stage-changes") if row["lead_id"] == LEAD]
    assert told[0]["seq"] > 1
    assert told[0]["from_stage"] == "visitor"
    assert all(row["occurred_at"] >= "2026-03-20" for row in told)
    assert_equal(exported, replayed(events, UNTIL, tmp_path / "reference"))
