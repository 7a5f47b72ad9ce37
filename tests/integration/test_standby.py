"""More workers than partitions: one has none, says so, and takes over when another dies."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.clients.assignment import group_of
from tests.integration.harness import Installation, until
from tests.integration.watching import LEADTIDE, Watched

TOY = [sys.executable, str(Path(__file__).with_name("toy_worker.py"))]
SAID = "this worker has no partition: 3 workers for 2 partitions; it stands by"


@pytest.fixture(
    params=[pytest.param("embedded", marks=pytest.mark.embedded), pytest.param("kafka", marks=pytest.mark.kafka)]
)
def here(request, topic_prefix, tmp_path):
    """An installation with two partitions on each kind of broker."""
    return Installation(request.getfixturevalue(f"{request.param}_broker"), topic_prefix, tmp_path / "w")


async def states(workers: list[Watched]) -> list[str]:
    """What each says on /readyz, or that it does not answer."""
    answers = [await worker.get("/readyz") for worker in workers]
    return [json.loads(body)["status"] if body else "silent" for _, body in answers]


async def test_a_worker_too_many_stands_by_says_so_once_and_takes_over(here):
    """Three workers for two partitions: the third is live, tells why it has nothing, and takes over."""
    await here.create_topics()
    workers = [Watched(here, command=TOY) for _ in range(3)]

    async def settled() -> bool:
        return sorted(await states(workers)) == ["ready", "ready", "standby"]

    await until(settled, "two workers with a partition and one without")
    told = await states(workers)
    idle = workers[told.index("standby")]
    busy = [worker for worker in workers if worker is not idle]

    async def said() -> bool:
        return "3 workers" in (await idle.get("/readyz"))[1]

    await until(said, "the number of workers")
    assert await idle.get("/readyz") == (
        200,
        json.dumps({"status": "standby", "reason": SAID}, separators=(",", ":")) + "\n",
    )
    assert (await idle.get("/livez"))[0] == 200
    found = await idle.samples()
    assert (found["standby",], found["ready",], found["partitions",]) == (1, 1, 0)
    assert [found["partition_owned", number] for number in "01"] == [0, 0]
    owned = [(await worker.samples())["partition_owned", number] for worker in busy for number in "01"]
    assert sorted(owned) == [0, 0, 1, 1]

    group = await group_of(here.settings)
    assert (group.state, len(group.workers)) == ("Stable", 3)
    told_by_broker = [worker.partitions for worker in group.workers]
    assert told_by_broker in ([(0,), (1,), ()], [None, None, None]), "the embedded broker does not tell"
    shown = await asyncio.to_thread(status, here)
    assert "3 workers, stable" in shown
    if group.owners:
        assert re.search(rf"^0 +{group.owners[0].name} ", shown, re.MULTILINE), shown
        assert "1 without a partition stand by" in shown

    await here.send(400)
    busy[0].worker.kill()
    await until(lambda: _takes_over(idle), "the worker that stood by to take over")
    await here.caught_up(idle.worker)
    await here.assert_exact()
    assert (await idle.samples())["standby",] == 0
    assert idle.worker.said().count(SAID) == 1, idle.worker.said()
    for watched in (busy[1], idle):
        assert watched.worker.terminate() == 0, watched.worker.said()


async def _takes_over(idle: Watched) -> bool:
    return (await states([idle])) == ["ready"]


def status(here: Installation) -> str:
    """What `leadtide status` prints."""
    done = subprocess.run(
        [*LEADTIDE, "status"],
        env=os.environ | here.environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
