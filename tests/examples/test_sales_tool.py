"""The examples against a real worker: every stage change reaches the CRM once, whatever happens to the sales tool."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.codec.outbound import json_forms, registered_forms, single_object_forms
from pipeline.codec.schemas import OUTBOUND, current_text
from tests.e2e.installation import Installation
from tests.examples.sales_tools import SalesTool, registry

TOPIC = "leads.stage-changes.v1"
EVENTS = 3_000
INSTANT = "2026-03-02T09:30:00.000Z"
CHANGE = {
    "change_id": "c",
    "account": None,
    "owner": "mara",
    "external_ids": {},
    "first_source": None,
    "first_campaign": None,
    "from_stage": "lead",
    "to_stage": "mql",
    "direction": "up",
    "occurred_at": INSTANT,
    "cause": "activity",
    "trigger_event_id": "e-1",
    "explicit": -30.0,
    "implicit": 40.0,
    "total": 10.0,
    "grade": "C2",
    "reasons": [
        {"rule": "demo", "title": "Demo request", "points": 40.0, "events": ["e-1"]},
        {"rule": "student", "title": "Student", "points": -30.0, "events": []},
    ],
    "model": "m",
    "model_version": "1",
    "retracts_seq": None,
    "absorbed": [],
    "sla_due_at": None,
    "decided_at": INSTANT,
}

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
    # A killed reader's partitions are kept for it, by the embedded broker for ever: with one, all wait or none.
    here = Installation(broker, topic_prefix, tmp_path, partitions=1)
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
    Installation(broker, topic_prefix, tmp_path, partitions=1)
    topic, again = topic_prefix + TOPIC, [_change("ann", 1), _change("ann", 2)]
    asyncio.run(_send(broker, topic, aborted="ghost", committed=[_change("ann", 2), *again, _change("ben", 1)]))
    tool.start("first")
    tool.wait_for_rows(2)
    tool.kill()
    asyncio.run(_send(broker, topic, aborted="another ghost", committed=[_change("zoe", 1)]))
    tool.start("second")
    tool.wait_for_rows(3)
    assert [(row["lead_id"], row["seq"]) for row in tool.rows()] == [("ann", 2), ("ben", 1), ("zoe", 1)]


@pytest.mark.parametrize(("kind", "language"), _RUNS[1:])
def test_a_change_is_read_in_every_form_that_a_worker_writes(tool, broker, topic_prefix, tmp_path):
    """JSON, Avro in single-object encoding, and Avro whose schema a registry knows by number say the same."""
    Installation(broker, topic_prefix, tmp_path, partitions=1)
    forms = (json_forms("test"), single_object_forms("test"), registered_forms("test", dict.fromkeys(OUTBOUND, 7)))
    changes = [_change("ann", number, forms=form) for number, form in enumerate(forms, start=1)]
    asyncio.run(_send(broker, topic_prefix + TOPIC, aborted="ghost", committed=changes))
    with registry({7: current_text("stage-change")}) as address:
        tool.start(REGISTRY=address)
        tool.wait_for_rows(2 * len(forms))
    told = [{"lead_id": "ann", "seq": seq, "stage": "mql", "owner": "mara"} for seq in (1, 2, 3)]
    assert [row for row in tool.rows() if "stage" in row] == told
    closed = [{"lead_id": "v:9", "seq": seq, "merged_into": "ann"} for seq in (1, 2, 3)]
    assert [row for row in tool.rows() if "merged_into" in row] == closed
    assert tool.alerts() == ["ann@acme.example: lead → mql (Demo request +40, Student -30)"] * 3


def _change(lead, seq, forms=None):
    """The bytes of a change as a worker writes them."""
    document = CHANGE | {"lead_id": lead, "seq": seq, "email": f"{lead}@acme.example"}
    if forms is not None:
        document["absorbed"] = [{"lead_id": "v:9", "last_seq": seq, "stage": "visitor"}]
    return (forms or json_forms("test"))["stage-change"].encode(document)


async def _send(broker, topic, *, aborted, committed):
    async with AIOKafkaProducer(bootstrap_servers=broker, transactional_id=f"{topic}-test") as producer:
        ends = (producer.abort_transaction, producer.commit_transaction)
        for changes, end in zip(([_change(aborted, 1)], committed), ends, strict=True):
            await producer.begin_transaction()
            for change in changes:
                await producer.send_and_wait(topic, change)
            await end()
