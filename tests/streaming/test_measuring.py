"""What a checkpoint adds to the metrics."""

import pytest
from aiokafka.errors import KafkaTimeoutError

from pipeline import topics
from pipeline.engine.effects import Effects, Forward, Keyed
from pipeline.events import Rejection
from pipeline.metrics import Result, WorkerMetrics
from pipeline.streaming.dead_letters import DeadLetter
from pipeline.streaming.items import input_item
from pipeline.streaming.lane import Lane
from pipeline.streaming.marker import Marker
from pipeline.streaming.measuring import MeasuredWriter
from pipeline.streaming.sensors import forms
from pipeline.streaming.unit import Unit
from tests.streaming.lanes import Raw, chunk, event

PREFIX = "acme."
WEB = topics.WEB_BEHAVIOR


class FakeWriter:
    transactional = True

    def __init__(self) -> None:
        self.fails = False

    async def start(self) -> None: ...
    async def note(self, topic, partition, record) -> None: ...
    async def stop(self) -> None: ...

    async def write(self, unit, offsets, lag) -> int:
        del unit, offsets, lag
        if self.fails:
            raise KafkaTimeoutError
        return 4_711


class Desk:
    """A measured writer over one lane of web behaviour."""

    def __init__(self) -> None:
        self.metrics = WorkerMetrics(stages=["lead", "mql"], moves=[("lead", "mql")])
        self.inner = FakeWriter()
        self.lane = Lane(WEB.full_name(PREFIX), input_item, start=0, end_of_log=lambda: 99)
        self.writer = MeasuredWriter(self.inner, self.metrics, topic_prefix=PREFIX, lanes=lambda: [self.lane])

    def take(self, count: int) -> None:
        start = self.lane.received
        self.lane.accept(chunk(start, *[event(f"e{start + n}", start + n) for n in range(count)]))
        self.lane.head()
        self.lane.take(None, count)

    async def write(self, *, effects=None, letters=()) -> None:
        marker = Marker(offsets={}, state={}, clock=None, written_at=0)
        unit = Unit(0, 3, effects or Effects(), list(letters), marker, lambda topic: topic.full_name(PREFIX))
        await self.writer.write(unit, {}, lambda: 0)

    def value(self, name: str, **labels: str) -> float:
        found = self.metrics.registry.get_sample_value(f"leadtide_{name}", labels)
        assert found is not None
        return found


def letter(reason: str) -> DeadLetter:
    return DeadLetter.of(WEB.full_name(PREFIX), 0, Raw(0, b"x"), Rejection(reason, "because"))


@pytest.fixture
def desk():
    return Desk()


async def test_records_count_once_by_result_and_under_the_topics_plain_name(desk):
    desk.take(5)
    await desk.write(letters=[letter("not_json"), letter("somebody@example.com")])
    desk.take(2)
    await desk.write()
    await desk.write()
    assert desk.value("events_total", topic=WEB.name, result="applied") == 5
    assert desk.value("events_total", topic=WEB.name, result="dead_letter") == 2
    assert desk.value("dead_letters_total", reason="not_json") == 1
    assert desk.value("dead_letters_total", reason="other") == 1
    assert b"somebody" not in desk.metrics.text()


async def test_what_is_not_confirmed_does_not_count(desk):
    desk.take(3)
    desk.inner.fails = True
    with pytest.raises(KafkaTimeoutError):
        await desk.write(letters=[letter("not_json")])
    assert desk.value("events_total", topic=WEB.name, result="applied") == 0
    assert desk.value("dead_letters_total", reason="not_json") == 0
    assert desk.value("last_checkpoint_timestamp_seconds") == 0
    assert desk.value("checkpoint_records_count") == 0


async def test_stage_changes_count_by_their_stages_and_strange_ones_as_other(desk):
    moves = [("lead", "mql"), ("lead", "mql"), ("mql", "lead"), ("visitor-17", "mql")]
    changes = [Keyed("l", {"from_stage": source, "to_stage": target}) for source, target in moves]
    await desk.write(effects=Effects(stage_changes=[*changes, Keyed("l", None)]))
    assert desk.value("stage_changes_total", from_stage="lead", to_stage="mql") == 2
    assert desk.value("stage_changes_total", from_stage="mql", to_stage="lead") == 1
    assert desk.value("stage_changes_total", from_stage="other", to_stage="mql") == 1
    assert desk.value("stage_changes_total", from_stage="other", to_stage="other") == 1


async def test_a_checkpoint_counts_all_its_records_the_marker_included(desk):
    effects = Effects(changelog=[(b"a", b"1"), (b"b", None)], scores=[Keyed("a", {})])
    await desk.write(effects=effects, letters=[letter("not_json")])
    assert desk.value("checkpoint_records_sum") == 5
    assert desk.value("checkpoint_seconds_count") == 1


async def test_times_are_instants_and_a_quiet_topic_keeps_its_own(desk):
    desk.take(1)
    await desk.write()
    first = desk.value("last_record_timestamp_seconds", topic=WEB.name)
    await desk.write()
    assert desk.value("last_record_timestamp_seconds", topic=WEB.name) == first > 1_700_000_000
    assert desk.value("last_checkpoint_timestamp_seconds") >= first
    assert desk.value("last_record_timestamp_seconds", topic=topics.FORMS.name) == 0


async def test_duplicates_and_forwarded_records_and_those_of_the_erased_are_not_counted_as_applied(desk):
    desk.take(7)
    desk.lane.duplicates, desk.lane.forwarded, desk.lane.erased = 2, 1, 1
    await desk.write(letters=[letter("not_json")])
    desk.take(1)
    await desk.write()
    counts = {result: desk.value("events_total", topic=WEB.name, result=result) for result in Result}
    assert counts == {"applied": 3, "duplicate": 2, "forwarded": 1, "erased": 1, "dead_letter": 1}


async def test_forwards_and_signals_count_by_direction_and_name(desk):
    signals = [Keyed("l", {"signal": name}) for name in ("surge", "surge", "ada@example.com")]
    await desk.write(
        effects=Effects(
            forwards=[Forward("a", 1, "", b""), Forward("b", 2, "", b"")],
            progress=b"p",
            signals=[*signals, Keyed("l", None)],
        )
    )
    assert desk.value("forwards_total", direction="sent") == 4, (
        "two forwards, and a word to each of the two other partitions"
    )
    assert desk.value("forwards_total", direction="received") == 0
    assert desk.value("signals_total", signal="surge") == 2
    assert desk.value("signals_total", signal="other") == 2
    assert b"ada@" not in desk.metrics.text()


async def test_the_bytes_of_a_checkpoint_are_those_that_its_writer_wrote(desk):
    await desk.write()
    assert desk.value("checkpoint_bytes_sum") == 4_711
    assert desk.value("checkpoint_bytes_count") == 1


def test_records_are_told_apart_by_their_first_byte():
    values = [b"{}", b"{", b"\x00\x00\x00\x00\x07x", b"\x01x", b"\xc3\x01x", b"[]", b"", None]
    found = forms([Raw(number, value) for number, value in enumerate(values)])
    assert found == {"json": 2, "avro_registry": 2, "avro_single_object": 1, "unknown": 3}
