"""Instants as texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LATEST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z: what would happen later never happens, since no instant beyond can be written."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(instant: int) -> str:
    """The instant (ms) as ISO-8601 in UTC with milliseconds."""
    return (_EPOCH + timedelta(milliseconds=instant)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
