"""A commit counts once or not at all, whoever tries it, and a flushed Redis is built anew."""

import asyncio
import logging

import pytest
from redis.asyncio import Redis

from pipeline import stores
from pipeline.health import State
from pipeline.settings import KafkaSettings, RedisSettings, Settings
from pipeline.sinks.read_model.keys import Keys
from pipeline.sinks.read_model.snapshot import Snapshot
from pipeline.sinks.read_model.store import Displaced, Moves
from tests.sinks.read_model.driving import assert_equal, project, projector, stored
from tests.sinks.read_model.worlds import Memory, World, change, own_aliases, score


@pytest.fixture
def world():
    """Ann, a lead and then an MQL, and Bob, who was absorbed by her."""
    world = World()
    ann = own_aliases("ann@acme.example")
    bob = own_aliases("bob@acme.example")
    world.scored("bob", score("bob", email="bob@acme.example", aliases=bob))
    world.changed(change("bob", 1))
    world.scored("ann", score("ann", total=20.0, email="ann@acme.example", aliases=ann))
    world.changed(change("ann", 1))
    world.changed(change("ann", 2, from_stage="lead", to_stage="mql", at="2026-03-05T09:30:00.000Z"))
    world.scored("bob", None)
    aliases = (*ann, *bob, "bob")
    world.scored("ann", score("ann", stage="mql", total=90.0, email="bob@acme.example", aliases=aliases))
    return world


async def until(condition, *, seconds=20.0):
    """Wait for it."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - another process's news
            await asyncio.sleep(0.02)


async def test_a_lead_document_holds_its_score_and_what_its_stage_changes_add(settings, world):
    """The score record as it is, the latest seq, since when the stage, the history with the newest first."""
    await project(settings, Memory(world))
    (document,) = (await stored(settings)).leads.values()
    assert document["score"]["total"] == 90.0
    assert (document["version"], document["seq"], document["stage_since"]) == (1, 2, "2026-03-05T09:30:00.000Z")
    assert [(each["seq"], each["to_stage"], each["reasons"][0]["points"]) for each in document["history"]] == [
        (2, "mql", 2.0),
        (1, "lead", 1.0),
    ]


async def test_an_absorbed_lead_vanishes_and_its_address_points_at_the_new_one(settings, world):
    """Document, rankings and counts know Ann only; Bob's id and address lead to her."""
    await project(settings, Memory(world))
    found = await assert_equal(settings, world)
    assert list(found.leads) == ["ann"]
    assert found.names["address:bob@acme.example"] == {"ann"}
    assert found.names["alias:bob"] == {"ann"}
    assert found.stages == {"mql": 1}
    assert found.rankings == {"": {"ann": 90.0}, "mql": {"ann": 90.0}}


async def test_nothing_of_an_absorbed_lead_but_its_stages_is_kept_and_that_for_a_time(settings, keys, client, world):
    """No score and no address stay under its id, and what stays has an end."""
    await project(settings, Memory(world))
    past = keys.at((await client.get(keys.epoch)).decode()).past("bob")
    kept = await client.get(past)
    assert b'"seq":1' in kept
    assert b"bob@acme" not in kept
    assert 0 < await client.ttl(past) <= settings.retention.outputs_days * 86_400


async def test_the_same_commit_again_is_refused_and_changes_nothing(settings, world):
    """Its answer was lost, say: the offsets have moved, so it does not count a second time."""
    async with projector(settings, Memory(world)) as one:
        await one._store.acquire()
        await one._attach()
        moves = [Moves(name, 0, end) for name, end in world.ends.items()]
        command = ["HINCRBY", one._keys.stages, "mql", 1]
        await one._store.commit(one._keys, moves, [command])
        with pytest.raises(Displaced):
            await one._store.commit(one._keys, moves, [command])
        found = await one._store._client.hget(one._keys.stages, "mql")
        assert found == b"1"


async def test_a_projector_without_the_lease_writes_nothing(settings, world):
    """A second one that takes over fences the first off, however late that one's commit arrives."""
    async with projector(settings, Memory(world)) as old, projector(settings, Memory(world)) as new:
        await old._store.acquire()
        await old._attach()
        assert not await new._store.acquire()
        assert await new._store.acquire(take=True)
        with pytest.raises(Displaced, match="another projector"):
            await old._step()
        assert await old._store._client.exists(old._keys.stages, old._keys.ranking) == 0
        await new._store.release()


async def test_a_second_projector_stands_by_and_takes_over(settings, world):
    """It says so at /readyz, and goes on once the first one's lease has run out."""
    async with projector(settings, Memory(world)) as first, projector(settings, Memory(world)) as second:
        await first._store.acquire()
        waiting = asyncio.create_task(second.run(once=True))

        async def standing_by():
            return second.readiness().state is State.STANDBY

        await until(standing_by)
        await asyncio.wait_for(waiting, 10)
        await assert_equal(settings, world)


