"""The examples against a real worker: every stage change reaches the CRM once, whatever happens to the sales tool."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.installation import Installation
from tests.examples.sales_tools import SalesTool

TOPIC = "leads.stage-changes.v1"
EVENTS = 3_000

_RUNS = [
    pytest.param("embedded", "python", marks=pytest.mark.embedded),
    pytest.param("kafka", "python", marks=pytest.mark.kafka),
    pytest.param("kafka", "node", marks=pytest.mark.kafka),
]


@pytest.fixture
def broker(request, kind):
    return request.getfixturevalue(f"{kind}_broker")


@pytest.fixture
def tool(request, language, broker, topic_prefix, tmp_path):
    """The sales tool in this language; it does not outlive the test."""
    tool = SalesTool(request.getfixturevalue(f"{language}_tool"), broker, topic_prefix + TOPIC, tmp_path)
    yield tool
    tool.kill()


@pytest.mark.parametrize(("kind", "language"), _RUNS)
def test_every_change_reaches_the_crm_once_across_a_kill(tool, broker, topic_prefix, tmp_path):
    """The CRM holds each (lead, seq) of the topic once and closes what was absorbed; sales hears of all but history."""
    here = Installation(broker, topic_prefix, tmp_path)
    everything, past, news = (tmp_path / f"{name}.ndjson" for name in ("everything", "past", "news"))
    here.run("simulate", "--events", str(EVENTS), "--out", everything)
    lines = everything.read_bytes().splitlines(keepends=True)
    past.write_bytes(b"".join(lines[: EVENTS // 2]))
    news.write_bytes(b"".join(lines[EVENTS // 2 :]))
    turn = json.loads(lines[EVENTS // 2])["occurred_at"]
    tool.start()
    with here.worker(LEADTIDE_ANNOUNCE_FROM=turn):
        here.run("produce", past)
        tool.wait_for_rows(1)
        tool.kill()
        here.run("produce", news)
        here.run("status", "--wait")
        tool.start()
        changes = [
            json.loads(line)
            for line in here.run("tail", "stage-changes", "--from-beginning", "--no-follow", "--json").splitlines()
        ]
        told = [(change["lead_id"], change["seq"], change["to_stage"]) for change in changes]
        closed = [(old["lead_id"], old["last_seq"]) for change in changes for old in change["absorbed"]]
        tool.wait_for_rows(len(told) + len(closed))
        tool.kill()
        assert closed, "no lead was absorbed: nothing is shown about it"
        assert any(change.get("history") for change in changes)
        rows = tool.rows()
        assert sorted((row["lead_id"], row["seq"], row["stage"]) for row in rows if "stage" in row) == sorted(told)
        assert sorted((row["lead_id"], row["seq"]) for row in rows if "merged_into" in row) == sorted(closed)
        assert len(tool.alerts()) == sum(not change.get("history") for change in changes)


@pytest.mark.parametrize(("kind", "language"), _RUNS[1:])
def test_what_was_rolled_back_or_told_before_never_reaches_the_crm(tool, broker, topic_prefix, tmp_path):
    """A record of an aborted transaction is not seen, and a topic read again from its beginning tells nothing twice."""
    Installation(broker, topic_prefix, tmp_path)
    topic, again = topic_prefix + TOPIC, [_change("ann", 1), _change("ann", 2)]
    asyncio.run(_send(broker, topic, aborted="ghost", committed=[_change("ann", 2), *again, _change("ben", 1)]))
    tool.start("first")
    tool.wait_for_rows(2)
    tool.kill()
    asyncio.run(_send(broker, topic, aborted="another ghost", committed=[_change("zoe", 1)]))
    tool.start("second")
    tool.wait_for_rows(3)
    assert [(row["lead_id"], row["seq"]) for row in tool.rows()] == [("ann", 2), ("ben", 1), ("zoe", 1)]


def _change(lead, seq):
    return {
        "lead_id": lead,
        "seq": seq,
        "email": None,
        "owner": None,
        "from_stage": "lead",
        "to_stage": "mql",
        "reasons": [{"rule": "r", "title": "Demo request", "points": 40.0, "events": []}],
        "absorbed": [],
    }


async def _send(broker, topic, *, aborted, committed):
    async with AIOKafkaProducer(bootstrap_servers=broker, transactional_id=f"{topic}-test") as producer:
        ends = (producer.abort_transaction, producer.commit_transaction)
        for changes, end in zip(([_change(aborted, 1)], committed), ends, strict=True):
            await producer.begin_transaction()
            for change in changes:
                await producer.send_and_wait(topic, json.dumps(change).encode(), key=change["lead_id"].encode())
            await end()
