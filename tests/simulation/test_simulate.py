"""The simulation: the same bytes for the same seed, and enough of everything for tests."""

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict

import pytest

from pipeline.codec import Event, Reason, Rejection, decode
from pipeline.events import topic_of
from pipeline.identity import identities
from pipeline.simulation import DEFAULT_START, simulate

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def records():
    return list(simulate(7, events=20_000))


def digest(records):
    return hashlib.sha256(repr(records).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(records):
    assert digest(list(simulate(7, events=20_000))) == digest(records)
    assert digest(list(simulate(8, events=20_000))) != digest(records)


def test_the_command_writes_the_same_bytes_in_another_process(records):
    command = [sys.executable, "-m", "pipeline.cli", "simulate", "--seed", "7", "--events", "20000"]
    result = subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert result.stdout.splitlines() == values(records)


def test_records_come_in_order_of_time_within_the_days(records):
    times = [record.at for record in records]
    assert times == sorted(times)
    assert times[0] >= DEFAULT_START
    assert times[-1] < DEFAULT_START + 120 * DAY_MS


def test_what_is_not_poison_decodes_to_an_event_with_its_time_topic_and_key(records):
    for record in records:
        event = decode(record.value)
        assert isinstance(event, Rejection if record.poison else Event), record
        if isinstance(event, Event):
            assert (event.occurred_at, topic_of(event.type), identities(event).subject) == record[:3]


def test_no_two_facts_of_one_lead_share_a_millisecond(records):
    events = {(event.event_id, event.occurred_at) for event in map(decode, values(records)) if isinstance(event, Event)}
    by_lead = Counter((event_id.rpartition("-")[0], at) for event_id, at in events)
    assert by_lead.most_common(1)[0][1] == 1


def values(records):
    return [record.value for record in records]


def test_there_is_enough_of_every_difficulty(records):
    assert len(records) >= 20_000
    assert {record.topic for record in records} == {topic_of(f"{kind}.x") for kind in ("web", "form", "email", "crm")}
    assert sum(record.poison is not None for record in records) >= 50
    assert sum(count > 1 for count in Counter(values(records)).values()) >= 100
    seen, absorbed, devices = set(), set(), defaultdict(set)
    for event in map(decode, values(records)):
        if isinstance(event, Event):
            who = identities(event)
            seen.add(who.subject)
            absorbed.update(who.bound, {who.visitor} - {None})
            if who.visitor and event.email:
                devices[event.email].add(event.visitor_id)
    assert len(seen & absorbed) >= 500
    assert sum(len(visitors) > 1 for visitors in devices.values()) >= 30


def test_every_reason_that_text_can_have_occurs_among_the_poison():
    of_avro = {Reason.UNKNOWN_SCHEMA, Reason.UNUSABLE_SCHEMA, Reason.BAD_AVRO}
    reasons = {
        rejection.reason
        for record in simulate(3, people=200, poison=0.5)
        if isinstance(rejection := decode(record.value), Rejection)
    }
    assert reasons - of_avro == set(Reason) - {Reason.NULL_VALUE} - of_avro


def test_no_record_is_blank_or_has_a_line_end_in_it():
    for record in simulate(3, people=200, poison=0.5):
        assert record.value.strip()
        assert b"\n" not in record.value


def test_either_events_or_people_must_be_given():
    for arguments in ({}, {"events": 1, "people": 1}):
        with pytest.raises(ValueError, match="either"):
            next(simulate(1, **arguments))
