"""lifecycle.md once more, naively: one lead, looked at in every single millisecond, scored by the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.scoring.oracle import Doc, Oracle

MINUTE_MS = 60_000


@dataclass
class Walk:
    """Where the lead stands. `path`: stages it can go back through with the transition that entered each."""

    oracle: Oracle
    lifecycle: Doc
    path: list[tuple[str, Doc | None]] = field(default_factory=list)
    entered: int = 0
    changes: list[Doc] = field(default_factory=list)
    fired: dict[int, int] = field(default_factory=dict)
    spent: dict[int, set[str]] = field(default_factory=dict)
    recent: list[int] = field(default_factory=list)
    loops: list[int] = field(default_factory=list)
    looped: bool = False

    def until(self, horizon: int) -> Walk:
        """Look at every millisecond from the first fact to the horizon."""
        if self.oracle.all:
            self.entered = self.oracle.all[0]["occurred_at"]
            self.path = [(self.lifecycle["entry"], None)]
            for at in range(self.entered, horizon + 1):
                self._millisecond(at)
        return self

    @property
    def stage(self) -> str:
        return self.path[-1][0]

    def _millisecond(self, at: int) -> None:
        if self._facts_of(at):
            self.recent, self.looped = [], False
        done: set[int] = set()
        while not self.looped:
            number = self._firing(at, done)
            left = self.path[-1][1]
            if number is None and (left is None or self._holds(left["leave"], at, self.entered)):
                return
            if len([t for t in self.recent if t > at - MINUTE_MS]) >= 32:
                self.looped = True
                self.loops.append(at)
                return
            self.recent.append(at)
            self._fire(number, at) if number is not None else self._go_back(at)
            if number is not None:
                done.add(number)

    def _firing(self, at: int, done: set[int]) -> int | None:
        for number, transition in enumerate(self.lifecycle["transitions"]):
            sources = transition["from"] if isinstance(transition["from"], list) else [transition["from"]]
            if self.stage not in sources or number in done:
                continue
            rest = self.oracle.ms(transition["cooldown"]) if "cooldown" in transition else 0
            if number in self.fired and at < self.fired[number] + rest:
                continue
            if not self._holds(transition["when"], at, self.entered, number):
                continue
            if "leave" in transition and not self._holds(transition["leave"], at, at):
                continue
            return number
        return None

    def _fire(self, number: int, at: int) -> None:
        transition = self.lifecycle["transitions"][number]
        answers = [e for asked in _happened(transition["when"]) for e in self._answers(asked, at, self.entered, number)]
        now = sorted(e["event_id"] for e in answers if e["occurred_at"] == at)
        rest = [self.fired[number] + self.oracle.ms(transition["cooldown"])] if self._rests(number) else []
        self._moved(transition["to"], at, transition["when"], now[:1], rest, back=False)
        self.spent.setdefault(number, set()).update(e["event_id"] for e in answers)
        self.fired[number] = at
        if "leave" in transition:
            self.path.append((transition["to"], transition))
        else:
            self.path = [(transition["to"], None)]
        self.entered = at

    def _rests(self, number: int) -> bool:
        return number in self.fired and "cooldown" in self.lifecycle["transitions"][number]

    def _go_back(self, at: int) -> None:
        left = self.path[-1][1]
        assert left is not None
        self._moved(self.path[-2][0], at, left["leave"], [], [], back=True)
        self.path.pop()
        self.entered = at

    def _moved(self, to: str, at: int, when: Any, now: list[str], ends: list[int], *, back: bool) -> None:
        facts = self._facts_of(at)
        trigger = now[0] if now else max((e["event_id"] for e in facts), default=None)
        kind = next((e["type"].partition(".")[0] for e in facts if e["event_id"] == trigger), None)
        cause = "timer" if at in [*ends, *self._timers(when)] else "decay"
        if kind is not None:
            cause = "action" if kind == "crm" else "activity"
        self.changes.append(
            {
                "seq": len(self.changes) + 1,
                "from_stage": self.stage,
                "to_stage": to,
                "occurred_at": at,
                "cause": cause,
                "direction": "down" if back else self._direction(self.stage, to),
                "trigger_event_id": trigger,
            }
        )

    def _direction(self, source: str, target: str) -> str:
        stages = self.lifecycle["stages"]
        if stages[target].get("kind") == "side":
            return "side"
        order = list(stages)
        return "up" if stages[source].get("kind") == "side" or order.index(target) > order.index(source) else "down"

    def _facts_of(self, at: int) -> list[Doc]:
        return [e for e in self.oracle.all if e["occurred_at"] == at]

    # ---- conditions

    def _holds(self, condition: Any, at: int, entered: int, number: int | None = None) -> bool:
        if condition == "identified":
            return True
        return all(self._part(key, asked, at, entered, number) for key, asked in condition.items())

    def _part(  # noqa: C901, PLR0911 - one short answer for each keyword
        self, key: str, asked: Any, at: int, entered: int, number: int | None
    ) -> bool:
        oracle = self.oracle
        if key == "all":
            return all(self._holds(c, at, entered, number) for c in asked)
        if key == "any":
            return any(self._holds(c, at, entered, number) for c in asked)
        if key == "not":
            return not self._holds(asked, at, entered, number)
        if key in ("explicit", "implicit", "total"):
            value = dict(zip(("explicit", "implicit", "total"), oracle.score(at), strict=False))[key]
            return asked.get("at_least", value) <= value <= asked.get("at_most", value)
        if key == "grade":
            return oracle.score(at)[3] in asked["in"]
        if key == "count":
            return oracle.counts(asked, at)
        if key in ("happened", "action"):
            return bool(self._answers(asked, at, entered, number))
        if key == "gained":
            return oracle.category("implicit", at, after=entered) >= asked["implicit"]
        if key == "in_stage_for":
            return at - entered >= oracle.ms(asked)
        if key == "due":
            due = self._date(asked, at)
            return due is not None and at >= due
        return oracle.holds({key: asked}, oracle.attributes(at).get)

    def _answers(self, asked: Any, at: int, entered: int, number: int | None) -> list[Doc]:
        selector = asked if isinstance(asked, dict) else {"on": asked}
        spent = self.spent.get(number, set()) if number is not None else set()
        return [
            e for e in self.oracle.eligible(selector, at) if e["occurred_at"] >= entered and e["event_id"] not in spent
        ]

    def _date(self, attribute: str, at: int) -> int | None:
        text = self.oracle.attributes(at).get(attribute)
        if text is None:
            return None
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

    def _timers(self, condition: Any) -> list[int]:
        found = []
        for key, asked in condition.items() if isinstance(condition, dict) else ():
            inner = asked if key in ("all", "any") else [asked] if key == "not" else []
            found += [t for c in inner for t in self._timers(c)]
            if key == "in_stage_for":
                found.append(self.entered + self.oracle.ms(asked))
            if key == "due" and (due := self._date(asked, 10**15)) is not None:
                found.append(due)
        return found


def _happened(condition: Any) -> list[Any]:
    found = []
    for key, asked in condition.items() if isinstance(condition, dict) else ():
        if key in ("happened", "action"):
            found.append(asked)
        if key in ("all", "any"):
            found += [h for c in asked for h in _happened(c)]
    return found
