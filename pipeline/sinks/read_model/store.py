"""Redis as the projector uses it: one writer at a time, epochs, and commits of data with the offsets they come from.

Offsets stand beside the data and move in the same step (`commit.lua`), which also checks that the writer still holds
the lease and that they are where it believes them to be. So a record counts once, whoever is killed or fenced off and
whatever is flushed, restored or replaced.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from redis.asyncio import Redis

from pipeline.sinks.read_model.keys import VERSION, EpochKeys, Keys
from pipeline.sinks.read_model.lead import Lead
from pipeline.sinks.read_model.plan import Command, Word

_COMMIT = (files(__package__) / "commit.lua").read_text()

_ACQUIRE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and ARGV[3] ~= 'take' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

_SCAN = 1_000


class Displaced(Exception):  # noqa: N818 - no error: somebody else goes on
    """What the writer believes is no longer so: another one holds the lease, or Redis was flushed or replaced."""


class Moves(NamedTuple):
    """How far one partition of a topic goes in a commit. `name`: `<topic>:<partition>`."""

    name: str
    at: int
    to: int


class State(NamedTuple):
    """Which epoch is read and which is being built."""

    epoch: str | None
    building: str | None


class Epoch(NamedTuple):
    """What Redis says of an epoch: offsets by `<topic>:<partition>`, its layout, when it was last caught up (ms)."""

    offsets: dict[str, int]
    version: int
    caught_up_at: int


class Store:
    """The read model of one installation, as its one writer `holder` sees it. All methods raise RedisError."""

    def __init__(self, client: Redis, keys: Keys, *, holder: str, lease_seconds: float) -> None:
        self.keys = keys
        self._client: Any = client
        self._holder = holder
        self._lease_ms = int(lease_seconds * 1000)
        self._commit = client.register_script(_COMMIT)
        self._acquire = client.register_script(_ACQUIRE)
        self._release = client.register_script(_RELEASE)

    async def acquire(self, *, take: bool = False) -> bool:
        """Become or stay the one writer; with `take` even where another one is."""
        arguments: list[Word] = [self._holder, self._lease_ms, "take" if take else ""]
        return bool(await self._acquire(keys=[self.keys.lease], args=arguments))

    async def release(self) -> None:
        """Let another one write at once."""
        await self._release(keys=[self.keys.lease], args=[self._holder])

    async def state(self) -> State:
        """Which epochs there are."""
        epoch, building = await self._client.mget(self.keys.epoch, self.keys.building)
        return State(_text(epoch), _text(building))

    async def epoch(self, epoch: str) -> Epoch | None:
        """What is known of an epoch; None if it is gone."""
        keys = self.keys.at(epoch)
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(keys.offsets)
            pipeline.hgetall(keys.meta)
            offsets, meta = await pipeline.execute()
        if not offsets or not meta:
            return None
        return Epoch(
            {name.decode(): int(offset) for name, offset in offsets.items()},
            int(meta.get(b"version", 0)),
            int(meta.get(b"caught_up_at", 0)),
        )

    async def begin(self, offsets: Mapping[str, int]) -> EpochKeys:
        """A new, empty epoch that is being built from these offsets. Raises Displaced without the lease."""
        keys, now = self.keys.at(secrets.token_hex(4)), _now_ms()
        meta: Command = ["HSET", keys.meta, "version", VERSION, "created_at", now, "caught_up_at", now]
        places: Command = ["HSET", keys.offsets, *(word for pair in offsets.items() for word in pair)]
        listed: Command = ["SADD", self.keys.epochs, keys.epoch]
        await self.commit(keys, [], [meta, places, listed, ["SET", self.keys.building, keys.epoch]])
        return keys

    async def publish(self, keys: EpochKeys, offsets: Mapping[str, int]) -> None:
        """From now on this epoch is read. Raises Displaced if it is not whole any more."""
        still = [Moves(name, offset, offset) for name, offset in offsets.items()]
        await self.commit(keys, still, [["SET", self.keys.epoch, keys.epoch], ["DEL", self.keys.building]])

    async def leads(self, keys: EpochKeys, lead_ids: Sequence[str]) -> dict[str, Lead]:
        """What is kept of these leads."""
        if not lead_ids:
            return {}
        kinds = (keys.lead, keys.past, keys.erased)
        found = await self._client.mget([name(lead_id) for name in kinds for lead_id in lead_ids])
        shown, past, erased = (found[at : at + len(lead_ids)] for at in range(0, len(found), len(lead_ids)))
        return {
            lead_id: Lead.unpack(lead_id, one or other, until)
            for lead_id, one, other, until in zip(lead_ids, shown, past, erased, strict=True)
        }

    async def commit(self, keys: EpochKeys, moves: Sequence[Moves], commands: Iterable[Command]) -> None:
        """Do all of it and prolong the lease; or none of it, and raise Displaced."""
        words: list[Word] = [self._holder, self._lease_ms, len(moves)]
        for move in moves:
            words += move
        for command in commands:
            words.append(len(command))
            words += command
        answer = await self._commit(keys=[self.keys.lease, keys.offsets], args=words)
        if answer != b"OK":
            raise Displaced("another projector writes" if answer == b"LEASE" else "the offsets are not ours")

    async def prolong(self, keys: EpochKeys, offsets: Mapping[str, int], *, caught_up: bool) -> None:
        """Keep the lease and look whether all is still there. Raises Displaced."""
        still = [Moves(name, offset, offset) for name, offset in offsets.items()]
        await self.commit(keys, still, [["HSET", keys.meta, "caught_up_at", _now_ms()]] if caught_up else [])

    async def sweep(self) -> int:
        """Remove the epochs that are neither read nor built; how many keys went. Safe at any time, in steps."""
        state, removed = await self.state(), 0
        for found in await self._client.smembers(self.keys.epochs):
            epoch = found.decode()
            if epoch in state:
                continue
            async for some in self._scan(self.keys.at(epoch).root):
                removed += await self._client.unlink(*some)
            await self._client.srem(self.keys.epochs, epoch)
        return removed

    async def evicts(self) -> str | None:
        """The policy by which a full server throws out keys by itself, None if it does not or does not tell."""
        memory = await self._client.info("memory")
        policy = str(memory.get("maxmemory_policy", "noeviction"))
        return None if policy.startswith(("noeviction", "volatile")) or not memory.get("maxmemory") else policy

    async def _scan(self, root: str) -> Any:
        cursor = 0
        while True:
            cursor, some = await self._client.scan(cursor, match=f"{root}*", count=_SCAN)
            if some:
                yield some
            if not cursor:
                return


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
