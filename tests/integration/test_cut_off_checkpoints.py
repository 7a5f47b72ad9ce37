"""Checkpoints that a crash cut off, on the broker without transactions: nothing is lost, and the lag still ends."""

import pytest

from pipeline import topics
from pipeline.engine.engine import Engine
from pipeline.streaming import recovery
from pipeline.streaming.batches import OutRecord, build
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.marker import Marker
from pipeline.streaming.unit import Unit
from pipeline.streaming.writer import PlainWriter, _send
from tests.integration.harness import Installation, Worker
from tests.scoring.making import doc, event_of, model_of

pytestmark = pytest.mark.embedded

T = 1_760_000_000_000
MODEL = model_of({"implicit": {"rules": [{"id": "views", "on": "web.page_viewed", "points": 10}]}})
VIEWS = [event_of(doc(f"a{n}", "web.page_viewed", T + n, lead_id=None, visitor_id="v")) for n in range(3)]
BINDS = event_of(doc("b", "form.submitted", T + 10, lead_id="L", visitor_id="v"))


def _facts(engine):
    return {profile.subject: sorted(profile.facts) for profile in engine.profiles()}


async def test_a_table_of_several_batches_counts_from_its_marker_on(embedded_broker, topic_prefix, tmp_path):
    """A visitor's facts move to a lead; of the two profiles only the visitor's, now empty, was written."""
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()

    async def commit(offsets):
        del offsets

    writer = PlainWriter(here.settings, Failpoints(), commit)
    await writer.start()

    def unit(engine, offset):
        return Unit(0, 1, engine.take(), [], Marker({"web": offset}, engine.state()), here.name)

    first = Engine(MODEL)
    for view in VIEWS:
        first.apply(view)
    await writer.write(unit(first, 3), {}, lambda: 0)
    first.apply(BINDS)
    records = [OutRecord(*record) for record in unit(first, 4).effects.changelog]
    assert [record.key for record in records] == [b"v:v", b"L"]
    changelog = here.name(topics.PROFILES_CHANGELOG)
    await _send(writer._producer, build(writer._producer, changelog, 0, records[:1], now_ms=T))

    second = Engine(MODEL)
    restored = await recovery.load(here.settings, {0: second}, transactions=False)
    assert restored.markers[0].offsets == {"web": 3}
    assert _facts(second) == {"v:v": ["a0", "a1", "a2"]}

    # The next checkpoint includes less than the one that was cut off: what was written of that must not count.
    await writer.write(unit(second, 3), {}, lambda: 0)
    await writer.stop()
    third = Engine(MODEL)
    await recovery.load(here.settings, {0: third}, transactions=False)
    third.apply(BINDS)
    assert _facts(third) == {"v:v": [], "L": ["a0", "a1", "a2", "b"]}


async def test_a_record_of_a_cut_off_checkpoint_alone_leaves_nothing_behind(embedded_broker, topic_prefix, tmp_path):
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()

    async def commit(offsets):
        del offsets

    writer = PlainWriter(here.settings, Failpoints(), commit)
    await writer.start()
    engine = Engine(MODEL)
    await writer.write(Unit(0, 1, engine.take(), [], Marker({"web": 0}, engine.state()), here.name), {}, lambda: 0)
    changelog = here.name(topics.PROFILES_CHANGELOG)
    orphan = [OutRecord(b"v:x", b"\x01 of a checkpoint that nobody finished")]
    await _send(writer._producer, build(writer._producer, changelog, 0, orphan, now_ms=T))
    await recovery.load(here.settings, {0: engine}, transactions=False)
    assert engine.take().changelog == [(b"v:x", None)]
    await writer.stop()


async def test_offsets_that_a_crash_kept_back_are_committed_by_the_next_owner(embedded_broker, topic_prefix, tmp_path):
    """The table includes the event, the group does not know: `status --wait` would wait for ever."""
    here = Installation(embedded_broker, topic_prefix, tmp_path / "w", partitions=1)
    await here.create_topics()
    await here.send(1)
    first = Worker(here, LEADTIDE_FAILPOINT="after_data:1")
    assert first.wait() == -9, first.said()
    assert await here.lag() == 1
    second = Worker(here)
    await here.caught_up(second)
    assert second.terminate() == 0, second.said()
    await here.assert_exact()
