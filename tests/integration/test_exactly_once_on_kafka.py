"""Killed wherever it hurts, on real Kafka: every event counts once, every change is announced once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.streaming.failpoints import POINTS
from tests.integration.harness import DEATH, Installation, Worker, until

pytestmark = pytest.mark.kafka


def _die_and_recover(bootstrap, directory, point):
    async def scenario():
        here = Installation(bootstrap, f"{point.replace('_', '-')}.", directory / point)
        await here.create_topics()
        await here.send(6_000)
        # Small checkpoints, so that the third of them leaves a lag behind.
        victim = Worker(here, LEADTIDE_FAILPOINT=f"{point}:3", LEADTIDE_CHECKPOINT__MAX_CHANGES="200")
        code = await asyncio.to_thread(victim.wait)
        heir = Worker(here)
        await here.caught_up(heir)
        assert heir.terminate() == 0, heir.said()
        return here, code, DEATH.search(victim.said())

    return asyncio.run(scenario())


@pytest.fixture(scope="module")
def deaths(kafka_broker, tmp_path_factory):
    """One death at each point, side by side: most of the time goes into waiting for the dead member's session."""
    directory = tmp_path_factory.mktemp("deaths")
    with ThreadPoolExecutor(len(POINTS)) as pool:
        runs = {point: pool.submit(_die_and_recover, kafka_broker, directory, point) for point in POINTS}
        return {point: run.result() for point, run in runs.items()}


@pytest.mark.parametrize("point", POINTS)
async def test_a_death_at_a_named_point_loses_and_repeats_nothing(deaths, point):
    here, code, death = deaths[point]
    assert code == -9
    assert death is not None
    assert death["point"] == point
    assert int(death["lag"]) > 0
    await here.assert_exact()


def test_some_deaths_met_an_open_transaction(deaths):
    met = {point: death["transaction"] for point, (_, _, death) in deaths.items()}
    assert met == {"before_data": "none", "after_data": "open", "after_offsets": "open", "after_commit": "none"}


async def test_partitions_move_between_workers_that_come_go_and_are_killed(kafka_broker, topic_prefix, tmp_path):
    here = Installation(kafka_broker, topic_prefix, tmp_path / "w", partitions=4)
    await here.create_topics()
    await here.send(4_000)
    first = Worker(here)
    await here.caught_up(first)
    second = Worker(here)

    async def shared():
        return all("partitions [" in worker.said() for worker in (first, second))

    await until(shared, "a rebalance")
    await here.send(4_000, seed=2, start_ms=1_790_001_000_000)
    second.kill()
    third = Worker(here)
    await here.send(4_000, seed=3, start_ms=1_790_002_000_000)
    await here.caught_up(third)
    assert first.terminate() == 0, first.said()
    await here.send(2_000, seed=4, start_ms=1_790_003_000_000)
    await here.caught_up(third)
    assert third.terminate() == 0, third.said()
    await here.assert_exact()


async def test_a_worker_that_the_group_refuses_ends_and_says_what_to_set(kafka_broker, topic_prefix, tmp_path):
    here = Installation(kafka_broker, topic_prefix, tmp_path / "w")
    await here.create_topics()
    worker = Worker(here, LEADTIDE_SESSION_TIMEOUT_SECONDS="39999")
    assert worker.wait() == 4, worker.said()
    assert (
        "joining the consumer group: InvalidSessionTimeoutError: set LEADTIDE_SESSION_TIMEOUT_SECONDS" in worker.said()
    )
