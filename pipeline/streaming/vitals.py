"""How a worker is: whether it serves what it was assigned, and the values that are read when somebody asks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipeline import topics, watched
from pipeline.health import HealthServer, Readiness, State

if TYPE_CHECKING:
    from pipeline.streaming.app import App
    from pipeline.streaming.partition import Partition


class Vitals:
    """Reads one app, on its event loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        prefix = app.settings.kafka.topic_prefix
        self._names = {topic.full_name(prefix): topic.name for topic in topics.CONSUMED}

    def readiness(self) -> Readiness:
        """Ready once every assigned partition is recovered and served; standing by if there is none for us."""
        reason = self._not_ready()
        if reason is not None:
            return Readiness(State.NOT_READY, reason)
        if not self._app.owned.partitions:
            return Readiness(State.STANDBY, self._app.standby.text())
        return Readiness(State.READY)

    def _not_ready(self) -> str | None:
        owned = self._app.owned
        if owned.is_closed:
            return "stopping"
        if not owned.has_joined:
            return "joining the consumer group and recovering"
        if self._app.rebalancing or not owned.is_current:
            return "rebalancing and recovering"
        idle = sorted(number for number, partition in owned.partitions.items() if not partition.is_active)
        return f"partitions {idle} are not served yet" if idle else None

    def refresh(self) -> None:
        """Read what changes all the time into the metrics."""
        metrics = self._app.metrics
        partitions = self._app.owned.partitions
        active = {number: partition for number, partition in partitions.items() if partition.is_active}
        lag: Counter[str] = Counter()
        for partition in partitions.values():
            for lane in partition.intake.lanes.values():
                lag[lane.topic] += lane.lag
        for full_name, name in self._names.items():
            metrics.lag.labels(name).set(lag[full_name])
        metrics.assigned.set(len(partitions))
        metrics.partitions.set(len(active))
        for number in range(self._app.settings.kafka.partitions):
            metrics.owned.labels(str(number)).set(number in active)
        metrics.standby.set(self.readiness().state is State.STANDBY)
        metrics.leads.set(sum(len(partition.engine) for partition in partitions.values()))
        for name, version, stages in filter(None, [partition.engine.in_force() for partition in active.values()]):
            metrics.take_model((name, version), stages)
        metrics.due.set(sum(partition.engine.queued() for partition in partitions.values()))
        dues = [due for partition in active.values() if (due := partition.engine.next_due()) is not None]
        metrics.next_due.set(min(dues) / 1000 if dues else float("inf"))
        metrics.tick_lag.set(max(map(_late_ms, active.values()), default=0) / 1000)


def _late_ms(partition: Partition) -> int:
    """By how much the partition's first due lead is late. Under `stream` nobody is: time is what the records say."""
    due, clock = partition.engine.next_due(), partition.clock
    return 0 if due is None or clock is None else max(0, clock.now() - due)


async def serve(app: App) -> HealthServer | None:
    """Begin to answer as the settings say, None if they say not to. Raises InputError if the address is taken."""
    vitals = Vitals(app)
    return await watched.serve(app.settings.metrics, app.metrics, vitals.readiness, refresh=vitals.refresh)
