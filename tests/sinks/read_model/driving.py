"""Projectors over a world in memory and a real Redis."""

from contextlib import asynccontextmanager

from redis.asyncio import Redis

from pipeline.metrics import ProjectorMetrics
from pipeline.sinks.read_model.checking import compare
from pipeline.sinks.read_model.connection import connected
from pipeline.sinks.read_model.keys import Keys
from pipeline.sinks.read_model.projector import Projector, new_holder
from pipeline.sinks.read_model.snapshot import Snapshot
from pipeline.sinks.read_model.store import Store


@asynccontextmanager
async def projector(settings, source):
    """A projector with a connection of its own."""
    async with connected(settings.redis) as client:
        store = Store(client, Keys.of(settings), holder=new_holder(), lease_seconds=settings.redis.lease_seconds)
        yield Projector(settings, store, source, ProjectorMetrics())


async def project(settings, source, **options):
    """Let a projector come to the end of the world."""
    async with projector(settings, source) as one:
        await one.run(once=True, **options)


async def stored(settings) -> Snapshot:
    """Everything in the epoch that is read."""
    keys = Keys.of(settings)
    async with Redis.from_url(settings.redis.url) as client:
        epoch = await client.get(keys.epoch)
        assert epoch is not None, "nothing is published"
        return await Snapshot.stored(client, keys.at(epoch.decode()))


async def assert_equal(settings, world) -> Snapshot:
    """Redis is exactly what the world comes to, document by document, in every index."""
    found, expected = await stored(settings), Snapshot.derived(world.leads())
    assert found.leads == expected.leads
    assert found.names == expected.names
    assert found.rankings == expected.rankings
    assert found.stages == expected.stages
    assert list(compare(expected, found)) == []
    return found
