"""Whatever the order between topics and partitions, whatever is read again: Redis comes to the same."""

import asyncio
from uuid import uuid4

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisConnectionError

from pipeline.codec.instants import parse_instant
from pipeline.settings import KafkaSettings
from tests.sinks.read_model.driving import assert_equal, project, projector
from tests.sinks.read_model.worlds import Memory, World, change, own_aliases, score, signal

LEADS = [f"L{number}" for number in range(5)]
STAGES = ["visitor", "lead", "mql"]


@st.composite
def worlds(draw):
    """Leads that are scored, change stages, are absorbed by one another, are erased and come back."""
    world, aliases, seqs = World(), {}, dict.fromkeys(LEADS, 0)
    emails = dict.fromkeys(LEADS)
    for _ in range(draw(st.integers(0, 40))):
        lead = draw(st.sampled_from(LEADS))
        action = draw(st.sampled_from(["score", "score", "change", "change", "again", "signal", "absorb", "erase"]))
        if action == "score":
            emails[lead] = draw(st.sampled_from([None, f"{lead}@x.example", f"{lead}.new@x.example"]))
            aliases[lead] = {*aliases.get(lead, ()), *own_aliases(emails[lead])}
            total = float(draw(st.integers(0, 5)))
            stage = draw(st.sampled_from(STAGES))
            world.scored(lead, score(lead, stage=stage, total=total, email=emails[lead], aliases=aliases[lead]))
        elif action in {"change", "again"}:
            seqs[lead] += action == "change" or not seqs[lead]
            stages = draw(st.tuples(st.sampled_from(STAGES), st.sampled_from(STAGES)))
            at = f"2026-03-{1 + seqs[lead] % 28:02}T00:00:00.000Z"
            world.changed(change(lead, seqs[lead], from_stage=stages[0], to_stage=stages[1], at=at))
        elif action == "signal":
            at = f"2026-03-{draw(st.integers(1, 9)):02}T00:00:00.000Z"
            world.signalled(signal(lead, draw(st.sampled_from(["surge", "cooling"])), at))
        elif action == "erase":
            aliases.pop(lead, None)
            world.erased(lead, parse_instant(f"2026-03-{draw(st.integers(1, 28)):02}T00:00:00.000Z"))
        else:
            other = draw(st.sampled_from([one for one in LEADS if one != lead]))
            aliases[other] = {*aliases.get(other, ()), lead, *aliases.pop(lead, ())}
            # The one that absorbs may be told before or after the absorbed one, in another partition.
            world.scored(other, score(other, total=1.0, email=emails[lead], aliases=aliases[other]))
            world.scored(lead, None)
    return world


@given(worlds(), st.randoms(use_true_random=False), st.integers(0, 3))
@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_interleaving_with_any_deaths_comes_to_what_the_topics_say(settings, world, random, deaths):
    """Records of all partitions come in any order and in any batches, and projectors die between them."""
    kafka = KafkaSettings(topic_prefix=f"t{uuid4().hex[:8]}.")
    here = settings.model_copy(update={"kafka": kafka})

    def choose(_name, left):
        return random.randint(0, min(left, 3))

    async def drive():
        for _ in range(deaths):
            async with projector(here, Memory(world, choose)) as victim:
                await cut_off(victim, random.randint(1, 6))
        await project(here, Memory(world, choose))
        await assert_equal(here, world)

    asyncio.run(drive())


async def cut_off(victim, steps):
    """Let it work a few steps and vanish, at times between a commit and the news of it."""
    await victim._store.acquire(take=True)
    try:
        await victim._attach()
        for _ in range(steps):
            await victim._step()
    except RedisConnectionError:
        pass
    finally:
        if victim._sweeping is not None:
            await victim._sweeping
        # A dead process releases nothing; its lease would run out.
        await victim._store.release()
