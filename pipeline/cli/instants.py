"""Instants as people give them to commands, and as they read them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from pipeline.codec.instants import parse_instant
from pipeline.errors import InputError


def instant(text: str) -> int:
    """Milliseconds of an ISO-8601 time with offset, or of a date in UTC. Raises InputError."""
    try:
        return parse_instant(text, UTC if "T" not in text.upper() else None)
    except ValueError as error:
        raise InputError(f"{text!r}: {error}") from error


def shown_instant(text: str) -> int:
    """Milliseconds of an ISO-8601 time or date; without an offset in the time zone that times are shown in.

    Raises InputError.
    """
    try:
        return parse_instant(text, local_zone() or _system_zone(text))
    except ValueError as error:
        raise InputError(f"{text!r}: {error}") from error


def local_zone() -> ZoneInfo | None:
    """The time zone of this machine by name: that of TZ, else that of the system; None if it has no name."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name and "/zoneinfo/" in (link := os.path.realpath("/etc/localtime")):
        name = link.partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):
        return None


def zone_name(milliseconds: int) -> str:
    """What times are shown in: 'Europe/Berlin', or where the zone has no name its offset at this instant, '+01:00'."""
    found = local_zone()
    if found is not None:
        return found.key
    return datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone().isoformat()[-6:]


def _system_zone(text: str) -> tzinfo | None:
    """The offset of this machine at a time of day that has none."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone().tzinfo
    except (ValueError, OverflowError):
        return UTC  # what is wrong with the text is told by the parser


def zone(name: str) -> ZoneInfo:
    """The time zone of this name. Raises InputError."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{name!r} is no time zone: use a name such as Asia/Shanghai or UTC") from error


def local_time(milliseconds: int) -> str:
    """To the second, in the time zone of this machine: '2026-03-02 17:30:00'."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(local_zone()).strftime("%Y-%m-%d %H:%M:%S")
