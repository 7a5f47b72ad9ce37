"""The logs that engines are measured on."""

from collections import Counter

import pytest

from benchmarks import traffic
from pipeline.codec import decode
from pipeline.events import Event, topic_of
from pipeline.identity import identities

EVENTS = 20_000


@pytest.mark.parametrize("make", [traffic.site, traffic.points])
def test_a_log_is_the_same_every_time_readable_and_in_order(make):
    """The same seed gives the same bytes, another one others; every record is an event, later than the one before."""
    records = list(make(2_000))
    assert records == list(make(2_000))
    assert records != list(make(2_000, seed=2))
    events = [decode(record.value) for record in records]
    assert all(isinstance(event, Event) for event in events)
    assert len({event.event_id for event in events}) == len(events)
    times = [event.occurred_at for event in events]
    assert times == sorted(times)
    for record, event in zip(records, events, strict=True):
        assert record.topic == topic_of(event.type)
        assert record.key.decode() == identities(event).subject


@pytest.mark.parametrize("make", [traffic.site, traffic.points])
def test_activity_is_spread_as_zipf_has_it(make):
    """Few people do much and many do little, but nobody is a crawler: the busiest has between 0.3 and 1 % of it all."""
    counts = Counter(record.key for record in make(EVENTS)).most_common()
    assert 0.003 < counts[0][1] / EVENTS < 0.01
    assert sum(count for _, count in counts[: len(counts) // 10]) > EVENTS / 3
    assert sum(count == 1 for _, count in counts) > len(counts) / 3


def test_a_sites_visitors_become_known_are_mailed_and_reach_sales():
    """All four kinds of events occur, and visitors are tied to addresses, addresses to the CRM's ids."""
    events = [decode(record.value) for record in traffic.site(EVENTS)]
    kinds = Counter(event.type.partition(".")[0] for event in events)
    assert kinds["web"] > kinds["email"] > kinds["form"] > kinds["crm"] > 0
    assert any(event.visitor_id and event.email for event in events)
    assert any(event.lead_id and event.email for event in events)


def test_the_smallest_job_has_events_of_190_bytes():
    """As in the published figures for the sum of points."""
    sizes = [len(record.value) for record in traffic.points(EVENTS)]
    assert round(sum(sizes) / EVENTS, -1) == 190
