"""A worker of ours that only sums points per lead: everything under the engine is the real one, exactly-once too."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from struct import Struct
from typing import Any

from pipeline.bootstrap import set_up_logging
from pipeline.engine.effects import Effects, Outcomes
from pipeline.events import Event
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.worker import prepare, run

_TOTAL = Struct(">q")


class SumEngine:
    """Lead → points. Nothing is ever due."""

    def __init__(self) -> None:
        self.time = 0
        self.outcomes = Outcomes()
        self._totals: dict[str, int] = {}
        self._dirty: set[str] = set()

    def apply(self, event: Event) -> None:
        lead = event.lead_id or ""
        self._totals[lead] = self._totals.get(lead, 0) + int(event.properties["n"] or 0)
        self._dirty.add(lead)

    def take(self) -> Effects:
        changelog = [(lead.encode(), _TOTAL.pack(self._totals[lead])) for lead in self._dirty]
        self._dirty.clear()
        return Effects(changelog=changelog)

    def load(self, key: bytes, value: bytes | None) -> None:
        if value is not None:
            self._totals[key.decode()] = _TOTAL.unpack(value)[0]

    def apply_forward(self, body: bytes) -> None:
        raise NotImplementedError

    is_changing = False

    def activate(self, change: Any) -> None:
        del change

    def bring_over(self, limit: int) -> int:
        del limit
        return 0

    def in_force(self) -> None:
        return None

    def progress(self, instant: int | None, *, trusting: bool) -> bool:
        del instant, trusting
        return False

    def prepare(self, instant: int, limit: int) -> int:
        del limit
        self.time = max(self.time, instant)
        return 0

    def tick(self, instant: int, limit: int) -> int:
        return self.prepare(instant, limit)

    def settle(self, limit: int) -> int:
        del limit
        return 0

    def next_due(self) -> int | None:
        return None

    def queued(self) -> int:
        return 0

    def state(self) -> dict[str, Any]:
        return {"time": self.time}

    def restore(self, state: dict[str, Any]) -> None:
        self.time = state["time"]

    def write_over(self, keys: Sequence[bytes]) -> None:
        self._dirty.update(key.decode() for key in keys)

    def __len__(self) -> int:
        return len(self._totals)


if __name__ == "__main__":
    app = import_module("agents.app").app
    level = set_up_logging(app.settings)
    prepare(app, lambda _: SumEngine(), failpoints=Failpoints())
    run(app, log_level=level)
