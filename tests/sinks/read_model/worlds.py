"""Output topics in memory: what an installation writes about a few leads, in the order in which it writes it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace

import orjson
from aiokafka.errors import OffsetOutOfRangeError

from pipeline import topics
from pipeline.engine.erased import ERASED_HEADER
from pipeline.identity import subject_of_email
from pipeline.sinks.read_model.batch import Batch
from pipeline.sinks.read_model.lead import Lead
from pipeline.sinks.read_model.source import PROJECTED, Bounds, Fetched

PARTITIONS = 2


def score(lead_id, *, stage="lead", total=10.0, email=None, aliases=(), **more):
    """A score record."""
    return {
        "lead_id": lead_id,
        "anonymous": False,
        "email": email,
        "account": None,
        "owner": None,
        "first_source": None,
        "first_campaign": None,
        "stage": stage,
        "explicit": 0.0,
        "implicit": total,
        "total": total,
        "grade": "D4",
        "as_of": "2026-03-02T09:30:00.000Z",
        "due_at": None,
        "aliases": sorted(aliases),
        "reasons": [],
        **more,
    }


def change(lead_id, seq, *, to_stage="lead", from_stage="visitor", at="2026-03-02T09:30:00.000Z", external_ids=None):
    """A stage change."""
    return {
        "change_id": f"{lead_id}-{seq}",
        "lead_id": lead_id,
        "seq": seq,
        "email": None,
        "account": None,
        "owner": None,
        "external_ids": external_ids or {},
        "first_source": None,
        "first_campaign": None,
        "from_stage": from_stage,
        "to_stage": to_stage,
        "direction": "up",
        "occurred_at": at,
        "cause": "activity",
        "trigger_event_id": None,
        "explicit": 0.0,
        "implicit": 1.0,
        "total": 1.0,
        "grade": "D4",
        "reasons": [{"rule": "r", "title": "R", "points": float(seq), "events": []}],
        "model": "m",
        "model_version": "1",
        "retracts_seq": None,
        "absorbed": [],
        "sla_due_at": None,
        "decided_at": at,
    }


def signal(lead_id, name, at):
    """A signal."""
    return {
        "signal_id": f"{lead_id}-{name}-{at}",
        "signal": name,
        "lead_id": lead_id,
        "occurred_at": at,
        "stage": "lead",
        "details": {},
    }


class World:
    """The output topics. A lead's partition follows from its name."""

    def __init__(self):
        names = [f"{topic.name}:{number}" for topic in PROJECTED for number in range(PARTITIONS)]
        self.logs = {name: [] for name in names}

    def scored(self, lead_id, document):
        """A score record, or a tombstone."""
        self._append(topics.SCORES, lead_id, document)

    def erased(self, lead_id, until_ms):
        """The tombstone of somebody erased."""
        self._append(topics.SCORES, lead_id, None, [(ERASED_HEADER, str(until_ms).encode())])

    def changed(self, document):
        """A stage change."""
        self._append(topics.STAGE_CHANGES, document["lead_id"], document)

    def signalled(self, document):
        """A signal."""
        self._append(topics.SIGNALS, document["lead_id"], document)

    def leads(self):
        """What the log comes to, record by record."""
        leads = defaultdict(lambda: None)
        for name, log in self.logs.items():
            for record in log:
                batch = Batch.of({name: [record]})
                for lead_id in batch.lead_ids:
                    leads[lead_id] = leads[lead_id] or Lead(lead_id)
                batch.apply(leads)
        return list(leads.values())

    @property
    def ends(self):
        """Where the topics end."""
        return {name: len(log) for name, log in self.logs.items()}

    def _append(self, topic, lead_id, document, headers=()):
        name = f"{topic.name}:{sum(lead_id.encode()) % PARTITIONS}"
        value = None if document is None else orjson.dumps(document)
        log = self.logs[name]
        key, offset = lead_id.encode(), len(log)
        log.append(SimpleNamespace(topic=name, partition=0, offset=offset, key=key, value=value, headers=headers))


class Memory:
    """A `Source` over a world: `choose(name, left)` says how many of the records left a fetch has."""

    def __init__(self, world: World, choose: Callable[[str, int], int] | None = None):
        self.world = world
        self.choose = choose or (lambda _name, left: left)
        self.positions: dict[str, int] = {}

    async def bounds(self):
        """Where the topics begin and end."""
        return Bounds(dict.fromkeys(self.world.logs, 0), self.world.ends)

    def seek(self, offsets):
        """Go on from these offsets."""
        self.positions = dict(offsets)

    async def take(self, most, _seconds):
        """Some records of each partition."""
        records = {}
        for name, at in self.positions.items():
            log = self.world.logs[name]
            if at > len(log):
                raise OffsetOutOfRangeError
            count = min(self.choose(name, len(log) - at), most, len(log) - at)
            if count:
                records[name] = log[at : at + count]
                self.positions[name] = at + count
        await asyncio.sleep(0 if records else 0.005)
        return Fetched(records, dict(self.positions))

    def lags(self):
        """How far it is behind."""
        return {name: len(self.world.logs[name]) - at for name, at in self.positions.items()}

    def is_fresh(self):
        """The log always answers."""
        return True


def own_aliases(email):
    """The alias by which a lead owns its address."""
    return () if email is None else (subject_of_email(email),)
