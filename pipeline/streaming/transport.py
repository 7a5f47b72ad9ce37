"""The broker scheme `leadtide://`: Faust's aiokafka transport, handing an agent one chunk at a time.

Found by Faust through the entry-point namespace `faust.transports`. What it changes and why: docs/architecture.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn, cast

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, InvalidSessionTimeoutError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from pipeline.errors import BrokerError
from pipeline.streaming.chunk import Chunk, take_chunks
from pipeline.streaming.faust_logger import FAUST_LOGGER

if TYPE_CHECKING:
    from pipeline.streaming.app import App

POLL_SECONDS = 5.0
"""How long one look into an idle fetcher lasts: data, holds that end and rebalances wake it earlier."""

MAX_CHUNK_RECORDS = 4_000
"""More would block the event loop too long: parsing costs about 1.5 µs a record."""

QUIET_FETCH_WAIT_MS = 500
"""How long a broker may hold a fetch that finds nothing. A fetch is answered at once when any topic has data, and the
answer tells the ends of all of them, so a quiet topic delays nobody."""

BUSY_FETCH_WAIT_MS = 50
"""The same while some topic is held back: it joins the fetches again only with the next one."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with a consumer made from our settings, fetching chunks."""

    logger = FAUST_LOGGER

    consumer: Consumer

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:  # noqa: ARG002 - Faust's signature
        app = cast("App", self.app)
        settings = app.settings
        self._assignor = app.assignor
        return AIOKafkaConsumer(
            **settings.kafka.client_options(),
            client_id=settings.group_id,
            group_id=settings.group_id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_interval_ms=int(app.conf.broker_max_poll_interval * 1000),
            session_timeout_ms=int(settings.session_timeout_seconds * 1000),
            heartbeat_interval_ms=int(app.conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(app.conf.broker_rebalance_timeout * 1000),
            fetch_max_wait_ms=QUIET_FETCH_WAIT_MS,
            max_partition_fetch_bytes=1 << 20,
            # aiokafka's own look-around; what matters wakes it.
            consumer_timeout_ms=int(POLL_SECONDS * 1000),
        )

    async def on_start(self) -> None:
        """Connect, and end the process if the group refuses us.

        aiokafka tells it only to whoever fetches, and Faust fetches only after it was taken: it would wait for ever.
        """
        await super().on_start()
        coordinator = self._ensure_consumer()._coordinator

        def refused(error: BaseException) -> NoReturn:
            cast("App", self.app).owned.fatal(refusal(error), "joining the consumer group")

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None and not self.should_stop:
                refused(error)

        coordinator._push_error_to_user = refused
        coordinator._coordination_task.add_done_callback(ended)

    async def _fetch_records(  # type: ignore[override]  # chunks where Faust has lists of records
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP],  # noqa: ARG002 - Faust's signature; what may be delivered, Consumer.held says
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        max_records: int | None = None,  # noqa: ARG002 - as above
    ) -> dict[TP, Chunk]:
        if not self.consumer.flow_active:
            return {}
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        held = self.consumer.held
        fetcher._fetch_max_wait_ms = BUSY_FETCH_WAIT_MS if held else QUIET_FETCH_WAIT_MS
        with fetcher._subscriptions.fetch_context():
            chunks = await take_chunks(
                fetcher, held.__contains__, timeout_seconds=timeout or 0.0, max_records=MAX_CHUNK_RECORDS
            )
        return {TP(tp.topic, tp.partition): chunk for tp, chunk in chunks.items()}

    def wake(self) -> None:
        """Let a waiting fetch look again, from any thread."""

        def notify() -> None:
            fetcher = self._ensure_consumer()._fetcher
            for waiter in list(fetcher._fetch_waiters):
                fetcher._notify(waiter)

        if not self.thread_loop.is_closed():
            self.thread_loop.call_soon_threadsafe(notify)

    def log_end(self, tp: TP) -> tuple[int | None, int]:
        """See `Consumer.log_end`."""
        consumer = self._ensure_consumer()
        subscription = consumer._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None or tp not in assignment.tps:
            return None, 0
        known = TopicPartition(*tp)
        state = assignment.state_value(known)
        # In this order, since the other thread takes records first and moves the position then.
        waiting = known in consumer._fetcher._records
        position = state.position if state.has_valid_position else None
        if position is None or state.highwater is None:
            return None, 0
        end = state.highwater if state.lso is None or state.lso < 0 else state.lso
        return max(end, position + 1 if waiting else position), state.timestamp or 0


