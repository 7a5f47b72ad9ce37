"""Deciding one lead at one instant, and catching up through the instants at which it changes by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.engine.documents import Document, signal, stage_change
from pipeline.scoring.crossing import first_change
from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Decision, Map, StageChanged
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer


@dataclass(slots=True)
class Outbox:
    """What has been decided and is not handed over yet. `outlooks`: each lead's latest, for its score record."""

    stage_changes: list[Document] = field(default_factory=list)
    signals: list[Document] = field(default_factory=list)
    outlooks: dict[str, Outlook] = field(default_factory=dict)
    closed: dict[str, None] = field(default_factory=dict)


class Decider:
    """Decides leads under one model. `scheduled` is told whenever a lead's next instant may have changed."""

    def __init__(self, scorer: Scorer, outbox: Outbox, scheduled: Callable[[Profile], None]) -> None:
        self.scorer = scorer
        self.map = Map(scorer.model.lifecycle)
        self.outbox = outbox
        self.schedule = scheduled

    @property
    def entry(self) -> str:
        """The stage every lead begins in."""
        return self.map.lifecycle.entry

    def catch_up(self, profile: Profile, instant: int, *, inclusive: bool) -> None:
        """Decide the lead at each of its own instants before `instant` (or up to it)."""
        while (due := profile.next_at) is not None and (due < instant or (inclusive and due == instant)):
            self.decide(profile, due)

    def decide(self, profile: Profile, instant: int) -> None:
        """Decide the lead on the facts up to `instant`, and find out when it changes next by itself."""
        known = Known(self.scorer, profile.subject, profile.facts, instant)
        outlook = Outlook(known)
        decision = Decision(self.map, outlook, profile.standing)
        decision.enter()
        self._announce_merge(profile, decision)
        for change in decision.decide():
            self.outbox.stage_changes.append(stage_change(profile, change, outlook, []))
        if decision.looped:
            self._signal_loop(profile, instant)
        profile.clock = instant
        later = (f.occurred_at for f in profile.facts.values() if f.occurred_at > instant)
        profile.pending = min(later, default=None) if len(known.facts) < len(profile.facts) else None
        profile.due = first_change(self.map, decision.judge)
        self.outbox.outlooks[profile.subject] = outlook
        self.schedule(profile)

    def _announce_merge(self, profile: Profile, decision: Decision) -> None:
        """One record for the standings taken over or closed since the last decision (lifecycle.md, rule 11)."""
        standing, came_from, absorbed = profile.standing, profile.came_from, profile.absorbed
        profile.came_from, profile.absorbed = None, []
        if not absorbed and (came_from is None or came_from == standing.stage):
            return
        from_stage = standing.stage if came_from is None else came_from
        standing.seq += 1
        facts = decision.outlook.known.at_instant()
        change = StageChanged(
            standing.seq,
            from_stage,
            standing.stage,
            self.map.direction(from_stage, standing.stage),
            "merge",
            decision.instant,
            max((f.event_id for f in facts), default=None),
            None,
        )
        self.outbox.stage_changes.append(stage_change(profile, change, decision.outlook, sorted(absorbed)))

    def _signal_loop(self, profile: Profile, instant: int) -> None:
        stage = profile.standing.stage
        details: Document = {"transitions": len(profile.standing.recent)}
        self.outbox.signals.append(signal(profile.subject, "lifecycle_loop", instant, stage, "", details))
