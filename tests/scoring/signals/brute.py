"""The interest signals once more, naively: asked in every single millisecond, of the oracle that scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.scoring.oracle import Doc, Oracle
from tests.scoring.walk import Walk

Told = tuple[str, int, Doc]


@dataclass
class SignalWalk(Walk):
    """A walk that says what would be signalled. `asked`: the instants at which the engine decided anything."""

    asked: set[int] = field(default_factory=set)
    told: list[Told] = field(default_factory=list)
    once: set[str] = field(default_factory=set)
    true: dict[str, bool] = field(default_factory=dict)
    entered_by: str = ""

    @property
    def model(self) -> Doc:
        return self.oracle.model

    def _enter(self, path: list[tuple[str, Doc | None]], at: int) -> None:
        super()._enter(path, at)
        self.once = set()

    def _millisecond(self, at: int) -> None:
        changes = len(self.changes)
        super()._millisecond(at)
        if len(self.changes) > changes:
            self.entered_by = self.changes[-1]["cause"]
        signals = self.model.get("signals", {})
        facts = self._facts_of(at)
        if facts and "surge" in signals:
            self._surge(at, signals["surge"])
        if facts and "re_engaged" in signals:
            self._re_engaged(at, self.oracle.ms(signals["re_engaged"]["silence"]))
        if "cooling" in signals:
            self._cooling(at, self.oracle.ms(signals["cooling"]["horizon"]), anew=bool(facts or self.entered == at))
        self._claims(at)
        self._nurture(at)
        for name, score in self.model.get("scores", {}).items():
            self._offers(at, name, score)

    def _tell(self, name: str, at: int, **details: Any) -> None:
        self.told.append((name, at, details))

    # ---- surge

    def _surge(self, at: int, rule: Doc) -> None:
        window = self.oracle.ms(rule["window"])
        if at - self.oracle.all[0]["occurred_at"] < window:
            return
        worth = [pair for rule in self.model["implicit"]["rules"] for pair in self._raw(rule, at)]
        points = math.fsum(p for t, p in worth if p > 0 and at - window < t <= at)
        mean = math.fsum(p for t, p in worth if p > 0 and at - 9 * window < t <= at - window) / 8
        holds = points >= rule["floor"] and points >= rule["factor"] * mean
        if holds and not self.true.get("surge"):
            self._tell("surge", at, points=points, mean=mean, window=rule["window"].replace("s", ""))
        self.true["surge"] = holds

    def _raw(self, rule: Doc, at: int) -> list[tuple[int, float]]:
        if "best_of" in rule:
            pays = [(self.oracle.rule(member, "implicit", at), member) for member in rule["best_of"]]
            most = max((points for points, _ in pays if points is not None), default=None)
            if most is None:
                return []
            best = next(member for points, member in pays if points == most)
            share: Callable[[float], float] = lambda p: rule["weight"] * p / 100 if "weight" in rule else p  # noqa: E731
            return [(t, share(p)) for t, p in self._raw(best, at)]
        if "frequency" in rule:
            return []
        return [(event["occurred_at"], points) for event, points in self.oracle.paid(rule, at)]

    # ---- re-engaged, cooling

    def _re_engaged(self, at: int, silence: int) -> None:
        seen = [e["occurred_at"] for asked in self._wanted() for e in self.oracle.eligible(asked, at)]
        before = [t for t in seen if t < at]
        if at in seen and before and at - max(before) >= silence:
            self._tell("re_engaged", at, silence_since=max(before))

    def _wanted(self) -> list[Doc]:
        found = []
        for rule in self.model["implicit"]["rules"]:
            for member in rule.get("best_of", [rule]):
                points = member["points"]
                worth = points.get("factor", 1) if isinstance(points, dict) else points
                if worth * (rule.get("weight", 1) if "best_of" in rule else 1) >= 0:
                    found.append(member.get("frequency", member))
        return found

    def _cooling(self, at: int, horizon: int, *, anew: bool) -> None:
        left = self.path[-1][1]
        if left is None or "cooling" in self.once or self.pinned or self.looped or "leave" in self.held:
            self.true["cooling was asked"] = False
            return
        then = SignalWalk(Oracle(self.model, self.oracle.facts(at), self.oracle.unit), self.lifecycle)
        first = at + 1 if anew or not self.true.get("cooling was asked") else at + horizon
        for later in range(first, at + horizon + 1):
            if not then._holds(left["leave"], later, self.entered):
                self.once.add("cooling")
                self._tell("cooling", at, due_at=later, to=self.path[-2][0])
                break
        self.true["cooling was asked"] = True

    # ---- claims, and whom to write to

    def _claims(self, at: int) -> None:
        claims = [e for e in self.oracle.facts(at) if e["type"] == "crm.claimed"]
        owner = claims[0]["properties"]["owner"] if claims else None
        for claim in claims:
            if claim["occurred_at"] == at and claim["properties"]["owner"] != owner:
                by = claim["properties"]["owner"]
                self._tell("claim_conflict", at, owner=owner, claimed_by=by, event_id=claim["event_id"])

    def _may_send(self, at: int) -> bool:
        subscribed = True
        for event in self.oracle.facts(at):
            if event["type"] in ("email.unsubscribed", "email.complained"):
                subscribed = False
            if event["type"] == "email.subscribed" and not self.oracle.marked(event, at):
                subscribed = True
        purpose = self.model.get("consent", {}).get("email", "email")
        return subscribed and self.oracle.consent(purpose, at)

    def _nurture(self, at: int) -> None:
        program = self.lifecycle["stages"][self.stage].get("nurture")
        if program is not None and "nurture" not in self.once and self._may_send(at):
            self.once.add("nurture")
            self._tell("nurture", at, track=program["track"], reason=self.entered_by or "entry")

    def _offers(self, at: int, name: str, score: Doc) -> None:
        reading = Oracle(
            {**self.model, "explicit": {}, "implicit": {}, "weights": {}, **score}, self.oracle.all, self.oracle.unit
        )
        total = reading.score(at)[2]
        for signal, offer in score["signal"].items():
            key = f"{signal} {name}"
            holds = total >= offer["at_least"] and self.stage in offer.get("stages", [self.stage])
            if not holds:
                self.true[key] = False
            elif at in self.asked and not self.true.get(key) and self._may_send(at):
                self.true[key] = True
                self._tell(signal, at, score=name, total=total)