class Consumer(driver.Consumer):
    """Delivers chunks; what is committed and where reading begins, the checkpoint decides."""

    logger = FAUST_LOGGER

    _thread: ConsumerThread
    held: set[Any]
    """Partitions whose records are left where they are for now (aiokafka's or Faust's TP: they are equal)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = set()

    @property
    def _owned(self) -> Any:
        return cast("App", self.app).owned

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def hold(self, tp: TP) -> None:
        """Take no more records of the partition until `release`."""
        self.held.add(tp)

    def release(self, tp: TP) -> None:
        """Take records of the partition again."""
        if tp in self.held:
            self.held.discard(tp)
            self._thread.wake()

    def log_end(self, tp: TP) -> tuple[int | None, int]:
        """The end of what can be read, as of the latest fetch, and when that was (wall clock, ms); from any thread.

        It is the last stable offset, on brokers without transactions the high watermark; and at least what lies in the
        fetcher or is on its way, since the embedded broker tells an end in the middle of the last batch. None as long
        as no fetch has told it.
        """
        return self._thread.log_end(tp)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch and deliver.

        Whatever was fetched and not delivered has moved the position all the same (a fetch is under way during a whole
        rebalance), so it seeks to what was received before it fetches again.
        """
        try:
            await self._drain(fetcher)
        except BaseException as error:
            if self.should_stop or self.app.should_stop or self._owned.is_closed:
                # Whatever breaks while we leave, a cancelled fetch among it, is of no interest.
                return
            if isinstance(error, asyncio.CancelledError):
                raise
            self._owned.fatal(error, "reading from the broker")

    async def _drain(self, fetcher: Any) -> None:
        deliver: Callable[[Any], Awaitable[None]] = self.callback
        sought: int | None = None
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            await asyncio.sleep(0)
            if not self.flow_active:
                # Resumed only when every assigned partition is restored.
                await self.wait(self.can_resume_flow)  # type: ignore[arg-type]  # mode names its own Event
                continue
            generation = self.app.consumer_generation_id
            if sought != generation:
                await self.perform_seek()
                sought = generation
            fetched, _ = await self._wait_next_records(POLL_SECONDS)
            chunks = cast("dict[TP, Chunk]", fetched or {})
            for tp, chunk in chunks.items():
                if self.app.consumer_generation_id != generation or not self.flow_active:
                    sought = None
                    continue
                await self.wait_first(deliver(_message(tp, chunk, generation)), self.suspend_flow.wait())
                if self.suspend_flow.is_set():
                    sought = None

    async def perform_seek(self) -> None:
        """Positions come from what the intakes received, never from what the fetcher knew before fencing."""
        await self._owned.seek(self)

    async def commit(self, *args: Any, **kwargs: Any) -> bool:  # noqa: ARG002 - Faust's signature
        """Do nothing: offsets belong to the checkpoint."""
        return False

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's check looks at acknowledgements, which we do not use; our watchdog replaces it."""

    async def on_partitions_revoked(self, revoked: Iterable[TP]) -> None:
        """Stop the flow, then finish the open checkpoints while the partitions are still ours."""
        await super().on_partitions_revoked(set(revoked))
        await self._owned.on_revoked()

    async def on_stop(self) -> None:
        """Finish the open checkpoints before the group is left."""
        await self._owned.close()
        await super().on_stop()


def refusal(error: BaseException) -> BrokerError:
    """What the group said, with what to do about it."""
    advice = "is this group allowed to us, and is another program in it?"
    if isinstance(error, InvalidSessionTimeoutError):
        advice = "set LEADTIDE_SESSION_TIMEOUT_SECONDS within the broker's group.min and group.max.session.timeout.ms"
    return BrokerError(f"{type(error).__name__}: {advice}")


def _message(tp: TP, chunk: Chunk, generation: int) -> ConsumerMessage:
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        chunk.end - 1,
        0.0,
        0,
        [],
        None,
        cast("Any", chunk),
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )


class Transport(driver.Transport):
    """`leadtide://host:port`."""

    Consumer = Consumer


class ChunkSchema(faust.Schema[bytes, bytes]):
    """No decoding: an event's value is the chunk. Records are read in the intake, where a bad one becomes data."""

    def compile(
        self,
        app: Any,
        *,
        on_key_decode_error: Any = None,  # noqa: ARG002 - Faust's signature
        on_value_decode_error: Any = None,  # noqa: ARG002 - as above
        default_propagate: bool = False,
    ) -> Any:
        """A decoder that passes the chunk on."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = default_propagate) -> Any:  # noqa: ARG001 - Faust's signature
            return create_event(None, message.value, message.headers, message)

        return decode
