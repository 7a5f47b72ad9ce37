"""Compare the topics of a cluster with the catalogue: what is wrong, and how to mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from pipeline.errors import BrokerError
from pipeline.settings import Settings
from pipeline.topics import CATALOGUE, Topic, names

Severity = Literal["error", "warning", "unsupported"]

# A difference in one of these makes the pipeline wrong; in the others, only different from what was planned.
_ESSENTIAL = frozenset({"cleanup.policy", "message.timestamp.type", "max.message.bytes"})

_TOPIC = "the topic"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `error`: do not start; `warning`: think about it; `unsupported`: this broker cannot tell."""

    severity: Severity
    topic: str
    setting: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        """In one line, for people."""
        if self.setting == _TOPIC:
            return f"{self.severity}: {self.topic} is {self.found}; {self.remedy}"
        return f"{self.severity}: {self.topic}: {self.setting} is {self.found}, not {self.expected}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Present:
    """A topic as it is on the cluster. `configs` holds only what the broker tells."""

    partitions: int
    replicas: int
    configs: Mapping[str, str]


async def check(admin: AIOKafkaAdminClient, settings: Settings) -> list[Finding]:
    """Compare every topic of the catalogue with the cluster. An empty list: all is as it must be."""
    prefix = settings.kafka.topic_prefix
    present = await _present(admin, names(CATALOGUE, prefix))
    findings: list[Finding] = []
    for topic in CATALOGUE:
        name = topic.full_name(prefix)
        if name in present:
            findings += _compare(topic, name, present[name], settings)
        else:
            findings.append(Finding("error", name, _TOPIC, "there", "missing", "run: leadtide topics create"))
    return findings


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


def _compare(topic: Topic, name: str, present: Present, settings: Settings) -> list[Finding]:
    kafka = settings.kafka
    findings = []
    if present.partitions != kafka.partitions:
        remedy = "partitions must agree for all topics: set LEADTIDE_KAFKA__PARTITIONS, or create the topic anew"
        findings.append(Finding("error", name, "partitions", str(kafka.partitions), str(present.partitions), remedy))
    if kafka.replication_factor is not None and present.replicas != kafka.replication_factor:
        remedy = "reassign its partitions (kafka-reassign-partitions.sh)"
        severity: Severity = "error" if present.replicas < kafka.replication_factor else "warning"
        findings.append(
            Finding(severity, name, "replicas", str(kafka.replication_factor), str(present.replicas), remedy)
        )
    for key, expected in topic.configs(settings.retention).items():
        found = present.configs.get(key)
        if found is None:
            remedy = "this broker does not tell it; use Apache Kafka in production"
            findings.append(Finding("unsupported", name, key, expected, "unknown", remedy))
        elif not _satisfies(key, found, expected):
            remedy = f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {key}={expected}"
            findings.append(Finding("error" if key in _ESSENTIAL else "warning", name, key, expected, found, remedy))
    return [*findings, *_in_sync(name, present)]


def _satisfies(key: str, found: str, expected: str) -> bool:
    return int(found) >= int(expected) if key == "max.message.bytes" else found == expected


def _in_sync(name: str, present: Present) -> list[Finding]:
    """Whether the topic can be written at all, and whether what it acknowledges outlives a broker."""
    text = present.configs.get("min.insync.replicas")
    if text is None:
        return []
    least = int(text)
    remedy = f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config min.insync.replicas="
    if least > present.replicas:
        limit = f"at most {present.replicas}"
        return [Finding("error", name, "min.insync.replicas", limit, text, f"nothing can be written: {remedy}1")]
    if present.replicas >= 3 and least < 2:
        return [Finding("warning", name, "min.insync.replicas", "2", text, f"one broker may lose data: {remedy}2")]
    return []
