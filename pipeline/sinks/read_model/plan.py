"""The commands that take Redis from the leads as they were to the leads as they are. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import orjson

from pipeline.sinks.read_model.keys import EpochKeys
from pipeline.sinks.read_model.lead import Lead

_T = TypeVar("_T")

Word = str | bytes | int | float
Command = list[Word]

_PAIRS = 400
"""Members or documents in one command: Lua hands over a few thousand words at most."""


class Plan:
    """Gathers what has to be done and says it in few commands.

    `past_seconds`: how long the history of somebody who is no lead is kept.
    """

    def __init__(self, keys: EpochKeys, past_seconds: int) -> None:
        self._keys = keys
        self._past_seconds = past_seconds
        self._set: list[tuple[str, bytes]] = []
        self._gone: list[str] = []
        self._past: list[tuple[str, bytes]] = []
        self._ranked: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._unranked: defaultdict[str, list[str]] = defaultdict(list)
        self._stages: Counter[str] = Counter()
        self._named: list[Command] = []

    def move(self, before: Lead, after: Lead) -> None:
        """A lead that was like this is like that now."""
        keys, lead_id = self._keys, after.lead_id
        self._put(keys.lead(lead_id), before.document(), after.document())
        self._keep(keys.past(lead_id), before.past(), after.past())
        if after.erased_until != before.erased_until:
            until: Command = ["SET", keys.erased(lead_id), after.erased_until, "EX", self._past_seconds]
            self._named.append(until)
        old, new = before.place(), after.place()
        if old == new:
            return
        old_stage, new_stage = (None if place is None else place.stage for place in (old, new))
        if old is not None and old_stage != new_stage:
            self._stages[old.stage] -= 1
            self._unranked[keys.stage_ranking(old.stage)].append(lead_id)
        if new is not None:
            self._stages[new.stage] += old_stage != new_stage
            self._ranked[keys.stage_ranking(new.stage)].append((new.total, lead_id))
            self._ranked[keys.ranking].append((new.total, lead_id))
        elif old is not None:
            self._unranked[keys.ranking].append(lead_id)
        was, now = _names(keys, before), _names(keys, after)
        self._named += [["SREM", name, lead_id] for name in was - now]
        self._named += [["SADD", name, lead_id] for name in now - was]

    def external(self, names: Iterable[str]) -> None:
        """Names of external ids that were seen."""
        if words := sorted(names):
            self._named.append(["SADD", self._keys.external, *words])

    def commands(self) -> Iterator[Command]:
        """All of it."""
        for pairs in _some(self._set):
            yield ["MSET", *(word for pair in pairs for word in pair)]
        for key, packed in self._past:
            yield ["SET", key, packed, "EX", self._past_seconds]
        for gone in _some(self._gone):
            yield ["UNLINK", *gone]
        for key, members in self._ranked.items():
            for pairs_ in _some(members):
                yield ["ZADD", key, *(word for pair in pairs_ for word in pair)]
        for key, members_ in self._unranked.items():
            for some in _some(members_):
                yield ["ZREM", key, *some]
        for stage, difference in self._stages.items():
            if difference:
                yield ["HINCRBY", self._keys.stages, stage, difference]
        yield from self._named

    def _put(self, key: str, before: object, after: object) -> None:
        if after is not None:
            if after != before:
                self._set.append((key, orjson.dumps(after)))
        elif before is not None:
            self._gone.append(key)

    def _keep(self, key: str, before: object, after: object) -> None:
        if after is not None:
            if after != before:
                self._past.append((key, orjson.dumps(after)))
        elif before is not None:
            self._gone.append(key)


def _names(keys: EpochKeys, lead: Lead) -> set[str]:
    """The keys of the names under which the lead is found."""
    place = lead.place()
    if place is None:
        return set()
    names = {keys.alias(subject) for subject in place.aliases}
    return names if place.address is None else names | {keys.address(place.address)}


def _some(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _PAIRS):
        yield items[start : start + _PAIRS]
