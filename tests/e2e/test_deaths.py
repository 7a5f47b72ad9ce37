"""A worker killed inside a checkpoint, on real Kafka: the next one ends in the same files."""

import json
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.streaming.failpoints import POINTS
from tests.e2e.conftest import UNTIL
from tests.e2e.installation import DEATH, LEADTIDE, Installation, assert_equal, replayed

pytestmark = pytest.mark.kafka

MOST_DEATHS = 5


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """Fewer journeys: each death scores them anew."""
    path = tmp_path_factory.mktemp("deaths") / "events.ndjson"
    subprocess.run([*LEADTIDE, "simulate", "--events", "4000", "--out", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def deaths(kafka_broker, events, tmp_path_factory):
    """One installation for each point, with a worker that died there and one that went on."""

    def die(point):
        here = Installation(kafka_broker, f"{point}.", tmp_path_factory.mktemp(point))
        here.run("produce", events)
        for _ in range(MOST_DEATHS):  # now and then one meets a partition that happens to have nothing left to read
            victim = here.start_worker(LEADTIDE_FAILPOINT=f"{point}:2", LEADTIDE_CHECKPOINT__MAX_CHANGES="60")
            assert victim.wait(300) == -9, here.worker_log()
            *_, death = DEATH.finditer(here.worker_log())
            if int(death["lag"]):
                break
        here.run_to(UNTIL, here.directory / "exported")
        return here, death

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(POINTS, pool.map(die, POINTS), strict=True))


@pytest.fixture(scope="module")
def reference(events, tmp_path_factory):
    """What the events come to."""
    return replayed(events, UNTIL, tmp_path_factory.mktemp("reference"))


@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_a_named_point_ends_in_the_same_files(deaths, reference, point):
    """Killed with -9 at this point with lag on its partition, the next worker comes to the reference's files."""
    here, death = deaths[point]
    assert death["point"] == point
    assert int(death["lag"]) > 0
    assert_equal(here.directory / "exported", reference)


@pytest.mark.parametrize("point", POINTS)
def test_a_read_committed_reader_sees_every_change_once_and_in_order(deaths, point):
    """Whatever was killed, each lead's `seq` runs 1, 2, 3 … in the order of the topic."""
    here, _ = deaths[point]
    seen = defaultdict(list)
    output = here.run("tail", "stage-changes", "--from-beginning", "--json", "--no-follow")
    for line in output.splitlines():
        change = json.loads(line)
        seen[change["lead_id"]].append(change["seq"])
    assert len(seen) > 100
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in seen.values())


def test_some_deaths_met_an_open_transaction(deaths):
    """The kills prove something: those after data and after offsets found the transaction open."""
    met = {point: death["transaction"] for point, (_, death) in deaths.items()}
    assert met == {"before_data": "none", "after_data": "open", "after_offsets": "open", "after_commit": "none"}
