"""Instants as people give them to commands, and as they read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pipeline.codec.instants import parse_instant
from pipeline.errors import InputError


def instant(text: str) -> int:
    """Milliseconds of an ISO-8601 time with offset, or of a date in UTC. Raises InputError."""
    try:
        return parse_instant(text, UTC if "T" not in text.upper() else None)
    except ValueError as error:
        raise InputError(f"{text!r}: {error}") from error


def zone(name: str) -> ZoneInfo:
    """The time zone of this name. Raises InputError."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{name!r} is no time zone: use a name such as Asia/Shanghai or UTC") from error


def local_time(milliseconds: int) -> str:
    """To the second, in the time zone of this machine: '2026-03-02 17:30:00'."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
