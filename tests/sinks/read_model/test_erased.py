"""An erased person is gone from Redis, history included, and does not come back with what is read later."""

import pytest

from pipeline.codec.instants import parse_instant
from tests.sinks.read_model.driving import assert_equal, project
from tests.sinks.read_model.worlds import Memory, World, change, own_aliases, score, signal

MAIL = "ann@acme.example"
BEFORE, THEN, AFTER = (f"2026-03-{day:02}T00:00:00.000Z" for day in (2, 5, 9))


async def everything(client, keys):
    """All keys and values of the installation, as one text."""
    found = []
    async for key in client.scan_iter(match=f"{keys.root}*"):
        read = {
            b"string": client.get,
            b"set": client.smembers,
            b"hash": client.hgetall,
            b"zset": lambda name: client.zrange(name, 0, -1),
        }[await client.type(key)]
        found.append(f"{key!r}: {await read(key)!r}")
    return "\n".join(found)


@pytest.fixture
def world():
    """Ann, who has a history, and Bob."""
    world = World()
    world.scored("ann-1", score("ann-1", email=MAIL, aliases=own_aliases(MAIL)))
    world.changed(change("ann-1", 1, at=BEFORE))
    world.signalled(signal("ann-1", "surge", BEFORE))
    world.scored("bob", score("bob"))
    return world


async def test_nothing_of_an_erased_person_stays(settings, world, client, keys):
    """Neither the address nor the id is found in any key or value; an absorbed lead's history would have stayed."""
    await project(settings, Memory(world))
    assert MAIL in await everything(client, keys)
    world.erased("ann-1", parse_instant(THEN))
    await project(settings, Memory(world))
    found = await everything(client, keys)
    assert MAIL not in found
    assert "ann-1" not in found
    assert list((await assert_equal(settings, world)).leads) == ["bob"]


async def test_history_of_before_that_is_read_later_is_left_out(settings, world, client, keys):
    """Topics are read in any order: changes and signals up to the erasure that come after it are dropped, too."""
    world.erased("ann-1", parse_instant(THEN))
    await project(settings, Memory(world))
    world.changed(change("ann-1", 2, from_stage="lead", to_stage="mql", at=THEN))
    world.signalled(signal("ann-1", "cooling", THEN))
    await project(settings, Memory(world))
    await project(settings, Memory(world), rebuild=True)
    assert "ann-1" not in await everything(client, keys)


async def test_who_comes_back_has_only_what_came_after(settings, world):
    """The new score is shown with the changes after the erasure; their numbers go on."""
    world.erased("ann-1", parse_instant(THEN))
    world.changed(change("ann-1", 2, at=AFTER))
    world.scored("ann-1", score("ann-1", email=MAIL, aliases=own_aliases(MAIL)))
    await project(settings, Memory(world))
    document = (await assert_equal(settings, world)).leads["ann-1"]
    assert [each["seq"] for each in document["history"]] == [2]
    assert document["signals"] == []
