"""Engines of several partitions with a log between them: no broker, every order of delivery."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

from pipeline.engine.effects import Effects
from pipeline.engine.engine import Engine
from pipeline.events import Event
from pipeline.partitioning import partition_of
from pipeline.scoring.model import Model

Doc = dict[str, Any]
_STEPS = 200_000


class Cluster:
    """Each partition has its inputs and its log of forwards, read in order; which partition goes next is up to chance.

    A checkpoint comes after a few records: only then do others see what was forwarded. At times a partition dies and
    is taken over by a new engine: `after_sending`, what was sent since the last checkpoint is sent once more (a broker
    without transactions), else it was never sent.
    """

    def __init__(
        self, model: Model, partitions: int, chance: random.Random, *, stream: bool = True, after_sending: bool = False
    ) -> None:
        self.model, self.partitions, self.chance, self.stream = model, partitions, chance, stream
        self.after_sending = after_sending
        self.engines = [self._engine(number) for number in range(partitions)]
        self.inputs: list[deque[Event | int]] = [deque() for _ in range(partitions)]
        self.forwards: list[deque[bytes]] = [deque() for _ in range(partitions)]
        self.changes: dict[str, Doc] = {}
        self.signals: dict[str, Doc] = {}
        self.tables: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self.states: list[Doc] = [engine.state() for engine in self.engines]
        self.ticked = [-1] * partitions
        self.deaths = 0

    def _engine(self, number: int) -> Engine:
        return Engine(self.model, partition=number, partitions=self.partitions, stream_time=self.stream)

    def run(self, *, deaths: bool = False) -> None:
        """Until nothing is left to do anywhere."""
        for _ in range(_STEPS):
            busy = [n for n in range(self.partitions) if self.inputs[n] or self.forwards[n]]
            number = self.chance.choice(busy or range(self.partitions))
            before = (deque(self.inputs[number]), deque(self.forwards[number]))
            for _ in range(self.chance.randint(1, 4)):
                self._read(number)
            self._decide(number)
            if deaths and self.chance.randint(1, 6) == 1:
                self._die(number, before)
                continue
            if not self._checkpoint(number) and not busy and self._is_at_rest():
                return
        raise AssertionError("the cluster does not come to rest")

    def _read(self, number: int) -> None:
        inputs, forwards, engine = self.inputs[number], self.forwards[number], self.engines[number]
        if forwards and (not inputs or self.chance.random() < 0.6):
            engine.apply_forward(forwards.popleft())
        elif inputs:
            record = inputs.popleft()
            if isinstance(record, Event):
                engine.apply(record)
            else:
                self.ticked[number] = record
                engine.tick(record)

    def _decide(self, number: int) -> None:
        engine, inputs = self.engines[number], self.inputs[number]
        if self.stream:
            head = inputs[0] if inputs else None
            engine.progress(head.occurred_at if isinstance(head, Event) else head)
        if self.stream or not (inputs or self.forwards[number]):
            engine.settle()
            if not self.stream and (due := engine.next_due()) is not None and due <= self.ticked[number]:
                engine.tick(self.ticked[number])  # a clock would go on; who took over a death knows what is due by it

    def _checkpoint(self, number: int) -> bool:
        effects = self._send(number)
        for key, value in effects.changelog:
            if value is None:
                self.tables[number].pop(key, None)
            else:
                self.tables[number][key] = value
        self.states[number] = self.engines[number].state()
        return bool(effects)

    def _send(self, number: int) -> Effects:
        effects = self.engines[number].take()
        for forward in effects.forwards:
            self.forwards[partition_of(forward.key.encode(), self.partitions)].append(forward.body)
        if effects.progress is not None:
            for other in set(range(self.partitions)) - {number}:
                self.forwards[other].append(effects.progress)
        for keyed in effects.stage_changes:
            self.changes[keyed.value["change_id"]] = {k: v for k, v in keyed.value.items() if k != "decided_at"}
        for keyed in effects.signals:
            self.signals[keyed.value["signal_id"]] = keyed.value
        return effects

    def _die(self, number: int, before: tuple[deque[Event | int], deque[bytes]]) -> None:
        self.deaths += 1
        arrived = len(self.forwards[number])
        if self.after_sending:
            self._send(number)
        to_itself = list(self.forwards[number])[arrived:]
        self.inputs[number], self.forwards[number] = before
        self.forwards[number].extend(to_itself)
        engine = self.engines[number] = self._engine(number)
        for key, value in self.tables[number].items():
            engine.load(key, value)
        engine.restore(self.states[number])

    def _is_at_rest(self) -> bool:
        for number in range(self.partitions):
            self._decide(number)
            if self._checkpoint(number):
                return False
        return not any(self.forwards)

    def profiles(self):
        """Every profile."""
        for engine in self.engines:
            yield from engine.profiles()
