"""The Faust app with everything under it replaced that cannot keep the promise (docs/architecture.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import faust

from pipeline.metrics import WorkerMetrics
from pipeline.settings import Settings
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.faust_logger import FAUST_LOGGER
from pipeline.streaming.owned import NewEngine, Owned
from pipeline.streaming.sensors import FaustSensor
from pipeline.streaming.standby import Standby
from pipeline.streaming.table import ProfilesTable
from pipeline.streaming.table_manager import TableManager
from pipeline.streaming.transport import ChunkSchema
from pipeline.streaming.wire import Wire
from pipeline.topics import Topic

if TYPE_CHECKING:
    from faust.types import TopicT

    from pipeline.streaming.transport import Consumer

_NEVER_SECONDS = 86_400.0

ChunkStream = Any
"""A Faust stream whose events are chunks (a `faust.Stream`: Faust's interface for agents does not declare `noack`)."""


class App(faust.App):
    """A Faust app on `leadtide://`. `serve` puts in what is declared below before the worker starts."""

    logger = FAUST_LOGGER

    owned: Owned
    wire: Wire
    metrics: WorkerMetrics
    standby: Standby

    def __init__(self, settings: Settings, **options: Any) -> None:
        self.settings = settings
        first = settings.kafka.bootstrap_servers.split(",")[0]
        super().__init__(
            settings.group_id,
            # Only the scheme counts: the consumer takes its addresses and secrets from the settings.
            broker=f"leadtide://{first}",
            store="memory://",
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            # Above 0, or Faust assigns round robin and the topics of a partition part.
            table_standby_replicas=1,
            Table=ProfilesTable,
            TableManager=TableManager,
            stream_wait_empty=False,
            stream_buffer_maxsize=8,
            broker_session_timeout=settings.session_timeout_seconds,
            broker_heartbeat_interval=max(0.3, settings.session_timeout_seconds / 6),
            broker_rebalance_timeout=max(20.0, 2 * settings.session_timeout_seconds),
            # Faust's own offset commits and their monitors have nothing to do.
            broker_commit_interval=_NEVER_SECONDS,
            broker_commit_livelock_soft_timeout=_NEVER_SECONDS,
            worker_redirect_stdouts=False,
            **options,
        )

    def _create_directories(self) -> None:
        """Make none: nothing of ours is kept on disk."""

    def chunks(self, topic: Topic) -> TopicT:
        """The topic as a Faust topic whose events are chunks."""
        name = topic.full_name(self.settings.kafka.topic_prefix)
        return self.topic(name, schema=ChunkSchema(key_type=bytes, value_type=bytes), internal=True)

    @property
    def chunk_consumer(self) -> Consumer:
        """The consumer, as what it is on our scheme."""
        return cast("Consumer", self.consumer)

    def serve(
        self,
        new_engine: NewEngine,
        *,
        transactions: bool,
        failpoints: Failpoints | None = None,
        metrics: WorkerMetrics | None = None,
        wire: Wire | None = None,
    ) -> None:
        """Put in what the worker needs to run: the maker of engines, what the broker can do, where it is counted."""
        self.metrics = metrics or WorkerMetrics(partitions=self.settings.kafka.partitions)
        self.wire = wire or Wire()
        self.standby = Standby(self)
        self.sensors.add(FaustSensor(self.metrics, topic_prefix=self.settings.kafka.topic_prefix))
        self.owned = Owned(
            self, self.settings, new_engine, transactions=transactions, failpoints=failpoints or Failpoints()
        )

    async def stop(self) -> None:
        """Write the last checkpoints first, while the worker is still in the group; then stop as Faust does."""
        await self.owned.close()
        await super().stop()
