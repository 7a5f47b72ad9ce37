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
    waiting: dict[int, int] = field(default_factory=dict)
    held: dict[int | str, int] = field(default_factory=dict)
    signals: list[tuple[str, int, str]] = field(default_factory=list)
    pinned: bool = False
    entry: tuple[int, int, int, set[str], list[tuple[str, Doc | None]]] | None = None
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
        self._obey(at)
        self._let_go(at)
        if not self.pinned:
            if self.entry is not None and self._is_mistaken(at, *self.entry[:4]):
                self._correct(at, self.entry[4])
            self._move(at)
        self._overdue(at)

    def _move(self, at: int) -> None:
        done: set[int] = set()
        while not self.looped:
            number = self._firing(at, done)
            if number is None and not self._is_left(at):
                return
            if len([t for t in self.recent if t > at - MINUTE_MS]) >= 32:
                self.looped = True
                self.loops.append(at)
                return
            self.recent.append(at)
            self._fire(number, at) if number is not None else self._go_back(at)
            if number is not None:
                done.add(number)

    def _is_left(self, at: int) -> bool:
        left = self.path[-1][1]
        return left is not None and "leave" not in self.held and not self._holds(left["leave"], at, self.entered)

    def _firing(self, at: int, done: set[int]) -> int | None:
        for number in self._ways():
            transition = self.lifecycle["transitions"][number]
            if number in done:
                continue
            if number in self.waiting:
                self._end_if_declined(number, at)
            if number in self.held:
                continue
            leaves = "leave" in transition and not self._holds(transition["leave"], at, at)
            if number in self.waiting:
                if self._steps(number, at)[0] == len(transition["approvals"]) and not leaves:
                    return number
                continue
            rest = self.oracle.ms(transition["cooldown"]) if "cooldown" in transition else 0
            if number in self.fired and at < self.fired[number] + rest:
                continue
            if leaves or not self._holds(transition["when"], at, self.entered, number):
                continue
            if "approvals" not in transition:
                return number
            self.waiting[number] = at
            self.signals.append(("approval_requested", at, transition["approvals"][0]["step"]))
        return None

    def _ways(self) -> list[int]:
        """The transitions that lead away from where the lead stands."""
        found = []
        for number, transition in enumerate(self.lifecycle["transitions"]):
            sources = transition["from"] if isinstance(transition["from"], list) else [transition["from"]]
            if self.stage in sources:
                found.append(number)
        return found

    # ---- people

    def _obey(self, at: int) -> None:
        was_set = False
        for order in sorted(self._facts_of(at), key=lambda e: e["event_id"]):
            if order["type"] != "crm.stage_set":
                continue
            self.pinned = order["properties"].get("pin", self.pinned)
            stage = order["properties"].get("stage")
            was_set = was_set or stage is not None
            if stage in (None, self.stage):
                continue
            self.changes.append(
                {
                    "seq": len(self.changes) + 1,
                    "from_stage": self.stage,
                    "to_stage": stage,
                    "occurred_at": at,
                    "cause": "manual",
                    "direction": self._direction(self.stage, stage),
                    "trigger_event_id": order["event_id"],
                }
            )
            self.recent.append(at)
            self.spent = {}
            self._enter([(stage, None)], at)
        if was_set:
            held = [n for n in self._ways() if n not in self.waiting]
            when = {n: self.lifecycle["transitions"][n]["when"] for n in held}
            self.held = {n: at for n in held if self._holds(when[n], at, self.entered, n)}
            if self._is_left(at):
                self.held["leave"] = at

    def _enter(self, path: list[tuple[str, Doc | None]], at: int) -> None:
        self.path, self.entered = path, at
        self.waiting, self.held, self.entry = {}, {}, None

    def _let_go(self, at: int) -> None:
        for what, since in list(self.held.items()):
            if isinstance(what, int):
                condition = self.lifecycle["transitions"][what]["when"]
                is_over = not self._holds(condition, at, self.entered, what)
            else:
                left = self.path[-1][1]
                condition = {} if left is None else left["leave"]
                is_over = self._holds(condition, at, self.entered)
            fresh = [e for e in self.oracle.facts(at) if e["occurred_at"] > since]
            answers = [e for asked in _happened(condition) for e in self.oracle.eligible(_selector(asked), at)]
            if (
                is_over
                or any(not e["type"].startswith("crm.") and not self.oracle.marked(e, at) for e in fresh)
                or any(e["occurred_at"] > since for e in answers)
            ):
                del self.held[what]

    def _steps(self, number: int, at: int) -> tuple[int, int, str | None, int | None]:
        """Steps approved, since when the next one is open, the last approval, the instant of a decline."""
        steps = [approval["step"] for approval in self.lifecycle["transitions"][number]["approvals"]]
        since, given, last = self.waiting[number], 0, None
        for fact in sorted(self.oracle.facts(at), key=lambda e: (e["occurred_at"], e["event_id"])):
            if fact["occurred_at"] <= self.waiting[number] or given == len(steps):
                continue
            step = fact.get("properties", {}).get("step")
            if fact["type"] == "crm.approved" and step == steps[given]:
                given, since, last = given + 1, fact["occurred_at"], fact["event_id"]
            if fact["type"] == "crm.declined" and step in (None, steps[given]):
                return given, since, last, fact["occurred_at"]
        return given, since, last, None

    def _end_if_declined(self, number: int, at: int) -> None:
        declined = self._steps(number, at)[3]
        if declined is not None:
            del self.waiting[number]
            self.held[number] = declined
            self._let_go(at)

    def _overdue(self, at: int) -> None:
        for number in self.waiting:
            approvals = self.lifecycle["transitions"][number]["approvals"]
            given, since, _, declined = self._steps(number, at)
            if given == len(approvals) or declined is not None or "within" not in approvals[given]:
                continue
            if at == since + self.oracle.ms(approvals[given]["within"]):
                self.signals.append(("approval_overdue", at, approvals[given]["step"]))
        sla = self.lifecycle["stages"][self.stage].get("sla")
        if sla is not None and at == self.entered + self.oracle.ms(sla["within"]):
            facts = [e for e in self.oracle.facts(at) if e["type"] == sla["until"] and e["occurred_at"] >= self.entered]
            if not facts:
                self.signals.append(("sla_breached", at, sla["escalate"]))

    # ---- corrections

    def _is_mistaken(self, at: int, number: int, asked: int, entered: int, spent: set[str]) -> bool:
        present, self.oracle.marks_at = self.spent, at
        self.spent = {number: spent}
        was_true = self._holds(self.lifecycle["transitions"][number]["when"], asked, entered, number)
        self.spent, self.oracle.marks_at = present, -1
        return not was_true

    def _correct(self, at: int, path: list[tuple[str, Doc | None]]) -> None:
        self._moved(path[-1][0], at, {}, [], [], back=True)
        self.changes[-1]["cause"] = "correction"
        self.recent.append(at)
        self._enter(path, at)

    # ---- moving

    def _fire(self, number: int, at: int) -> None:
        transition = self.lifecycle["transitions"][number]
        answers = [e for asked in _happened(transition["when"]) for e in self._answers(asked, at, self.entered, number)]
        now = sorted(e["event_id"] for e in answers if e["occurred_at"] == at)
        rest = [self.fired[number] + self.oracle.ms(transition["cooldown"])] if self._rests(number) else []
        approved = self._steps(number, at)[1:3] if number in self.waiting else None
        entry = (number, self.waiting.get(number, at), self.entered, set(self.spent.get(number, ())), self.path)
        self._moved(transition["to"], at, transition["when"], now[:1], rest, back=False)
        if approved is not None:
            self.changes[-1] |= {"cause": "approval", "trigger_event_id": approved[1]}
        self.spent.setdefault(number, set()).update(e["event_id"] for e in answers)
        self.fired[number] = at
        way = [*self.path, (transition["to"], transition)] if "leave" in transition else [(transition["to"], None)]
        self._enter(way, at)
        self.entry = entry

    def _rests(self, number: int) -> bool:
        return number in self.fired and "cooldown" in self.lifecycle["transitions"][number]

    def _go_back(self, at: int) -> None:
        left = self.path[-1][1]
        assert left is not None
        self._moved(self.path[-2][0], at, left["leave"], [], [], back=True)
        self._enter(self.path[:-1], at)

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
        selector = _selector(asked)
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


def _selector(asked: Any) -> Doc:
    return asked if isinstance(asked, dict) else {"on": asked}


def _happened(condition: Any) -> list[Any]:
    found = []
    for key, asked in condition.items() if isinstance(condition, dict) else ():
        if key in ("happened", "action"):
            found.append(asked)
        if key in ("all", "any"):
            found += [h for c in asked for h in _happened(c)]
    return found
