"""The topics: which there are, how each is set up. All have the same number of partitions, keyed by subject.

A name here is without the installation's prefix; `Topic.full_name` puts it on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.events import INPUT_TOPICS
from pipeline.settings import RetentionSettings

KIB = 1024
DAY_MS = 86_400_000

INPUT_MAX_BYTES = 1024 * KIB
"""What an input takes. More than an event may have (256 KiB), since a worker dead-letters what is too large."""

DEAD_LETTER_HEADROOM_BYTES = 64 * KIB
"""What a dead letter's headers may add to the record that it keeps."""

CHANGELOG_MAX_BYTES = 20_000_000


class Role(StrEnum):
    """What a topic is to the pipeline."""

    INPUT = "input"
    INTERNAL = "internal"
    TABLE = "table"
    OUTPUT = "output"
    DEAD_LETTERS = "dead letters"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention`: which setting says how long it keeps; None if compacted: the last record of each key."""

    name: str
    role: Role
    carries: str
    retention: Literal["inputs", "ticks", "outputs", "dead_letters"] | None
    max_message_bytes: int = INPUT_MAX_BYTES
    timestamps: Literal["CreateTime", "LogAppendTime"] = "CreateTime"

    @property
    def cleanup_policy(self) -> Literal["compact", "delete"]:
        """How the broker forgets."""
        return "compact" if self.retention is None else "delete"

    def full_name(self, prefix: str) -> str:
        """The name on the cluster."""
        return prefix + self.name

    def configs(self, retention: RetentionSettings) -> dict[str, str]:
        """The topic's configuration, as Kafka names and writes it."""
        configs = {
            "cleanup.policy": self.cleanup_policy,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": self.timestamps,
        }
        if self.retention is not None:
            configs["retention.ms"] = str(getattr(retention, f"{self.retention}_days") * DAY_MS)
        return configs


def _input(name: str, carries: str) -> Topic:
    # The append time bounds what a producer with a wrong clock may claim.
    return Topic(name, Role.INPUT, carries, "inputs", timestamps="LogAppendTime")


WEB_BEHAVIOR = _input(INPUT_TOPICS["web"], "what visitors do on sites and in apps")
FORMS = _input(INPUT_TOPICS["form"], "forms, imports, registrations: who they are")
EMAIL = _input(INPUT_TOPICS["email"], "deliveries, opens, clicks, replies, bounces, unsubscribes")
CRM_ACTIONS = _input(INPUT_TOPICS["crm"], "what sales, approvers and finance did")
INPUTS = (WEB_BEHAVIOR, FORMS, EMAIL, CRM_ACTIONS)

ACTIVITY = Topic(
    "leads.activity.v1",
    Role.INTERNAL,
    "facts re-keyed to the subject that owns them, aliases, absorbed histories",
    "inputs",
    max_message_bytes=CHANGELOG_MAX_BYTES,
)
RESCORE = Topic("leads.rescore.v1", Role.INTERNAL, 'ticks ("the time is T") and directed rescoring', "ticks")
PROFILES_CHANGELOG = Topic(
    "leads.profiles-changelog.v1", Role.TABLE, "the table of profiles", None, max_message_bytes=CHANGELOG_MAX_BYTES
)
STAGE_CHANGES = Topic("leads.stage-changes.v1", Role.OUTPUT, "one record per transition", "outputs")
SCORES = Topic("leads.scores.v1", Role.OUTPUT, "latest score, grade, stage, top reasons per lead", None)
SIGNALS = Topic("leads.signals.v1", Role.OUTPUT, "SLA breached, surge, cooling, re-engaged and the like", "outputs")


def dead_letters(source: Topic) -> Topic:
    """The topic that keeps what could not be read on `source`."""
    return Topic(
        f"{source.name}.dlq",
        Role.DEAD_LETTERS,
        f"dead letters of {source.name}",
        "dead_letters",
        max_message_bytes=source.max_message_bytes + DEAD_LETTER_HEADROOM_BYTES,
    )


CONSUMED = (*INPUTS, ACTIVITY, RESCORE)
"""What a worker reads, in no order of time: all of one partition belong to the same leads."""

CATALOGUE: tuple[Topic, ...] = (
    *CONSUMED,
    PROFILES_CHANGELOG,
    STAGE_CHANGES,
    SCORES,
    SIGNALS,
    *(dead_letters(topic) for topic in CONSUMED),
)
"""Every topic, in the order in which data flows. All are co-partitioned."""


def names(topics: Iterable[Topic], prefix: str) -> list[str]:
    """The topics' names on the cluster."""
    return [topic.full_name(prefix) for topic in topics]
