"""`leadtide rebuild`: the table of a stopped system, made anew out of its inputs under another model."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from pipeline.analysis.rebuilding import Rebuilt, Successor, Until, scored
from pipeline.clients.activating import Stored, in_force, read_stored
from pipeline.clients.assignment import group_of
from pipeline.clients.connection import consumer, require_topics, told
from pipeline.clients.dead_letters import read_dead_letters
from pipeline.clients.reading import ends_of
from pipeline.codec import Decoder, SchemaAwaited
from pipeline.codec.instants import format_instant
from pipeline.engine.activating import MODEL_KEY, InForce, name_of
from pipeline.engine.documents import Document
from pipeline.engine.engine import wall_clock_ms
from pipeline.engine.erased import Erasures
from pipeline.errors import InputError, RegistryError
from pipeline.events import Event
from pipeline.partitioning import partition_of
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile
from pipeline.settings import Settings
from pipeline.streaming.changelog import ChangelogReader
from pipeline.streaming.chunk import Record
from pipeline.streaming.crash_loop import REASON
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.items import input_item
from pipeline.streaming.marker import Marker
from pipeline.streaming.rescore import rescore_item
from pipeline.streaming.unit import Unit
from pipeline.streaming.validation import has_transactions
from pipeline.streaming.wire import Wire
from pipeline.streaming.writer import Offsets, PlainWriter, TransactionalWriter, Writer
from pipeline.topics import ACTIVITY, INPUTS, RESCORE

logger = logging.getLogger(__name__)

_TRANSACTION_SECONDS = 600.0
"""A partition's new table leaves in one piece; brokers allow 15 minutes."""

_SCHEMA_SECONDS = 30.0
_LOOK_SECONDS = 0.1

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Plan:
    """What a rebuild is about to write. `events`: how many were read."""

    parts: dict[int, Rebuilt]
    markers: dict[int, Marker]
    model: InForce
    events: int


