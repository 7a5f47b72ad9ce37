"""Everything that one epoch holds, as it stands in Redis and as it should: for checks and tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from redis.asyncio import Redis

from pipeline.sinks.read_model.keys import EpochKeys
from pipeline.sinks.read_model.lead import Document, Lead

_SCAN = 1_000


@dataclass(slots=True)
class Snapshot:
    """`leads`: id → document. `names`: kind (`address`, `alias`) and name → leads. `rankings`: '' is that of all."""

    leads: dict[str, Document] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    rankings: dict[str, dict[str, float]] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)

    @classmethod
    def derived(cls, leads: Iterable[Lead]) -> Snapshot:
        """What must be there for these leads, worked out from nothing."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        rankings: defaultdict[str, dict[str, float]] = defaultdict(dict)
        documents, stages = {}, Counter[str]()
        for lead in leads:
            document, place = lead.document(), lead.place()
            if document is None or place is None:
                continue
            documents[lead.lead_id] = document
            stages[place.stage] += 1
            rankings[""][lead.lead_id] = rankings[place.stage][lead.lead_id] = place.total
            for subject in place.aliases:
                names[f"alias:{subject}"].add(lead.lead_id)
            if place.address is not None:
                names[f"address:{place.address}"].add(lead.lead_id)
        return cls(documents, dict(names), dict(rankings), dict(stages))

    @classmethod
    async def stored(cls, client: Redis, keys: EpochKeys) -> Snapshot:
        """What is there. Not of one instant, unless nobody writes. Raises RedisError."""
        found, redis = cls(), _Reader(client, keys)
        async for lead_id, packed in redis.documents():
            found.leads[lead_id] = orjson.loads(packed)
        for kind in ("address", "alias"):
            async for name, leads in redis.sets(kind):
                found.names[name] = leads
        found.rankings = {stage: members async for stage, members in redis.rankings()}
        found.stages = await redis.stages()
        return found


class _Reader:
    def __init__(self, client: Any, keys: EpochKeys) -> None:
        self._client = client
        self._keys = keys

    async def _scan(self, kind: str) -> Any:
        cursor = 0
        while True:
            cursor, some = await self._client.scan(cursor, match=f"{self._keys.root}{kind}*", count=_SCAN)
            if some:
                yield some
            if not cursor:
                return

    async def documents(self) -> Any:
        async for some in self._scan("lead:"):
            for key, packed in zip(some, await self._client.mget(some), strict=True):
                if packed is not None:
                    yield key.decode().removeprefix(self._keys.lead("")), packed

    async def sets(self, kind: str) -> Any:
        async for some in self._scan(f"{kind}:"):
            async with self._client.pipeline(transaction=False) as pipeline:
                for key in some:
                    pipeline.smembers(key)
                for key, members in zip(some, await pipeline.execute(), strict=True):
                    if members:
                        yield key.decode().removeprefix(self._keys.root), {member.decode() for member in members}

    async def rankings(self) -> Any:
        async for some in self._scan("ranking"):
            for key in some:
                stage = key.decode().removeprefix(self._keys.ranking).removeprefix(":")
                members = await self._client.zrange(key, 0, -1, withscores=True)
                yield stage, {member.decode(): total for member, total in members}

    async def stages(self) -> dict[str, int]:
        found = await self._client.hgetall(self._keys.stages)
        return {stage.decode(): int(count) for stage, count in found.items() if int(count)}
