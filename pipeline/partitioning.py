"""Which partition a key belongs to: as Java's default partitioner has it (murmur2), like every producer of ours."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=262_144)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key among so many."""
    return 0 if partitions == 1 else int(murmur2(key) & 0x7FFFFFFF) % partitions
