"""The keys of one installation in Redis (layout: docs/read-model.md)."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engine.erased import hash_of, key_of
from pipeline.settings import Settings

VERSION = 1
"""Of the layout and of the documents in it; another one is built anew."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The few keys beside the epochs.

    The root is a hash tag: a Redis Cluster keeps all of an installation in one slot, and no installation's keys begin
    with those of another.
    """

    root: str
    salt: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Keys:
        """The keys under the settings' prefixes."""
        return cls(f"{{{settings.redis.key_prefix}{settings.kafka.topic_prefix}}}:", settings.salt)

    @property
    def epoch(self) -> str:
        """The epoch that is whole and read."""
        return f"{self.root}epoch"

    @property
    def building(self) -> str:
        """The epoch that is being built, if one is."""
        return f"{self.root}building"

    @property
    def epochs(self) -> str:
        """All epochs of which keys may be left."""
        return f"{self.root}epochs"

    @property
    def lease(self) -> str:
        """Who may write."""
        return f"{self.root}lease"

    def at(self, epoch: str) -> EpochKeys:
        """The keys of one epoch."""
        return EpochKeys(epoch, f"{self.root}{epoch}:", self)


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """The keys of one epoch, one whole read model."""

    epoch: str
    root: str
    beside: Keys

    def erased(self, lead_id: str) -> str:
        """Until when the person is erased; under a salted hash, beside the epochs, so that a new one knows it, too."""
        hashed = hash_of(lead_id, key_of(self.beside.salt)).decode()
        return f"{self.beside.root}erased:{hashed}"

    @property
    def meta(self) -> str:
        """A hash: version, partitions, created_at, caught_up_at (ms)."""
        return f"{self.root}meta"

    @property
    def offsets(self) -> str:
        """A hash: `<topic>:<partition>` → the offset that is applied next."""
        return f"{self.root}offsets"

    @property
    def stages(self) -> str:
        """A hash: stage → number of leads."""
        return f"{self.root}stages"

    @property
    def external(self) -> str:
        """A set: the names of external ids that were seen."""
        return f"{self.root}external"

    @property
    def ranking(self) -> str:
        """A sorted set: lead → total."""
        return f"{self.root}ranking"

    def stage_ranking(self, stage: str) -> str:
        """A sorted set: lead of the stage → total."""
        return f"{self.root}ranking:{stage}"

    def lead(self, lead_id: str) -> str:
        """The lead's document."""
        return f"{self.root}lead:{lead_id}"

    def past(self, lead_id: str) -> str:
        """History of somebody who is no lead, not yet or not any more."""
        return f"{self.root}past:{lead_id}"

    def address(self, email: str) -> str:
        """A set: the lead whose address this is."""
        return f"{self.root}address:{email}"

    def alias(self, subject: str) -> str:
        """A set: the leads that answer for this subject."""
        return f"{self.root}alias:{subject}"
