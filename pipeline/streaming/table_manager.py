"""Hooks into Faust's rebalance: our recovery where Faust would replay changelogs, our table instead of its."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from faust.tables.manager import TableManager as FaustTableManager
from faust.tables.recovery import RebalanceAgain, ServiceStopped
from faust.tables.recovery import Recovery as FaustRecovery

from pipeline.streaming.faust_logger import FAUST_LOGGER

if TYPE_CHECKING:
    from pipeline.streaming.app import App
    from pipeline.streaming.partition import Partition


class Recovery(FaustRecovery):
    """Faust knows no tables, so it takes its 'no tables' branch, which calls `_resume_streams`."""

    logger = FAUST_LOGGER

    async def _resume_streams(self, generation_id: int = 0) -> None:
        app = cast("App", self.app)
        if app.consumer_generation_id != generation_id:
            return
        owned = app.owned
        seen, before, began = owned.revocations, set(owned.partitions.values()), time.perf_counter()
        try:
            # RebalanceAgain ends the wait: what was taken over by then is dropped by the next restore.
            await self._wait(owned.restore(generation_id))
            self._count(set(owned.partitions.values()) - before, time.perf_counter() - began)
            if seen != owned.revocations:
                # Revoked meanwhile: Faust would let the flow go on here.
                return
            owned.resume()
            app.standby.notice(has_partitions=bool(owned.partitions))
            await super()._resume_streams(generation_id=generation_id)
        except (RebalanceAgain, ServiceStopped):
            raise
        except Exception as error:  # noqa: BLE001 - Faust would log it and call the table ready
            owned.fatal(error, "recovery")

    def _count(self, new: set[Partition], seconds: float) -> None:
        if new:
            metrics = cast("App", self.app).metrics
            metrics.recovery_seconds.observe(seconds)
            metrics.recovered_leads.inc(sum(len(partition.engine) for partition in new))


class TableManager(FaustTableManager):
    """Keeps the app's declared tables out of Faust's changelogs: their state is the engines'."""

    logger = FAUST_LOGGER

    @property
    def recovery(self) -> Recovery:
        """Our recovery."""
        if self._recovery is None:
            self._recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast("Recovery", self._recovery)

    def add(self, table: Any) -> Any:
        """Declare a table: nothing for Faust to manage."""
        return table

    async def on_start(self) -> None:
        """Start without the second of sleep that Faust puts here."""
        await self._update_channels()
        await self.recovery.start()
