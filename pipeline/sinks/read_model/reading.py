"""The read model as others read it: listing, looking up, counting; and whether it is what the topics say by now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from pipeline.errors import StoreError
from pipeline.identity import canonical_email, subject_of_email, subject_of_external, subject_of_visitor
from pipeline.settings import Settings
from pipeline.sinks.read_model.connection import connected, failure
from pipeline.sinks.read_model.keys import VERSION, EpochKeys, Keys
from pipeline.sinks.read_model.lead import Document
from pipeline.sinks.read_model.projector import reached
from pipeline.sinks.read_model.source import bounds
from pipeline.sinks.read_model.store import Store

_PATIENCE_SECONDS = 1.0
"""A projector that works has applied by then what was there when it was asked."""

_CONNECT_SECONDS = 2.0


class ReadModel:
    """One epoch. All methods raise RedisError."""

    def __init__(self, client: Redis, keys: EpochKeys) -> None:
        self._client: Any = client
        self.keys = keys

    async def top(self, count: int, stage: str | None = None) -> list[Document]:
        """The leads (of the stage) with the highest totals, by total and then by id."""
        ranking = self.keys.ranking if stage is None else self.keys.stage_ranking(stage)
        found = dict(await self._client.zrange(ranking, 0, count - 1, desc=True, withscores=True))
        if found:
            # Of those with the lowest total of these, Redis has counted the last ids first.
            least = min(found.values())
            equal = await self._client.zrange(ranking, least, least, byscore=True, offset=0, num=count)
            found |= dict.fromkeys(equal, least)
        best = sorted(found, key=lambda lead: (-found[lead], lead))[:count]
        return await self.leads([lead.decode() for lead in best])

    async def leads(self, lead_ids: list[str]) -> list[Document]:
        """The documents of those that are there, in this order."""
        if not lead_ids:
            return []
        packed = await self._client.mget([self.keys.lead(lead_id) for lead_id in lead_ids])
        return [orjson.loads(document) for document in packed if document is not None]

    async def stages(self) -> dict[str, int]:
        """How many leads stand in each stage that has some."""
        found = await self._client.hgetall(self.keys.stages)
        return {stage.decode(): int(count) for stage, count in found.items() if int(count)}

    async def find(self, name: str) -> str | None:
        """The lead that `name` means: an id, an address, a visitor id, an external id, or an alias of one.

        None if there is none, or several answer for it (a shared visitor): the table knows more.
        """
        for subject in (name, subject_of_email(canonical_email(name)), subject_of_visitor(name)):
            leads = await self._answering(subject)
            if leads:
                return leads.pop() if len(leads) == 1 else None
        names = await self._client.smembers(self.keys.external)
        found: set[str] = set()
        for external in names:
            found |= await self._answering(subject_of_external(external.decode(), name))
        return found.pop() if len(found) == 1 else None

    async def _answering(self, subject: str) -> set[str]:
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.exists(self.keys.lead(subject))
            pipeline.smembers(self.keys.alias(subject))
            itself, leads = await pipeline.execute()
        return {subject} if itself else {lead.decode() for lead in leads}


@asynccontextmanager
async def current(settings: Settings) -> AsyncIterator[ReadModel]:
    """The read model, once it holds everything that the topics hold now.

    Raises StoreError if it is not there, or is behind and does not catch up in a second; BrokerError.
    """
    try:
        timeout = min(_CONNECT_SECONDS, settings.redis.timeout_seconds)
        async with connected(settings.redis, timeout_seconds=timeout) as client:
            yield ReadModel(client, await _current(client, settings))
    except RedisError as error:
        raise StoreError(f"the read model's Redis cannot be used: {failure(error).text}") from error


async def _current(client: Redis, settings: Settings) -> EpochKeys:
    store = Store(client, Keys.of(settings), holder="", lease_seconds=1)
    epoch = (await store.state()).epoch
    if epoch is None:
        raise StoreError("there is no read model in Redis yet: does a projector run (leadtide project)?")
    ends = (await bounds(settings)).ends
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_SECONDS
    while True:
        epoch = (await store.state()).epoch or epoch
        found = await store.epoch(epoch)
        if found is not None and found.version == VERSION and reached(found.offsets, ends):
            return store.keys.at(epoch)
        if loop.time() > deadline:
            raise StoreError("the read model is behind the topics: does a projector run (leadtide project)?")
        await asyncio.sleep(0.05)
