"""Compare the topics of a cluster with the catalogue: what is wrong, and how to mend it."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from pipeline.errors import BrokerError
from pipeline.settings import Settings
from pipeline.topic_findings import Finding, Present, findings
from pipeline.topics import CATALOGUE, names

__all__ = ["Finding", "check"]


async def check(admin: AIOKafkaAdminClient, settings: Settings) -> list[Finding]:
    """Compare every topic of the catalogue with the cluster. An empty list: all is as it must be."""
    present = await _present(admin, names(CATALOGUE, settings.kafka.topic_prefix))
    cluster = await admin.describe_cluster()
    return list(findings(present, settings, brokers=len(cluster["brokers"])))


async def _present(admin: AIOKafkaAdminClient, wanted: Sequence[str]) -> dict[str, Present]:
    # All topics, since a broker may create one that is merely asked for.
    described = {entry["topic"]: entry for entry in await admin.describe_topics()}
    found = [name for name in wanted if name in described]
    configs = await _configs(admin, found)
    return {
        name: Present(
            partitions=len(described[name]["partitions"]),
            replicas=min(len(partition["replicas"]) for partition in described[name]["partitions"]),
            configs=configs.get(name, {}),
            leaderless=sum(partition["leader"] < 0 for partition in described[name]["partitions"]),
        )
        for name in found
    }


async def _configs(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    # Without a list of keys: the embedded broker hangs up on one.
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in topics])
    found = {}
    for answer in answers:
        for code, message, _, name, entries, *_ in answer.resources:
            if code:
                text = f"the broker does not tell the configuration of {name}: {message or for_code(code).__name__}"
                raise BrokerError(text)
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
