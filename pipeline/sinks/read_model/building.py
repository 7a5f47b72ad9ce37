"""When a new epoch is built, and how far the building is."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from pipeline.sinks.read_model.keys import VERSION
from pipeline.sinks.read_model.source import Bounds
from pipeline.sinks.read_model.store import Epoch

logger = logging.getLogger(__name__)

AWAY_SECONDS = 12 * 3600
"""A read model further behind than this is built anew.

A broker forgets a tombstone 24 hours (`delete.retention.ms`) after it has compacted what it deletes: whoever was away
for longer may never learn that a lead is gone.
"""

_TELL_SECONDS = 2.0


def why_anew(found: Epoch | None, bounds: Bounds) -> str:
    """Why this epoch cannot be gone on with; empty if it can."""
    if found is None:
        return "there is none in Redis"
    away = time.time() - found.caught_up_at / 1000
    reasons = {
        f"its layout is version {found.version}, this release writes {VERSION}": found.version != VERSION,
        "the topics have other partitions now": found.offsets.keys() != bounds.ends.keys(),
        "a topic was made anew": any(offset > bounds.ends.get(name, 0) for name, offset in found.offsets.items()),
        "a topic has forgotten records that were not read yet": any(
            offset < bounds.starts.get(name, 0) for name, offset in found.offsets.items()
        ),
        f"it was not kept up for more than {AWAY_SECONDS // 3600} hours": away > AWAY_SECONDS,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


class Build:
    """An epoch on its way from `starts` to `ends`, the ends that the topics had when it began or was taken up."""

    def __init__(self, starts: Mapping[str, int], ends: Mapping[str, int], reason: str) -> None:
        self._starts = dict(starts)
        self._ends = dict(ends)
        self._began = self._told = time.monotonic()
        logger.info("building the read model from the topics: %s", reason)

    def is_whole(self, offsets: Mapping[str, int]) -> bool:
        """Whether everything that it must have is there."""
        return all(offsets[name] >= end for name, end in self._ends.items())

    def tell(self, offsets: Mapping[str, int], records: int, *, done: bool = False) -> None:
        """Log how far it is, now and then."""
        now = time.monotonic()
        seconds = now - self._began
        if done:
            logger.info("the read model is whole after %.1f s, %d records", seconds, records)
        elif now - self._told >= _TELL_SECONDS:
            self._told = now
            total = sum(self._ends.values()) - sum(self._starts.values())
            left = sum(max(end - offsets[name], 0) for name, end in self._ends.items())
            share = 100 * (1 - left / total) if total else 100.0
            logger.info("building the read model: %.0f %%, %d records/s", share, records / seconds)
