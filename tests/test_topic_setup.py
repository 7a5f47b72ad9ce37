import asyncio
import json

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from pipeline.brokers.port import free_port
from pipeline.cli.topics import app
from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings, Settings
from pipeline.topic_check import check
from pipeline.topic_setup import administrator, create
from pipeline.topics import CATALOGUE, EMAIL, FORMS, PROFILES_CHANGELOG, names


def settings(bootstrap: str, prefix: str, partitions: int = 3, replicas: int | None = 1) -> Settings:
    return Settings(
        kafka=KafkaSettings(
            bootstrap_servers=bootstrap, topic_prefix=prefix, partitions=partitions, replication_factor=replicas
        )
    )


@pytest.fixture(
    params=[
        pytest.param("embedded_broker", marks=pytest.mark.embedded),
        pytest.param("kafka_broker", marks=pytest.mark.kafka),
    ]
)
def bootstrap(request) -> str:
    return request.getfixturevalue(request.param)


async def make(admin: AIOKafkaAdminClient, name: str, partitions: int, **configs: str) -> None:
    translated = {key.replace("_", "."): value for key, value in configs.items()}
    await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=translated)])


async def test_missing_topics_are_created_once_and_then_pass_the_check(bootstrap, topic_prefix):
    wanted = settings(bootstrap, topic_prefix)
    async with administrator(wanted) as admin:
        assert {finding.found for finding in await check(admin, wanted)} == {"missing"}
        assert await create(admin, wanted) == names(CATALOGUE, topic_prefix)
        assert await create(admin, wanted) == []
        assert await check(admin, wanted) == []


async def test_without_a_number_of_replicas_the_broker_takes_its_own(bootstrap, topic_prefix):
    wanted = settings(bootstrap, topic_prefix, replicas=None)
    async with administrator(wanted) as admin:
        await create(admin, wanted)
        assert await check(admin, wanted) == []


async def test_topics_set_up_otherwise_are_found_with_a_remedy(bootstrap, topic_prefix):
    wanted = settings(bootstrap, topic_prefix)
    changelog, forms, email = names((PROFILES_CHANGELOG, FORMS, EMAIL), topic_prefix)
    async with administrator(wanted) as admin:
        await make(admin, changelog, 3, cleanup_policy="delete", max_message_bytes="1000")
        await make(admin, forms, 5, **FORMS.configs(wanted.retention))
        await make(admin, email, 3, **{**EMAIL.configs(wanted.retention), "retention.ms": "1000"})
        await create(admin, wanted)
        findings = {(f.topic, f.setting): f for f in await check(admin, wanted) if f.severity != "unsupported"}
    assert findings[changelog, "cleanup.policy"].severity == "error"
    assert (
        f"--entity-name {changelog} --add-config cleanup.policy=compact" in findings[changelog, "cleanup.policy"].remedy
    )
    assert findings[changelog, "max.message.bytes"].severity == "error"
    assert (findings[forms, "partitions"].expected, findings[forms, "partitions"].found) == ("3", "5")
    assert findings[email, "retention.ms"].severity == "warning"
    assert len(findings) == 4


@pytest.mark.kafka
async def test_more_replicas_in_sync_than_there_are_is_an_error(kafka_broker, topic_prefix):
    wanted = settings(kafka_broker, topic_prefix)
    name = FORMS.full_name(topic_prefix)
    async with administrator(wanted) as admin:
        await create(admin, wanted)
        configs = {**FORMS.configs(wanted.retention), "min.insync.replicas": "2"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs)])
        # The broker tells the new value a moment after it has taken it.
        async with asyncio.timeout(10):
            while not (findings := await check(admin, wanted)):  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(0.05)
    (finding,) = findings
    assert (finding.severity, finding.topic, finding.setting) == ("error", name, "min.insync.replicas")


@pytest.mark.kafka
async def test_replicas_that_the_cluster_cannot_have_are_refused(kafka_broker, topic_prefix):
    wanted = settings(kafka_broker, topic_prefix, replicas=3)
    with pytest.raises(BrokerError, match="refuses to create"):
        async with administrator(wanted) as admin:
            await create(admin, wanted)


@pytest.mark.embedded
async def test_what_a_broker_does_not_tell_is_unsupported_and_no_error(embedded_broker, topic_prefix):
    wanted = settings(embedded_broker, topic_prefix)
    name = FORMS.full_name(topic_prefix)
    async with administrator(wanted) as admin:
        await make(admin, name, 3)
        await create(admin, wanted)
        findings = await check(admin, wanted)
    assert {finding.severity for finding in findings} == {"unsupported"}
    assert {finding.topic for finding in findings} == {name}


async def test_a_broker_that_is_not_there_is_told_with_what_to_look_at():
    wanted = settings(f"127.0.0.1:{free_port()}", "")
    with pytest.raises(BrokerError, match="LEADTIDE_KAFKA__BOOTSTRAP_SERVERS"):
        async with administrator(wanted):
            pass


@pytest.mark.embedded
def test_the_commands_create_and_check(embedded_broker, topic_prefix):
    env = {"LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": embedded_broker, "LEADTIDE_KAFKA__TOPIC_PREFIX": topic_prefix}
    run = CliRunner(env=env).invoke
    missing = run(app, ["check", "--json"])
    assert missing.exit_code == 4
    assert len(json.loads(missing.stdout)["findings"]) == len(CATALOGUE)
    assert run(app, ["create"]).stdout.splitlines() == names(CATALOGUE, topic_prefix)
    good = run(app, ["check"])
    assert (good.exit_code, good.stdout) == (0, "")
