"""How a worker is: whether it serves what it was assigned, and the values that are read when somebody asks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipeline import topics
from pipeline.health import HealthServer

if TYPE_CHECKING:
    from pipeline.streaming.app import App


class Vitals:
    """Reads one app, on its event loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        prefix = app.settings.kafka.topic_prefix
        self._names = {topic.full_name(prefix): topic.name for topic in topics.CONSUMED}

    def not_ready(self) -> str | None:
        """Why not every assigned partition is recovered and served; None if each is, also if there is none for us."""
        owned = self._app.owned
        if owned.is_closed:
            return "stopping"
        if not owned.has_joined:
            return "joining the consumer group and recovering"
        if self._app.rebalancing or not owned.is_current:
            return "rebalancing and recovering"
        idle = sorted(number for number, partition in owned.partitions.items() if not partition.is_active)
        return f"partitions {idle} are not served yet" if idle else None

    def exposition(self) -> bytes:
        """The metrics, with what changes all the time read now."""
        metrics = self._app.metrics
        partitions = list(self._app.owned.partitions.values())
        active = [partition for partition in partitions if partition.is_active]
        lag: Counter[str] = Counter()
        for partition in partitions:
            for lane in partition.intake.lanes.values():
                lag[lane.topic] += lane.lag
        for full_name, name in self._names.items():
            metrics.lag.labels(name).set(lag[full_name])
        metrics.leads.set(sum(len(partition.engine) for partition in partitions))
        metrics.partitions.set(len(active))
        metrics.ready.set(self.not_ready() is None)
        dues = [due for partition in active if (due := partition.engine.next_due()) is not None]
        metrics.next_due.set(min(dues) / 1000 if dues else float("inf"))
        return metrics.text()


async def serve(app: App) -> HealthServer | None:
    """Begin to answer as the settings say, None if they say not to. Raises InputError if the address is taken."""
    settings = app.settings.metrics
    if not settings.port:
        return None
    vitals = Vitals(app)
    server = HealthServer(metrics=vitals.exposition, not_ready=vitals.not_ready)
    await server.start(settings.host, settings.port)
    return server
