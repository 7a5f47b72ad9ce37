"""All journeys as one stream of records in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from pipeline.codec import encode
from pipeline.events import INPUT_TOPICS, Event, topic_of
from pipeline.identity import identities
from pipeline.simulation.journey import DAY, Journey
from pipeline.simulation.people import make_person
from pipeline.simulation.plots import PLOTS
from pipeline.simulation.poison import make_poison

DEFAULT_START = 1_736_121_600_000
"""Monday, 2025-01-06T00:00:00Z: in the past, since a broker clamps events from the future."""


class Record(NamedTuple):
    """One record as a producer sends it: when (ms), the topic (without prefix), key, value.

    `poison` says what is wrong with a record that must become a dead letter; its key is None.
    """

    at: int
    topic: str
    key: str | None
    value: bytes
    poison: str | None = None


def simulate(
    seed: int,
    *,
    events: int | None = None,
    people: int | None = None,
    start: int = DEFAULT_START,
    days: int = 120,
    poison: float = 0.004,
    duplicates: float = 0.01,
) -> Iterator[Record]:
    """Lifelike journeys of `people` people (or of as many as make about `events` records), in order of time.

    Deterministic to the byte: the same arguments give the same records, everywhere. `days` is how long it lasts;
    people arrive during its first half, so that many cool down before its end. `poison` and `duplicates` are shares
    of the records. No lead's facts come later than the sorted stream has them.
    Raises ValueError unless exactly one of `events` and `people` is given.
    """
    if (events is None) == (people is None):
        raise ValueError("give either the number of events or the number of people")
    good = 0 if events is None else round(events / (1 + poison + duplicates))
    facts: list[Event] = []
    number = 0
    while len(facts) < good if people is None else number < people:
        facts += _one_journey(seed, number, start, days)
        number += 1
    records = [*_facts(seed, facts, duplicates), *_poison(seed, round(len(facts) * poison), start, days)]
    yield from sorted(records, key=lambda record: record.at)


def _one_journey(seed: int, number: int, start: int, days: int) -> list[Event]:
    random = Random(f"{seed}:{number}")  # noqa: S311 - not cryptography
    name = f"s{seed}-{number}"
    plots, weights = zip(*PLOTS, strict=True)
    journey = Journey(random, make_person(random, number), name, start)
    journey.wait(0, max(days * 0.5 - 3, 0.1))
    random.choices(plots, weights=weights)[0](journey)
    return [event for event in journey.events if event.occurred_at < start + days * DAY]


def _facts(seed: int, facts: list[Event], duplicates: float) -> Iterator[Record]:
    random = Random(f"{seed}:duplicates")  # noqa: S311 - not cryptography
    for event in facts:
        record = Record(event.occurred_at, topic_of(event.type), identities(event).subject, encode(event))
        yield record
        if random.random() < duplicates:
            yield record


def _poison(seed: int, count: int, start: int, days: int) -> Iterator[Record]:
    random = Random(f"{seed}:poison")  # noqa: S311 - not cryptography
    for number in range(count):
        at = start + random.randrange(days * DAY)
        wrong, value = make_poison(random, f"s{seed}-poison-{number}", at)
        yield Record(at, INPUT_TOPICS["web"], None, value, wrong)