class Rebuild:
    """One rebuild under `model`. Use `fenced` around `plan` and `write`; `plan` alone changes nothing."""

    def __init__(
        self,
        settings: Settings,
        model: Model,
        decoder: Decoder,
        *,
        accept_incomplete: bool = False,
        assume_stopped: bool = False,
    ) -> None:
        self.settings, self.model = settings, model
        self._decoder = decoder
        self._accept_incomplete = accept_incomplete
        self._assume_stopped = assume_stopped
        self._partitions = range(settings.kafka.partitions)
        self._writers: dict[int, Writer] = {}

    @asynccontextmanager
    async def fenced(self) -> AsyncIterator[None]:
        """Keep others from writing: where there are transactions a worker that starts meanwhile ends the rebuild."""
        checkpoint = self.settings.checkpoint.model_copy(update={"timeout_seconds": _TRANSACTION_SECONDS})
        settings = self.settings.model_copy(update={"checkpoint": checkpoint})
        failpoints = Failpoints.parse(os.environ.get("LEADTIDE_FAILPOINT"))
        transactions = await has_transactions(settings)
        with told(settings):
            try:
                for number in self._partitions:
                    writer: Writer = (
                        TransactionalWriter(settings, number, failpoints)
                        if transactions
                        else PlainWriter(settings, failpoints, self._commit)
                    )
                    self._writers[number] = writer
                    await writer.start()
                yield
            finally:
                for writer in self._writers.values():
                    await writer.stop()
                self._writers.clear()

    async def plan(self, progress: Progress = lambda _done, _all: None) -> Plan:
        """Read everything and score it. Raises InputError, with the way out, if it cannot be done; BrokerError."""
        await self.require_nobody()
        stored = await read_stored(self.settings)
        running = self._require_whole(stored)
        markers = {number: each.marker for number, each in stored.items() if each.marker is not None}
        async with consumer(self.settings) as client:
            await self._require_inputs(client)
            activity = self._name(ACTIVITY.name)
            # What was forwarded comes of records that are read here.
            ends = await ends_of(client, [TopicPartition(activity, number) for number in self._partitions])
        events = await self._events(markers)
        end = await self._until(markers)
        erased = Erasures(self.settings.salt)
        for each in stored.values():
            for key, row in each.erased.items():
                erased.load(key, row)
        engine = scored(self.model, events, end, progress, erased)
        instant = max(int(marker.state.get("time", 0)) for marker in markers.values())
        model = InForce(
            self.model.text,
            name_of(self.model),
            running.epoch + 1,
            f"rebuild-{uuid4()}",
            instant,
            complete=self.model.kept_names,
        )
        parts = self._parts(engine.profiles(), stored, model, erased)
        for number, part in parts.items():
            part.effects.changelog.insert(0, (MODEL_KEY, model.pack()))
            marker = markers[number]
            state = marker.state | {"model": model.name, "activation": model.activation}
            offsets = marker.offsets | {activity: ends[TopicPartition(activity, number)]}
            markers[number] = replace(marker, offsets=offsets, state=state, written_at=wall_clock_ms())
        return Plan(parts, markers, model, len(events))

    async def write(self, plan: Plan, wire: Wire, progress: Progress = lambda _done, _all: None) -> None:
        """Write it, each partition as one unit; to be called inside `fenced`. Raises InputError, BrokerError."""
        await self.require_nobody()
        prefix = self.settings.kafka.topic_prefix
        with told(self.settings):
            for number, part in plan.parts.items():
                marker = plan.markers[number]
                unit = Unit(
                    partition=number,
                    partitions=len(self._partitions),
                    effects=part.effects,
                    dead_letters=[],
                    marker=marker,
                    full_name=lambda topic: topic.full_name(prefix),
                    wire=wire,
                )
                offsets = {TopicPartition(topic, number): offset for topic, offset in marker.offsets.items()}
                await self._writers[number].write(unit, offsets, lambda: 0)
                progress(number + 1, len(self._partitions))

    def _name(self, topic: str) -> str:
        return self.settings.kafka.topic_prefix + topic

    async def _commit(self, offsets: Offsets) -> None:
        async with consumer(self.settings, group=self.settings.group_id) as client:
            client.assign(list(offsets))
            try:
                await client.commit(dict(offsets))
            except KafkaError as error:  # without transactions the marker alone counts, and the next worker commits
                logger.warning("the group's offsets were not committed: %r", error)

    async def require_nobody(self) -> None:
        """Raise InputError if workers run. One that was just killed, or told to stop, is a member for a while yet."""
        if self._assume_stopped:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.settings.session_timeout_seconds + 2
        while (group := await group_of(self.settings)).workers and loop.time() < deadline:  # noqa: ASYNC110 - as above
            await asyncio.sleep(_LOOK_SECONDS)
        if group.workers:
            names = ", ".join(worker.name for worker in group.workers)
            raise InputError(
                f"{len(group.workers)} workers run ({names}): stop them all, run this again, and start them then "
                "(--assume-stopped if none runs: the embedded broker lists some that are long gone)"
            )

    def _require_whole(self, stored: dict[int, Stored]) -> InForce:
        running = in_force(stored)
        missing = [number for number, each in stored.items() if each.marker is None]
        if running is None or missing:
            raise InputError(
                f"the partitions {missing or list(stored)} have no checkpoint yet: there is nothing to rebuild. Set "
                "LEADTIDE_MODEL and start `leadtide worker`"
            )
        if any("coming_over" in each.state for each in stored.values()):
            raise InputError(
                f"leads are still coming over to {running.name}: start the workers, wait for `leadtide status --wait`, "
                "stop them, and run this again"
            )
        return running

    async def _require_inputs(self, client: AIOKafkaConsumer) -> None:
        inputs = [self._name(topic.name) for topic in INPUTS]
        await require_topics(client, self.settings, inputs)
        wanted = [TopicPartition(topic, number) for topic in inputs for number in self._partitions]
        begins = await client.beginning_offsets(wanted)
        gone = [f"{tp.topic} partition {tp.partition} begins at {begin}" for tp, begin in begins.items() if begin]
        if gone and not self._accept_incomplete:
            raise InputError(
                f"earlier events fell to the topics' retention ({'; '.join(gone)}): what only they said would be lost. "
                "`leadtide model activate FILE --accept-incomplete` keeps it and counts the new properties from now "
                "on; --accept-incomplete here scores what is left"
            )

    async def _events(self, markers: dict[int, Marker]) -> list[Event]:
        """What the workers have read of the inputs, without what they gave up on."""
        given_up = {
            (letter.topic, letter.partition, letter.offset)
            async for letter in read_dead_letters(self.settings)
            if letter.reason == REASON
        }
        events: list[Event] = []
        for topic in (self._name(topic.name) for topic in INPUTS):
            async for number, record in self._records(topic, markers):
                found = await self._decoded(record)
                if found is not None and (topic, number, record.offset) not in given_up:
                    events.append(found)
        return events

    async def _records(self, topic: str, markers: dict[int, Marker]) -> AsyncIterator[tuple[int, Record]]:
        with told(self.settings):
            async with ChangelogReader(self.settings, topic=topic) as reader:
                async for number, chunk in reader.chunks(list(markers)):
                    end = markers[number].offsets.get(topic, 0)
                    for record in chunk.records:
                        if record.offset < end:
                            yield number, record

    async def _decoded(self, record: Record) -> Event | None:
        deadline = asyncio.get_running_loop().time() + _SCHEMA_SECONDS
        while True:
            try:
                payload = input_item(record, self._decoder.decode).payload
                return payload if isinstance(payload, Event) else None
            except SchemaAwaited:
                if asyncio.get_running_loop().time() > deadline:
                    url = self.settings.registry.url
                    raise RegistryError(f"{url} does not say what the schemas of the inputs are") from None
                await asyncio.sleep(_LOOK_SECONDS)

    async def _until(self, markers: dict[int, Marker]) -> Until:
        states = [marker.state for marker in markers.values()]
        time = max(int(state.get("time", 0)) for state in states)
        if self.settings.clock_spec.kind != "stream":
            return Until(time + 1, settled=True)
        behind = [int(s["until"]) for s in states if int(s.get("until", 0)) < int(s.get("wanted", 0))]
        if behind:
            return Until(min(behind), settled=False)
        ticked = -1
        async for _, record in self._records(self._name(RESCORE.name), markers):
            payload = rescore_item(record).payload
            ticked = max(ticked, payload if isinstance(payload, int) else -1)
        return Until(max(time, ticked + 1), settled=False)

    def _parts(
        self, profiles: Iterable[Profile], stored: dict[int, Stored], model: InForce, erased: Erasures
    ) -> dict[int, Rebuilt]:
        found: defaultdict[int, list[Profile]] = defaultdict(list)
        for profile in profiles:
            found[partition_of(profile.subject.encode(), len(self._partitions))].append(profile)
        successor = Successor(
            self.model,
            epoch=model.epoch,
            instant=model.since,
            stamp=self._stamp,
            language=self.settings.language,
            erased=erased,
        )
        return {
            number: successor.part(found.pop(number, []), each.profiles, each.unmarked, each.erased)
            for number, each in stored.items()
        }

    def _stamp(self, document: Document) -> Document:
        stamped = document | {"decided_at": format_instant(wall_clock_ms())}
        announce_from = self.settings.announce_from
        if announce_from is not None and document["occurred_at"] < format_instant(
            int(announce_from.timestamp() * 1000)
        ):
            stamped["history"] = True
        return stamped
