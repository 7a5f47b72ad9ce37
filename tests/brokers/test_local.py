import json
import os
import signal
import subprocess
import sys
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from pipeline import brokers
from pipeline.brokers.local import LocalBroker
from pipeline.brokers.port import answers, free_port
from pipeline.brokers.process import Running, birth
from pipeline.errors import BrokerError


async def produce_and_read_back(bootstrap: str, topic: str, **options: object) -> list[bytes]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, **options) as producer:
        if "transactional_id" in options:
            async with producer.transaction():
                await producer.send_and_wait(topic, b"kept")
        else:
            await producer.send_and_wait(topic, b"kept")
    return await read(bootstrap, topic)


async def read(bootstrap: str, topic: str) -> list[bytes]:
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    async with consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        records = await consumer.getmany(partition, timeout_ms=10_000)
        return [record.value for record in records[partition]]


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


@pytest.mark.embedded
async def test_the_embedded_broker_carries_records(embedded_broker, topic_prefix):
    await create(embedded_broker, topic_prefix + "records")
    assert await produce_and_read_back(embedded_broker, topic_prefix + "records") == [b"kept"]


@pytest.mark.kafka
async def test_kafka_carries_transactions(kafka_broker, topic_prefix):
    await create(kafka_broker, topic_prefix + "records")
    found = await produce_and_read_back(kafka_broker, topic_prefix + "records", transactional_id=topic_prefix + "id")
    assert found == [b"kept"]


@pytest.mark.kafka
@pytest.mark.parametrize("clean", [True, False], ids=["stopped", "killed"])
async def test_kafka_keeps_its_records_over_a_restart(clean, tmp_path):
    broker = LocalBroker("kafka", tmp_path / "broker", free_port())
    try:
        bootstrap = broker.start()
        await create(bootstrap, "records")
        await produce_and_read_back(bootstrap, "records", acks="all")
        if clean:
            broker.stop()
        else:
            os.kill(broker.status().pid, signal.SIGKILL)
        broker.start()
        assert await read(bootstrap, "records") == [b"kept"]
    finally:
        broker.stop(wipe=True)


@pytest.mark.embedded
def test_a_broker_for_a_block_ends_with_the_block():
    with brokers.running("embedded") as bootstrap:
        port = int(bootstrap.rpartition(":")[2])
        assert answers(port)
    assert not answers(port)


@pytest.mark.embedded
@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_broker_for_a_block_dies_with_a_killed_parent():
    program = (
        "import sys, time\n"
        "from pipeline import brokers\n"
        "with brokers.running('embedded') as bootstrap:\n"
        "    print(bootstrap, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        port = int(parent.stdout.readline().rpartition(":")[2])
        assert answers(port)
        parent.kill()
    deadline = time.monotonic() + 5
    while answers(port):
        assert time.monotonic() < deadline, "the broker outlived its parent"
        time.sleep(0.02)


@pytest.mark.embedded
def test_a_running_broker_is_not_started_on_another_port(tmp_path):
    broker = LocalBroker("embedded", tmp_path, 0)
    try:
        first = broker.start()
        assert broker.start() == first
        with pytest.raises(BrokerError, match="stop it first"):
            LocalBroker("embedded", tmp_path, free_port()).start()
    finally:
        broker.stop()


@pytest.mark.embedded
def test_a_program_that_ends_too_soon_is_told_with_the_end_of_its_log(tmp_path, monkeypatch):
    stub = tmp_path / "tansu"
    stub.write_text("#!/bin/sh\necho 'no such storage'\nexit 7\n")
    stub.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(stub))
    with pytest.raises(BrokerError, match=r"(?s)ended with status 7.*no such storage"), brokers.running("embedded"):
        pass


def test_a_stale_process_id_is_not_taken_for_the_broker(tmp_path):
    stale = Running(os.getpid(), "another birth", 9092, "embedded", "log")
    stale.write(tmp_path / "broker.json")
    broker = LocalBroker("embedded", tmp_path)
    assert broker.status().pid is None
    assert broker.stop() is False
    assert birth(os.getpid())


def test_a_state_file_that_is_not_ours_is_no_broker(tmp_path):
    (tmp_path / "broker.json").write_text(json.dumps({"something": "else"}))
    assert LocalBroker("embedded", tmp_path).status().pid is None
