"""The marker: one record a checkpoint in the changelog, which says what the table around it includes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.errors import RecoveryError

MARKER_KEY = b"\x00marker"
"""No subject id begins with NUL."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """What a checkpoint includes.

    `offsets`: topic's full name → the next offset to read there, for every topic a worker consumes.
    `state`: the engine's own values. `clock`: how the partition's time runs, under a scaled clock only.
    `written_at`: wall clock in ms, for people.
    """

    offsets: dict[str, int]
    state: dict[str, Any]
    clock: dict[str, Any] | None = None
    written_at: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


def pack(marker: Marker) -> bytes:
    """The marker's record value: JSON with a format version."""
    document = {
        "format": FORMAT,
        "offsets": marker.offsets,
        "state": marker.state,
        "clock": marker.clock,
        "written_at": marker.written_at,
        **marker.extra,
    }
    return orjson.dumps(document)


def unpack(value: bytes) -> Marker:
    """The marker in a record's value.

    Raises:
        RecoveryError: the bytes are no marker, or one of a later version of Leadtide.
    """
    try:
        document = orjson.loads(value)
        version = document.pop("format")
        if version != FORMAT:
            raise RecoveryError(
                f"the changelog was written by another version of Leadtide (marker format {version}, this one reads "
                f"{FORMAT}): run the version that wrote it, or a later one"
            )
        return Marker(
            offsets={str(topic): int(offset) for topic, offset in document.pop("offsets").items()},
            state=dict(document.pop("state")),
            clock=document.pop("clock", None),
            written_at=int(document.pop("written_at", 0)),
            extra=document,
        )
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RecoveryError(f"the changelog's marker cannot be read ({error!r}): {value[:80]!r}") from error
