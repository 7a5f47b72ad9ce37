"""What is wrong with topics as they are, and how to mend it. Pure: `pipeline.topic_check` asks the cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.settings import Settings
from pipeline.topics import CATALOGUE, CONSUMED, DEAD_LETTER_HEADROOM_BYTES, Role, Topic, dead_letters

Severity = Literal["error", "warning", "unsupported"]

# A difference in one of these makes the pipeline wrong; in the others, only different from what was planned.
_ESSENTIAL: Final = frozenset({"cleanup.policy", "message.timestamp.type", "max.message.bytes"})

_TOPIC: Final = "the topic"
_SAFE_REPLICAS: Final = 3
_BURIED_FROM: Final = {dead_letters(topic).name: topic for topic in CONSUMED}

_WHY: Final = {
    "message.timestamp.type": "the append time bounds what a producer with a wrong clock may claim",
    "cleanup.policy": "the broker would forget what is needed, or keep what is not",
    "max.message.bytes": "larger records would be refused, and the worker would end",
}


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
    """A topic as it is on the cluster. `configs` holds only what the broker tells, `leaderless` counts partitions."""

    partitions: int
    replicas: int
    configs: Mapping[str, str]
    leaderless: int = 0


def findings(present: Mapping[str, Present], settings: Settings, *, brokers: int) -> Iterator[Finding]:
    """Every difference between the catalogue and the topics on a cluster of so many brokers, by their full names."""
    prefix = settings.kafka.topic_prefix
    usual = _usual(present)
    for topic in CATALOGUE:
        name = topic.full_name(prefix)
        found = present.get(name)
        if found is None:
            yield Finding("error", name, _TOPIC, "there", "missing", "run: leadtide topics create")
            continue
        check = _Check(topic, name, found, settings)
        yield from check.partitions(usual)
        yield from check.replicas(brokers)
        yield from check.configs()
        yield from check.in_sync()
        source = _BURIED_FROM.get(topic.name)
        if source is not None:
            yield from check.takes_all_of(present.get(source.full_name(prefix)))


def _usual(present: Mapping[str, Present]) -> int | None:
    """The number of partitions that all topics have but for exceptions, None if there is no such number."""
    counts = Counter(topic.partitions for topic in present.values()).most_common(2)
    return counts[0][0] if counts and (len(counts) == 1 or counts[0][1] > counts[1][1]) else None


@dataclass(frozen=True, slots=True)
class _Check:
    """The comparisons of one topic."""

    topic: Topic
    name: str
    found: Present
    settings: Settings

    def partitions(self, usual: int | None) -> Iterator[Finding]:
        """All topics must be co-partitioned: a partition of each makes one partition of leads."""
        wanted, have = self.settings.kafka.partitions, self.found.partitions
        if self.found.leaderless:
            remedy = "nothing of them can be read or written: see which brokers are down (kafka-topics.sh --describe)"
            yield Finding("error", self.name, "partitions without a leader", "0", str(self.found.leaderless), remedy)
        if have == wanted:
            return
        if have == usual:
            remedy = f"so have the others, and partitions must agree for all: set LEADTIDE_KAFKA__PARTITIONS={have}"
        elif have < wanted and self.topic.role in (Role.INPUT, Role.INTERNAL, Role.DEAD_LETTERS):
            # What lies in them may lie in any partition: its owner is found by the record, not by where it was read.
            remedy = f"partitions must agree for all topics: {self._command('topics', f'--alter --topic {self.name}')}"
            remedy += f" --partitions {wanted}"
        else:
            remedy = (
                "partitions must agree for all topics, and this one's cannot be changed, since what is keyed would lie "
                "in the wrong ones: delete it and run leadtide topics create, or create all under another "
                "LEADTIDE_KAFKA__TOPIC_PREFIX, then read the inputs again"
            )
        yield Finding("error", self.name, "partitions", str(wanted), str(have), remedy)

    def replicas(self, brokers: int) -> Iterator[Finding]:
        """As many copies as were asked for, or as a cluster of this size is good for."""
        wanted, have = self.settings.kafka.replication_factor, self.found.replicas
        remedy = "reassign its partitions to more brokers (kafka-reassign-partitions.sh)"
        if wanted is not None:
            if have != wanted:
                severity: Severity = "error" if have < wanted else "warning"
                yield Finding(severity, self.name, "replicas", str(wanted), str(have), remedy)
        elif have < min(brokers, _SAFE_REPLICAS):
            severity = "error" if self.settings.production and have == 1 else "warning"
            remedy = f"{have} of {brokers} brokers may lose it: {remedy}"
            yield Finding(severity, self.name, "replicas", str(min(brokers, _SAFE_REPLICAS)), str(have), remedy)

    def configs(self) -> Iterator[Finding]:
        """What the catalogue says of clean-up, size and time."""
        for key, expected in self.topic.configs(self.settings.retention).items():
            found = self.found.configs.get(key)
            if found is None:
                remedy = "this broker does not tell it; use Apache Kafka in production"
                yield Finding("unsupported", self.name, key, expected, "unknown", remedy)
            elif not (int(found) >= int(expected) if key == "max.message.bytes" else found == expected):
                why = f"{_WHY[key]}: " if key in _WHY else ""
                severity: Severity = "error" if key in _ESSENTIAL else "warning"
                yield Finding(severity, self.name, key, expected, found, why + self._set(key, expected))

    def in_sync(self) -> Iterator[Finding]:
        """Whether the topic can be written at all, and whether what it acknowledges outlives a broker."""
        key, replicas = "min.insync.replicas", self.found.replicas
        text = self.found.configs.get(key)
        if text is not None:
            least = int(text)
            if least > replicas:
                remedy = f"nothing can be written: {self._set(key, str(max(1, replicas - 1)))}"
                yield Finding("error", self.name, key, f"at most {replicas}", text, remedy)
            elif least == replicas > 1:
                remedy = f"without one of its brokers nothing can be written: {self._set(key, str(replicas - 1))}"
                yield Finding("warning", self.name, key, f"below {replicas}", text, remedy)
            elif replicas >= _SAFE_REPLICAS and least < 2:
                yield Finding("warning", self.name, key, "2", text, f"one broker may lose data: {self._set(key, '2')}")
        key = "unclean.leader.election.enable"
        if replicas > 1 and self.found.configs.get(key) == "true":
            remedy = (
                f"a broker that lags may become the leader, and acknowledged data is gone: {self._set(key, 'false')}"
            )
            yield Finding("warning", self.name, key, "false", "true", remedy)

    def takes_all_of(self, source: Present | None) -> Iterator[Finding]:
        """A dead letter is the record with headers, so it must fit even if somebody let its topic take larger ones."""
        key = "max.message.bytes"
        found, theirs = self.found.configs.get(key), None if source is None else source.configs.get(key)
        if found is None or theirs is None:
            return
        least, planned = int(theirs) + DEAD_LETTER_HEADROOM_BYTES, self.topic.max_message_bytes
        if least > planned and int(found) < least:
            remedy = f"a dead letter of its topic, which takes {theirs}, would not fit and end the worker: "
            yield Finding("error", self.name, key, f"at least {least}", found, remedy + self._set(key, str(least)))

    def _set(self, key: str, value: str) -> str:
        return self._command(
            "configs", f"--alter --entity-type topics --entity-name {self.name} --add-config {key}={value}"
        )

    def _command(self, tool: str, arguments: str) -> str:
        return f"kafka-{tool}.sh --bootstrap-server {self.settings.kafka.bootstrap_servers} {arguments}"
