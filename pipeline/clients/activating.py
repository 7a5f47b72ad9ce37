"""Changing the model of a running system: what is in force, what a change would do, sending it, waiting for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

from pipeline.clients.connection import MAX_RECORD_BYTES, producer, require_topics, told
from pipeline.engine.activating import MODEL_KEY, InForce, ModelChange
from pipeline.engine.engine import Engine
from pipeline.engine.erased import ERASED_PREFIX
from pipeline.errors import BrokerError, InputError
from pipeline.models import parse_model
from pipeline.models.document import read_document
from pipeline.scoring.model import Model
from pipeline.settings import Settings
from pipeline.streaming.changelog import ChangelogReader
from pipeline.streaming.crash_loop import NOTE_KEY
from pipeline.streaming.marker import MARKER_KEY, Marker, unpack
from pipeline.streaming.markers import read_markers
from pipeline.streaming.rescore import pack_change
from pipeline.streaming.validation import has_transactions
from pipeline.topics import RESCORE

_LOOK_SECONDS = 0.5
_STEP = 1_000


@dataclass(slots=True)
class Stored:
    """One partition's changelog up to its last marker: the model in force, the packed profiles, rows of the erased.

    `unmarked`: what a cut-off checkpoint left behind the marker (without transactions); it counts for nothing.
    """

    in_force: InForce | None = None
    marker: Marker | None = None
    profiles: dict[bytes, bytes] = field(default_factory=dict)
    erased: dict[bytes, bytes] = field(default_factory=dict)
    unmarked: dict[bytes, bytes | None] = field(default_factory=dict)

    @property
    def state(self) -> dict[str, Any]:
        """The engine's own values; nothing before the first checkpoint."""
        return {} if self.marker is None else self.marker.state

    def take(self, key: bytes, value: bytes | None) -> None:
        """The next record. Raises RecoveryError if it cannot be read."""
        if key != MARKER_KEY:
            self.unmarked[key] = value
            return
        for earlier, packed in self.unmarked.items():
            rows = self.erased if earlier.startswith(ERASED_PREFIX) else self.profiles
            if packed is None:
                rows.pop(earlier, None)
            elif earlier == MODEL_KEY:
                self.in_force = InForce.unpack(packed)
            else:
                rows[earlier] = packed
        self.unmarked.clear()
        self.marker = unpack(value or b"")


async def read_stored(settings: Settings, *, profiles: bool = True) -> dict[int, Stored]:
    """What the changelog holds, by partition; the models alone without `profiles`. Raises BrokerError."""
    found = {number: Stored() for number in range(settings.kafka.partitions)}
    with told(settings):
        async with ChangelogReader(settings) as reader:
            await reader.require_topic()
            async for number, chunk in reader.chunks(list(found)):
                for record in chunk.records:
                    key = record.key
                    if key is not None and key != NOTE_KEY and (profiles or key in {MODEL_KEY, MARKER_KEY}):
                        found[number].take(key, record.value)
    return found


def in_force(stored: Mapping[int, Stored]) -> InForce | None:
    """The model in force (of the latest change, while the partitions differ), or None before the first checkpoint."""
    models = [each.in_force for each in stored.values() if each.in_force is not None]
    return max(models, key=lambda model: (model.epoch, model.since), default=None)


async def running_model(settings: Settings) -> Model | None:
    """The model that the running system scores by, or None if it has none yet. Raises BrokerError."""
    found = in_force(await read_stored(settings, profiles=False))
    return None if found is None else parse_model(found.text, "the running model")


def missing_names(running: InForce, model: Model) -> list[str]:
    """What the model reads and not every stored fact was kept with: names of values, or marks made when facts came."""
    found = sorted(model.kept_names - running.complete)
    before, after = (read_document(text, "model")[0].data() for text in (running.text, model.text))
    for section, name in (("bots", "honeypots"), ("internal", "ips")):
        if ((after.get(section) or {}).get(name) or []) != ((before.get(section) or {}).get(name) or []):
            found.append(f"{section}.{name}")
    return found