async def test_a_flush_while_it_runs_is_noticed_and_built_anew(settings, keys, world):
    """Of its own accord, also when no record comes; here all keys of the installation vanish at once."""
    async with projector(settings, Memory(world)) as one, Redis.from_url(settings.redis.url) as redis:
        running = asyncio.create_task(one.run())

        async def published():
            return await redis.exists(keys.epoch)

        await until(published)
        found = [key async for key in redis.scan_iter(f"{keys.root}*")]
        await redis.unlink(*found)
        assert not await published()
        await until(published)
        await assert_equal(settings, world)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_rebuild_is_not_seen_until_it_is_whole_and_leaves_others_alone(settings, keys, client, world):
    """Readers have the old epoch meanwhile; afterwards it is gone, and a neighbour's keys are untouched."""
    neighbour = settings.model_copy(update={"kafka": KafkaSettings(topic_prefix=f"{settings.kafka.topic_prefix}b")})
    await project(neighbour, Memory(world))
    await project(settings, Memory(world))
    before = await client.get(keys.epoch)
    async with projector(settings, Memory(world, lambda _name, left: min(left, 1))) as one:
        one._anew = True
        await one._store.acquire(take=True)
        await one._attach()
        await one._step()
        assert await client.get(keys.epoch) == before
        assert await assert_equal(settings, world)
        await one._store.release()
    await project(settings, Memory(world), rebuild=True)
    after = await client.get(keys.epoch)
    assert after != before
    await assert_equal(settings, world)
    await assert_equal(neighbour, world)
    assert await client.smembers(keys.epochs) == {after}
    assert [key async for key in client.scan_iter(f"{keys.at(before.decode()).root}*")] == []


async def test_a_build_that_was_broken_off_is_gone_on_with(settings, keys, client, world):
    """The next projector does not read again what the last one had."""
    async with projector(settings, Memory(world, lambda _name, left: min(left, 1))) as one:
        await one._store.acquire()
        await one._attach()
        await one._step()
        await one._store.release()
    building = await client.get(keys.building)
    async with projector(settings, Memory(world)) as next_one:
        await next_one.run(once=True)
        assert next_one.records < sum(world.ends.values())
    assert await client.get(keys.epoch) == building
    await assert_equal(settings, world)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (("meta", "version", "0"), "layout"),
        (("meta", "caught_up_at", "1"), "12 hours"),
        (("offsets", "leads.scores.v1:7", "0"), "partitions"),
        (("offsets", "leads.scores.v1:0", "99"), "made anew"),
    ],
)
async def test_what_cannot_be_gone_on_with_is_built_anew(settings, client, world, caplog, damage, why):  # noqa: PLR0917 - fixtures
    """Another layout, other partitions, topics made anew, a tombstone that may have been missed."""
    await project(settings, Memory(world))
    keys, (key, field, value) = Keys.of(settings), damage
    before = await client.get(keys.epoch)
    await client.hset(getattr(keys.at(before.decode()), key), field, value)
    with caplog.at_level(logging.INFO, "pipeline.sinks.read_model"):
        await project(settings, Memory(world))
    assert why in caplog.text
    assert await client.get(keys.epoch) != before
    await assert_equal(settings, world)


async def test_a_full_redis_is_waited_for_and_nothing_is_lost(world, caplog):
    """With noeviction it refuses a commit as a whole; once there is room, everything is there."""
    with stores.running() as url:
        settings = Settings(redis=RedisSettings(url=url, lease_seconds=2.0))
        async with projector(settings, Memory(world)) as one, Redis.from_url(url) as redis:
            await redis.config_set("maxmemory", 1)
            running = asyncio.create_task(one.run(once=True))

            async def told():
                return "it is full" in caplog.text

            await until(told)
            assert one.readiness().state is State.NOT_READY
            assert [key async for key in redis.scan_iter("{leadtide:}*")] == []
            await redis.config_set("maxmemory", 0)
            await asyncio.wait_for(running, 20)
        await assert_equal(settings, world)


async def test_a_redis_that_a_commit_fills_has_all_of_it_or_nothing():
    """The limit is reached inside the step: what a step has begun it ends."""
    with stores.running("--maxmemory", "3mb") as url:
        settings = Settings(redis=RedisSettings(url=url))
        large = World()
        for number in range(300):
            large.scored(f"l{number}", score(f"l{number}", note="x" * 5_000))
        async with projector(settings, Memory(large)) as one, Redis.from_url(url) as redis:
            running = asyncio.create_task(one.run(once=True))
            await asyncio.sleep(1.0)
            state = await one._store.state()
            epoch = one._store.keys.at(state.building or state.epoch)
            found = await Snapshot.stored(redis, epoch)
            assert set(found.rankings.get("", {})) == set(found.leads)
            assert sum(found.stages.values()) == len(found.leads)
            await redis.config_set("maxmemory", 0)
            await asyncio.wait_for(running, 20)
        await assert_equal(settings, large)


async def test_a_redis_that_does_not_answer_is_waited_for(world, tmp_path):
    """Paused, then killed and started empty: the projector ends with everything, and never with an error."""
    server = stores.LocalRedis(tmp_path)
    settings = Settings(redis=RedisSettings(url=server.start(), lease_seconds=1.0, timeout_seconds=0.3))
    try:
        async with projector(settings, Memory(world)) as one:
            running = asyncio.create_task(one.run())

            async def ready():
                return one.readiness().state is State.READY

            async def not_ready():
                return one.readiness().state is State.NOT_READY

            await until(ready)
            with server.paused():
                await until(not_ready)
                assert "does not answer in time" in one.readiness().reason
            await until(ready)
            server.stop()
            await until(not_ready)
            world.scored("cy", score("cy"))
            assert "cannot be reached" in one.readiness().reason
            server.start()
            await until(ready)
            await assert_equal(settings, world)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    finally:
        server.stop()


async def test_a_wrong_password_is_told_without_telling_any(world, caplog):
    """The projector waits for somebody to mend it; nothing that is secret is in the log."""
    with stores.running("--requirepass", "hush-hush") as url:
        settings = Settings(redis=RedisSettings(url=url, password="not-this"))
        async with projector(settings, Memory(world)) as one:
            running = asyncio.create_task(one.run())

            async def told():
                return "it refuses us" in caplog.text

            await until(told)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert "not-this" not in caplog.text
        assert "hush" not in caplog.text
        right = Settings(redis=RedisSettings(url=url, password="hush-hush"))
        await project(right, Memory(world))
