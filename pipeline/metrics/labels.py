"""The values that labels take: all known beforehand. Whatever is not among them counts as `other`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pipeline.codec.reasons import Reason

OTHER: Final = "other"
"""The label value of everything that is not known beforehand."""


class Result(StrEnum):
    """What became of a consumed record."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    FORWARDED = "forwarded"
    ERASED = "erased"
    """Of before the erasure of its person: dropped."""
    DEAD_LETTER = "dead_letter"


class Form(StrEnum):
    """A record's form on the wire, told by its first byte."""

    JSON = "json"
    AVRO_SINGLE_OBJECT = "avro_single_object"
    AVRO_REGISTRY = "avro_registry"
    UNKNOWN = "unknown"
    """None of these: it becomes a dead letter, or is framed in headers."""


class Direction(StrEnum):
    """Which way a record on `leads.activity.v1` goes."""

    SENT = "sent"
    RECEIVED = "received"


class Projection(StrEnum):
    """What became of a record of an output topic."""

    WRITTEN = "written"
    OUTDATED = "outdated"
    """A repeat, or older than what the read model has."""
    UNREADABLE = "unreadable"


class RedisError(StrEnum):
    """Why a call to Redis failed."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    OTHER = "other"


REASONS: Final = frozenset({*map(str, Reason), "unknown_stage", "unreadable_message", "unusable_model", "crash_loop"})
"""The reason codes of dead letters: the decoder's, and those of the engine and the worker."""

SIGNALS: Final = frozenset(
    {
        "approval_overdue",
        "approval_requested",
        "account_conflict",
        "claim_conflict",
        "cooling",
        "cross_sell",
        "duplicate_suspected",
        "lifecycle_loop",
        "nurture",
        "re_engaged",
        "shared_visitor",
        "sla_breached",
        "surge",
        "too_many_visitors",
        "up_sell",
    }
)
"""The names of signals, those of later releases included."""


def reason(code: str) -> str:
    """The label of a dead letter's reason."""
    return code if code in REASONS else OTHER


def signal(name: object) -> str:
    """The label of a signal."""
    return name if isinstance(name, str) and name in SIGNALS else OTHER


def listed(values: Iterable[str]) -> str:
    """The values as Markdown."""
    return ", ".join(f"`{value}`" for value in values)
