"""Who works: the members of the consumer group, and which partitions each has."""

from __future__ import annotations

from typing import Any, NamedTuple

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError

from pipeline.settings import Settings
from pipeline.topic_setup import administrator
from pipeline.topics import CONSUMED, names

_LAST = 1 << 31
"""Workers without a partition come after those with one."""


class Worker(NamedTuple):
    """One member: its id in the group, where it connects from, and its partitions (of all topics alike).

    `host` is empty and `partitions` None where the broker does not tell, as in the middle of a rebalance.
    """

    id: str
    host: str
    partitions: tuple[int, ...] | None

    @property
    def name(self) -> str:
        """Short, for people: the end of its id, and its host."""
        return f"{self.id[-8:]}@{self.host}" if self.host else self.id[-8:]


class Group(NamedTuple):
    """The consumer group. `state` is the broker's word: Stable, PreparingRebalance, Empty, Dead …, or unknown."""

    state: str
    workers: tuple[Worker, ...]

    @property
    def owners(self) -> dict[int, Worker]:
        """Partition → the worker that has it, as far as the broker tells."""
        return {number: worker for worker in self.workers for number in worker.partitions or ()}

    @property
    def standing_by(self) -> int:
        """Workers without a partition: more of them than partitions."""
        return sum(worker.partitions == () for worker in self.workers)


async def group_of(settings: Settings) -> Group:
    """The workers' group now. Raises BrokerError if no broker can be reached."""
    async with administrator(settings) as admin:
        try:
            (answer,) = await admin.describe_consumer_groups([settings.group_id])
        except KafkaError:
            return Group("unknown", ())
    group = answer.to_object()["groups"][0]
    ours = set(names(CONSUMED, settings.kafka.topic_prefix))
    workers = [
        Worker(member["member_id"], member["client_host"].lstrip("/"), _partitions(member["member_assignment"], ours))
        for member in group["members"]
    ]
    return Group(group["state"], tuple(sorted(workers, key=lambda worker: (worker.partitions or (_LAST,), worker.id))))


def _partitions(packed: Any, ours: set[str]) -> tuple[int, ...] | None:
    """The partitions in a member's assignment."""
    if not packed:
        return None
    try:
        assignment = ConsumerProtocolMemberAssignment.decode(bytes(packed))
    except (ValueError, TypeError, IndexError):
        # Another kind of client has joined our group.
        return None
    return tuple(sorted({number for topic, numbers in assignment.assignment if topic in ours for number in numbers}))