def missing_stages(running: InForce, model: Model, renamed: Mapping[str, str]) -> list[str]:
    """The running model's stages that the model lacks and nothing was said about.

    Raises InputError if `renamed` speaks of stages that are not there.
    """
    known = {stage.id for stage in model.lifecycle.stages}
    before = [stage.id for stage in parse_model(running.text).lifecycle.stages]
    for old, new in renamed.items():
        if new not in known:
            raise InputError(f"--map {old}={new}: the model {model.id} has no stage {new!r}: it has {', '.join(known)}")
        if old in known or old not in before:
            why = "is a stage of the new model, too" if old in known else "is no stage of the running model"
            raise InputError(f"--map {old}={new}: {old!r} {why}")
    return [stage for stage in before if stage not in known and stage not in renamed]


def forecast(
    settings: Settings,
    stored: Mapping[int, Stored],
    change: ModelChange,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[int, Counter[tuple[str, str]]]:
    """How many leads would be scored again, and from where to where they would move. Changes nothing."""
    moves: Counter[tuple[str, str]] = Counter()
    leads, total = 0, sum(len(each.profiles) for each in stored.values())
    for number, each in stored.items():
        if each.in_force is None:
            continue
        engine = Engine(
            parse_model(each.in_force.text),
            partition=number,
            partitions=settings.kafka.partitions,
            stream_time=False,
            now_ms=lambda: 0,
        )
        engine.load(MODEL_KEY, each.in_force.pack())
        for key, value in each.profiles.items():
            engine.load(key, value)
        engine.restore(dict(each.state))
        engine.activate(change)
        while done := engine.bring_over(_STEP):
            leads += done
            changes = (keyed.value for keyed in engine.take().stage_changes)
            moves.update((c["from_stage"], c["to_stage"]) for c in changes if c and c["cause"] == "model_change")
            progress(leads, total)
    return leads, moves


async def send(settings: Settings, change: ModelChange) -> int:
    """Send the change to every partition, to all or to none where the broker has transactions; how many there are.

    Raises BrokerError, and InputError if the model is too large for a record.
    """
    value, topic = pack_change(change), RESCORE.full_name(settings.kafka.topic_prefix)
    if len(value) > MAX_RECORD_BYTES - 1024:
        raise InputError(f"the model is too large to be sent: {len(value)} bytes, {MAX_RECORD_BYTES - 1024} at most")
    partitions = range(settings.kafka.partitions)
    async with producer(settings) as client:
        await require_topics(client, settings, [topic])
        if not await has_transactions(settings):
            await asyncio.gather(*[await client.send(topic, value, partition=number) for number in partitions])
            return len(partitions)
    with told(settings):
        # One id for all: of two changes at once the one is behind the other in every partition, or fails.
        client = AIOKafkaProducer(
            **settings.kafka.client_options(),
            transactional_id=f"{settings.group_id}-activate",
            max_request_size=MAX_RECORD_BYTES,
        )
        try:
            await client.start()
            async with client.transaction():
                sent = [await client.send(topic, value, partition=number) for number in partitions]
                await asyncio.gather(*sent)
        finally:
            await client.stop()
    return len(partitions)


async def wait(
    settings: Settings,
    change: ModelChange,
    timeout_seconds: float,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Wait until all leads of every partition have come over. Raises BrokerError if the time is over before."""
    loop = asyncio.get_running_loop()
    deadline, partitions = loop.time() + timeout_seconds, settings.kafka.partitions
    while True:
        states = [marker.state for marker in (await read_markers(settings)).values()]
        done = sum(state.get("activation") == change.id and "coming_over" not in state for state in states)
        progress(done, partitions)
        if done == partitions:
            return
        if loop.time() > deadline:
            raise BrokerError(
                f"{partitions - done} of {partitions} partitions have not come over within {timeout_seconds:g} s: "
                "`leadtide status` says whether workers run; a model that they cannot use is in `leadtide dlq list`"
            )
        await asyncio.sleep(_LOOK_SECONDS)
