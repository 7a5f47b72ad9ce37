"""A small engine of the same port: sums points per lead, exactly, so that any loss or repeat shows."""

import json
from collections.abc import Sequence
from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.engine.effects import Effects, Keyed, Outcomes
from pipeline.engine.errors import Refused
from pipeline.events import Event

CHANGE_EVERY = 5
DUE_AFTER_MS = 60_000


class ToyEngine:
    """Per lead [events, sum, seq, due]; every fifth event is a stage change; a lead is due a minute after its latest
    event, once, and then its score is written. `log` keeps what was called, in order.
    """

    def __init__(self) -> None:
        self.time = 0
        self.outcomes = Outcomes()
        self.leads: dict[str, list[Any]] = {}
        self.dirty: dict[str, None] = {}
        self.effects = Effects()
        self.log: list[tuple[str, Any]] = []

    def apply(self, event: Event) -> None:
        if event.properties.get("refuse"):
            raise Refused("toy_refused", "asked to")
        if event.properties.get("crash"):
            raise RuntimeError("the engine broke")
        self.log.append(("event", event.event_id))
        lead = event.lead_id or "?"
        state = self.leads.setdefault(lead, [0, 0, 0, None])
        state[0] += 1
        state[1] += int(event.properties.get("n") or 0)
        state[3] = event.occurred_at + DUE_AFTER_MS
        if state[0] % CHANGE_EVERY == 0:
            state[2] += 1
            change = {
                "change_id": f"{lead}:{state[2]}",
                "lead_id": lead,
                "seq": state[2],
                "event_id": event.event_id,
                "occurred_at": format_instant(event.occurred_at),
            }
            self.effects.stage_changes.append(Keyed(lead, change))
        self.dirty[lead] = None

    def apply_forward(self, body: bytes) -> None:
        self.log.append(("forward", body.decode()))

    def progress(self, instant: int | None, *, trusting: bool) -> bool:
        del trusting
        self.log.append(("progress", instant))
        return False

    def prepare(self, instant: int, limit: int) -> int:
        del instant, limit
        return 0

    def tick(self, instant: int, limit: int) -> int:
        self.log.append(("tick", instant))
        due = [lead for lead, state in self.leads.items() if state[3] is not None and state[3] <= instant][:limit]
        for lead in due:
            self.leads[lead][3] = None
            self.dirty[lead] = None
        if len(due) < limit:
            self.time = max(self.time, instant)
        return len(due)

    def settle(self, limit: int) -> int:
        del limit
        self.log.append(("settle", None))
        return 0

    is_changing = False

    def activate(self, change: Any) -> None:
        self.log.append(("model", change.instant))

    def bring_over(self, limit: int) -> int:
        del limit
        return 0

    def next_due(self) -> int | None:
        return min((state[3] for state in self.leads.values() if state[3] is not None), default=None)

    def in_force(self) -> None:
        return None

    def queued(self) -> int:
        return sum(state[3] is not None for state in self.leads.values())

    def take(self) -> Effects:
        effects, self.effects = self.effects, Effects()
        for lead in self.dirty:
            effects.changelog.append((lead.encode(), json.dumps(self.leads[lead]).encode()))
            effects.scores.append(Keyed(lead, {"lead_id": lead, "total": self.leads[lead][1]}))
        self.dirty.clear()
        return effects

    def load(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self.leads.pop(key.decode(), None)
        else:
            self.leads[key.decode()] = json.loads(value)

    def state(self) -> dict[str, Any]:
        return {"time": self.time}

    def restore(self, state: dict[str, Any]) -> None:
        self.time = state["time"]

    def write_over(self, keys: Sequence[bytes]) -> None:
        for key in keys:
            state = self.leads.get(key.decode())
            self.effects.changelog.append((key, None if state is None else json.dumps(state).encode()))

    def __len__(self) -> int:
        return len(self.leads)
