"""A worker without a partition: more workers than partitions. It says so once, and takes over when one is free."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from pipeline.clients.assignment import group_of
from pipeline.errors import BrokerError

if TYPE_CHECKING:
    from pipeline.streaming.app import App

logger = logging.getLogger(__name__)

_ASK_SECONDS = 10.0


class Standby:
    """Told of each assignment that was taken over; counts the group's members once there is none for us."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._workers: int | None = None
        self._asking: asyncio.Task[None] | None = None

    def notice(self, *, has_partitions: bool) -> None:
        """An assignment was taken over. Having none is said once, until there are some again."""
        if has_partitions:
            self._forget()
        elif self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._say(), name="standby")

    def text(self) -> str:
        """What to tell operators."""
        workers = "more workers than partitions" if self._workers is None else f"{self._workers} workers"
        partitions = self._app.settings.kafka.partitions
        return (
            f"this worker has no partition: {workers} for {partitions} partition{'s' * (partitions > 1)}; it stands by"
        )

    async def _say(self) -> None:
        self._workers = await self._members()
        logger.warning("%s", self.text())

    async def _members(self) -> int | None:
        """How many workers there are, None if the broker does not tell."""
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                group = await group_of(self._app.settings)
        except (BrokerError, TimeoutError):
            return None
        # While the group rebalances its members are not known.
        members = len(group.workers)
        return members if members > self._app.settings.kafka.partitions else None

    def _forget(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self._workers = None
