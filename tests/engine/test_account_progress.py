"""Until when a partition says that its leads are decided: accounts everywhere rely on it."""

from __future__ import annotations

from pipeline.engine.engine import Engine
from pipeline.engine.messages import Announce, pack_message, unpack_message
from pipeline.engine.progress import FOREVER, LEVELS, Progress, Told
from pipeline.identity import subject_of_email
from pipeline.partitioning import partition_of
from tests.engine.committees import FADING, QUIET, account_section, view
from tests.engine.driving import DAY_MS, go, lifecycle
from tests.scoring.making import event_of, model_of

ENGAGED = go("known", "engaged", {"total": {"at_least": 80}})
SECTION = account_section(ENGAGED)


def engine(section=SECTION):
    """One of two partitions, whose other one has read everything."""
    document = {"implicit": {"rules": [FADING]}, "lifecycle": lifecycle(), "grades": QUIET}
    model = model_of(document | ({} if section is None else {"account": section}))
    found = Engine(model, partition=0, partitions=2)
    found.apply_forward(pack_message(Told(1, [FOREVER] * LEVELS, FOREVER, 0)))
    return found


def told(found):
    """What it tells the other one now."""
    found.progress(None)
    found.settle()
    news = unpack_message(found.take().progress)
    assert isinstance(news, Told)
    return news.decided, news.reached


def here(number=0):
    """A lead id of this partition."""
    return next(f"L{n}" for n in range(100) if partition_of(f"L{n}".encode(), 2) == number)


def elsewhere():
    """An address whose home is the other partition."""
    names = (f"p{n}@acme.example" for n in range(100))
    return next(name for name in names if partition_of(subject_of_email(name).encode(), 2) == 1)


def test_a_lead_that_is_not_decided_yet_holds_everybody_back():
    """Its newest facts wait for others of their instant: until then nothing at that instant is final."""
    found = engine()
    found.apply(event_of(view("e1", 50, here(), 9, None)))
    assert told(found) == (50, 50)


def test_a_lead_that_will_announce_holds_back_from_then_on():
    """A step of its total lies ahead: its account knows nothing of that before the instant is reached."""
    found = engine()
    found.apply(event_of(view("e1", 50, here(), 90)))
    found.tick(60)
    decided, reached = told(found)
    assert reached == 61
    assert 60 < decided < 10 * DAY_MS


def test_who_waits_for_an_answer_holds_back_from_the_instant_it_concerns():
    """An address lies elsewhere: whether a history comes along is not known, whatever the clocks say."""
    found = engine()
    found.apply(event_of(view("e1", 50, here(), 9, None, email=elsewhere())))
    found.tick(1000)
    assert told(found) == (50, 1001)


def test_a_restored_partition_still_knows_who_waits():
    """Nobody is unpacked for that: the marker names them."""
    first, second = engine(), engine()
    first.apply(event_of(view("e1", 50, here(), 9, None, email=elsewhere())))
    first.tick(1000)
    first.progress(None)
    for key, value in first.take().changelog:
        second.load(key, value)
    second.restore(first.state())
    assert told(second) == (50, 1001)


def test_without_accounts_nothing_is_told_of_leads():
    """So the news is as rare as before."""
    found = engine(None)
    found.apply(event_of(view("e1", 50, here(), 9, None)))
    assert told(found) == (-1, -1)


def test_an_account_waits_until_the_leads_of_every_partition_are_decided():
    """An announcement of 50 is decided once nobody can announce for 50 any more, and time is past it."""
    found = engine()
    key = next(f"co{n}" for n in range(100) if partition_of(f"a:co{n}".encode(), 2) == 0)
    news = Announce(to=f"a:{key}", contact="X", instant=50, total=90, stage="visitor", roles=[])
    found.apply_forward(pack_message(news))
    for decided, reached, is_decided in ((50, 900, False), (900, 50, False), (51, 51, True)):
        found.apply_forward(pack_message(Told(1, [FOREVER] * LEVELS, decided, reached)))
        found.progress(None)
        found.settle()
        assert bool(found.take().stage_changes) == is_decided


def test_what_an_earlier_version_told_is_read():
    """Its markers hold the levels alone: then accounts wait for the next news."""
    progress = Progress(0, 2)
    progress.restore({"told": {"1": [7] * LEVELS}})
    assert progress.others_decided() == -1
    again = Progress(0, 2)
    again.hear(Told(1, [7] * LEVELS, 5, 6))
    progress.restore(again.packed())
    assert (progress.others_decided(), progress.others_reached()) == (5, 6)
