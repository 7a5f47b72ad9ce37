"""`leadtide project --check`: is Redis what the topics say?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from pipeline.clients.reading import output_reader
from pipeline.codec.outbound import OutputReader
from pipeline.errors import StoreError
from pipeline.registration import told
from pipeline.settings import Settings
from pipeline.sinks.read_model.batch import Batch
from pipeline.sinks.read_model.connection import connected, failure
from pipeline.sinks.read_model.keys import VERSION, Keys
from pipeline.sinks.read_model.lead import Document, Lead
from pipeline.sinks.read_model.projector import reached
from pipeline.sinks.read_model.snapshot import Snapshot
from pipeline.sinks.read_model.source import Source
from pipeline.sinks.read_model.store import Epoch, Store

_ROUNDS = 3
"""So often it looks while the topics go on: what differs every time differs."""

_CATCH_UP_SECONDS = 10.0
_MOST_RECORDS = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the topics say. `what`: a lead's document, a name, a ranking or a count."""

    what: str
    name: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        """In one line, for people."""
        expected, found = ("nothing" if value is None else value for value in (self.expected, self.found))
        return f"{self.what} {self.name}: {found}, the topics say {expected}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found."""

    leads: int
    differences: list[Difference]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"leads": self.leads, "differences": [asdict(difference) for difference in self.differences]}


class Expected:
    """The leads as the topics have them, in memory."""

    def __init__(self, source: Source, outputs: OutputReader) -> None:
        self.leads: dict[str, Lead] = {}
        self.offsets: dict[str, int] = {}
        self._source, self._outputs = source, outputs

    async def advance(self) -> None:
        """Read on to where the topics end now. Raises BrokerError, RecoveryError, RegistryError."""
        starts, ends = await self._source.bounds()
        self.offsets = self.offsets or starts
        self._source.seek(self.offsets)
        while not reached(self.offsets, ends):
            fetched = await self._source.take(_MOST_RECORDS, 0.2)
            with told():
                await self._outputs.prepare(r.value for records in fetched.records.values() for r in records)
            batch = Batch.of(fetched.records, self._outputs)
            for lead_id in batch.lead_ids:
                self.leads.setdefault(lead_id, Lead(lead_id))
            batch.apply(self.leads)
            self.offsets = fetched.positions


async def check(settings: Settings) -> Report:
    """Compare Redis with the topics. Raises InputError, BrokerError, RecoveryError, RegistryError, StoreError."""
    async with connected(settings.redis) as client, Source.connected(settings) as source:
        try:
            return await _check(client, Keys.of(settings), Expected(source, output_reader(settings)))
        except RedisError as error:
            raise StoreError(f"Redis at {settings.redis.url}: {failure(error).text}") from error


async def _check(client: Redis, keys: Keys, expected: Expected) -> Report:
    store = Store(client, keys, holder="", lease_seconds=1)
    lasting: dict[tuple[str, str], Difference] = {}
    for number in range(_ROUNDS):
        await expected.advance()
        epoch, before = await _caught_up(store, expected.offsets)
        found = await Snapshot.stored(client, keys.at(epoch))
        differences = {
            (each.what, each.name): each for each in compare(Snapshot.derived(expected.leads.values()), found)
        }
        lasting = differences if number == 0 else {key: differences[key] for key in lasting if key in differences}
        after = await store.epoch(epoch)
        if not lasting or (after is not None and before.offsets == after.offsets == expected.offsets):
            break
    return Report(len(expected.leads), list(lasting.values()))


async def _caught_up(store: Store, offsets: Mapping[str, int]) -> tuple[str, Epoch]:
    """The epoch that is read, once it has come so far. Raises StoreError if it does not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _CATCH_UP_SECONDS
    while True:
        epoch = (await store.state()).epoch
        found = None if epoch is None else await store.epoch(epoch)
        if epoch is not None and found is not None:
            if found.version != VERSION:
                raise StoreError(f"the read model has layout {found.version}, this release {VERSION}")
            if reached(found.offsets, offsets):
                return epoch, found
        if loop.time() > deadline:
            remedy = "does a projector run (leadtide project)?"
            if found is None:
                raise StoreError(f"Redis holds no read model of this installation: {remedy}")
            behind = sum(max(end - found.offsets.get(name, 0), 0) for name, end in offsets.items())
            raise StoreError(f"the read model is {behind} records behind the topics and does not catch up: {remedy}")
        await asyncio.sleep(0.1)


def compare(expected: Snapshot, found: Snapshot) -> Iterator[Difference]:
    """What differs. History and signals that a topic has forgotten, and Redis has not, are no difference."""
    for lead_id in expected.leads.keys() | found.leads.keys():
        should, stands = expected.leads.get(lead_id), found.leads.get(lead_id)
        if not _equal(should, stands):
            yield Difference("document", lead_id, should, stands)
    for name in expected.names.keys() | found.names.keys():
        leads = expected.names.get(name, set()), found.names.get(name, set())
        if leads[0] != leads[1]:
            yield Difference("name", name, *map(sorted, leads))
    for stage in expected.rankings.keys() | found.rankings.keys():
        should_be, is_ = expected.rankings.get(stage, {}), found.rankings.get(stage, {})
        for lead_id in should_be.keys() | is_.keys():
            if should_be.get(lead_id) != is_.get(lead_id):
                name = f"{stage or 'all'} {lead_id}"
                yield Difference("ranking", name, should_be.get(lead_id), is_.get(lead_id))
    for stage in expected.stages.keys() | found.stages.keys():
        counts = expected.stages.get(stage, 0), found.stages.get(stage, 0)
        if counts[0] != counts[1]:
            yield Difference("count", stage, *counts)


def _equal(expected: Document | None, found: Document | None) -> bool:
    if expected is None or found is None:
        return expected is found
    lead = Lead(expected["lead_id"], found["score"], found["history"], found["signals"])
    if lead.document() != found:
        return False
    lead.history = lead.history[: len(expected["history"])]
    lead.signals = lead.signals[: len(expected["signals"])]
    if not lead.history:
        # All that the topic still had of it is gone: what Redis tells of it cannot be compared.
        return bool(lead.score == expected["score"] and lead.signals == expected["signals"])
    shorter = lead.document()
    # When the stage was entered may stand in a part of the history that only Redis still has.
    return shorter is not None and {**shorter, "stage_since": None} == {**expected, "stage_since": None}
