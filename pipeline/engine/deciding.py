"""Deciding one lead at one instant, and catching up through the instants at which it changes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace

from pipeline.engine.announcing import Announcer
from pipeline.engine.documents import Document, signal, stage_change
from pipeline.scoring.carrying import carry
from pipeline.scoring.crossing import NEVER_MS, first_change, quiet_until
from pipeline.scoring.decision import Decision
from pipeline.scoring.duties import sla_due_at
from pipeline.scoring.known import Known
from pipeline.scoring.ledger import reasons
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.outlooks import Outlooks
from pipeline.scoring.profile import Profile
from pipeline.scoring.raised import Raised
from pipeline.scoring.scorer import Scorer
from pipeline.scoring.signals.moment import Moment
from pipeline.scoring.signals.watch import watch
from pipeline.scoring.truth import Judge


@dataclass(slots=True)
class Outbox:
    """What has been decided and is not handed over yet. `outlooks`: each lead's latest, for its score record."""

    stage_changes: list[Document] = field(default_factory=list)
    signals: list[Document] = field(default_factory=list)
    outlooks: dict[str, Outlook] = field(default_factory=dict)
    closed: dict[str, None] = field(default_factory=dict)


class Prospect:
    """When a lead changes by itself, not worked out yet: most leads act again before it could be."""

    __slots__ = ("_judge", "_map", "_schedule", "not_before")

    def __init__(self, judge: Judge, stage_map: Map, not_before: int, schedule: Callable[[Profile], None]) -> None:
        self._judge, self._map, self._schedule = judge, stage_map, schedule
        self.not_before = not_before

    def due(self) -> int | None:
        """Work it out."""
        return first_change(self._map, self._judge)

    def is_known(self, profile: Profile) -> None:
        """The lead waits for another instant now."""
        self._schedule(profile)


class Decider:
    """Decides leads under the model in force. `scheduled` is told whenever a lead's next instant may have changed.

    A lead comes over from one model to the next at `since`: what it has to do up to then it does under the former one.
    `epoch` counts the changes of model; a lead's own tells under which it was decided last.
    """

    def __init__(
        self, scorer: Scorer, outbox: Outbox, scheduled: Callable[[Profile], None], announcer: Announcer
    ) -> None:
        self.scorer = scorer
        self.announcer = announcer
        self.map = Map(scorer.model.lifecycle)
        self.outbox = outbox
        self.schedule = scheduled
        self.outlooks = Outlooks(scorer)
        self.is_lazy = True
        self.epoch = 0
        self.since = -1
        self.renamed: Mapping[str, str] = {}
        self._former: Decider | None = None

    @property
    def language(self) -> str:
        """The language of the titles in what is announced."""
        return self.scorer.language

    @property
    def is_changing(self) -> bool:
        """Whether leads are still to come over from the former model."""
        return self._former is not None

    @property
    def entry(self) -> str:
        """The stage every lead begins in."""
        return self.map.lifecycle.entry

    def catch_up(self, profile: Profile, instant: int, *, inclusive: bool) -> None:
        """Decide the lead at each of its own instants before `instant` (or up to it)."""
        while (due := profile.next_at) is not None and (due < instant or (inclusive and due == instant)):
            self.decide(profile, due)

    def decide(self, profile: Profile, instant: int) -> None:
        """Decide the lead on the facts up to `instant`, and find out when it changes next by itself.

        A lead that has not come over yet does only that, if the instant is after the change of model. Nothing is done
        if the instant was only the earliest at which the lead could have changed by itself, and it does not.
        """
        ahead = profile.ahead
        may_be_early = ahead is not None and ahead.not_before == instant and profile.pending != instant
        if may_be_early and instant not in {profile.due, profile.wake}:
            return
        if profile.epoch == self.epoch:
            if profile.wake == instant and not self._is_due(profile, instant):
                self._look(profile, instant)
            else:
                self._decide(profile, instant)
        elif self._former is not None and instant <= max(self.since, profile.clock):
            self._former.decide(profile, instant)
        elif self._former is not None and profile.standing.path:
            self.come_over(profile)
        else:  # new, or it answers for itself again after a change of model that it has missed
            self._forget(profile)
            self._decide(profile, instant)

    def change(self, scorer: Scorer, since: int, renamed: Mapping[str, str]) -> None:
        """Decide under another model from now on; `renamed`: stages of the former one → those of this one."""
        former = copy(self)
        former._former = None  # noqa: SLF001 - of our own class
        self._former, self.epoch = former, self.epoch + 1
        self.scorer, self.map, self.since, self.renamed = scorer, Map(scorer.model.lifecycle), since, renamed
        self.outlooks = Outlooks(scorer, former.outlooks.most)

    def restart(self, scorer: Scorer, epoch: int) -> None:
        """Recovery: decide under this model, which was in force after so many changes."""
        self.scorer, self.map, self.epoch = scorer, Map(scorer.model.lifecycle), epoch
        self.outlooks = Outlooks(scorer, self.outlooks.most)

    def forget_former(self) -> None:
        """Every lead has come over."""
        self._former = None

    def come_over(self, profile: Profile) -> None:
        """Decide the lead at the change of model, or at its clock if that is past: what fires, fires because of it."""
        self._forget(profile)
        self._decide(profile, max(self.since, profile.clock), changed=True)

    def _forget(self, profile: Profile) -> None:
        """Forget what the former model made of the lead's facts."""
        profile.epoch = self.epoch
        for fact in profile.facts.values():
            fact.hits = None
        profile.standing.recent.clear()  # this model may loop no more
        profile.standing.looped = False

    @staticmethod
    def _is_due(profile: Profile, instant: int) -> bool:
        ahead = profile.ahead
        return profile.pending == instant or ((ahead is None or ahead.not_before <= instant) and profile.due == instant)

    def _look(self, profile: Profile, instant: int) -> None:
        """See whether the lead's account has to be told something: nothing else happens."""
        if profile.subject in self.outbox.outlooks:  # what waits for its score record is as of the last decision
            outlook = Outlook(Known(self.scorer, profile.subject, profile.facts, instant))
        else:
            outlook = self.outlooks.of(profile, instant)
        self.announcer.look(profile, outlook)
        self.schedule(profile)

    def _decide(self, profile: Profile, instant: int, *, changed: bool = False) -> None:
        outlook = self.outlooks.of(profile, instant)
        known = outlook.known
        decision = Decision(self.map, outlook, profile.standing, recheck=profile.recheck, changed=changed)
        decision.enter()
        self._announce_merge(profile, decision)
        changes = self._give_back(profile, decision)
        if changed or profile.standing.stage not in self.map.stages:
            carried = carry(profile.standing, self.map, self.renamed, instant)
            changes += [] if carried is None else [carried]
        changes += decision.decide()
        profile.recheck = False
        if changed:
            changes = [_of_model_change(change) for change in changes]
        self.outbox.stage_changes += [stage_change(profile, change, outlook, []) for change in changes]
        entry = (changes[-1].cause, changes[-1].transition) if changes else None
        is_news = profile.pending == instant
        moment = Moment(self.map, decision.judge, profile.said, has_news=is_news, is_new_model=changed, entry=entry)
        for raised in (*decision.raised, *watch(moment)):
            self._signal(profile, raised, outlook)
        if decision.looped:
            self._signal_loop(profile, instant)
        profile.clock = instant
        later = (f.occurred_at for f in profile.facts.values() if f.occurred_at > instant)
        profile.pending = min(later, default=None) if len(known.facts) < len(profile.facts) else None
        self._look_ahead(profile, decision.judge)
        if profile.member or outlook.model.account is not None:
            self.announcer.decided(profile, outlook, changed=changed)
        self.outbox.outlooks[profile.subject] = outlook
        self.schedule(profile)

    def _look_ahead(self, profile: Profile, judge: Judge) -> None:
        """Find out when the lead changes next by itself, or how long surely not."""
        quiet = quiet_until(self.map, judge) if self.is_lazy else profile.clock
        if quiet == NEVER_MS:
            profile.due = None
        elif quiet == profile.clock:
            profile.due = first_change(self.map, judge)
        else:
            profile.ahead = Prospect(judge, self.map, quiet + 1, self.schedule)

    def _announce_merge(self, profile: Profile, decision: Decision) -> None:
        """One record for the standings taken over or closed since the last decision (lifecycle.md, rule 11)."""
        standing, came_from, absorbed = profile.standing, profile.came_from, profile.absorbed
        profile.came_from, profile.absorbed = None, []
        if not absorbed and (came_from is None or came_from == standing.stage):
            return
        from_stage = standing.stage if came_from is None else came_from
        standing.seq += 1
        if came_from is not None:
            standing.entered_seq = standing.seq
            if profile.loan is not None and not profile.loan.seq:
                profile.loan = profile.loan._replace(seq=standing.seq)
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
            sla_due_at=sla_due_at(self.map, standing.stage, standing.entered_at),
        )
        self.outbox.stage_changes.append(stage_change(profile, change, decision.outlook, sorted(absorbed)))

    def _give_back(self, profile: Profile, decision: Decision) -> list[StageChanged]:
        """The standing before a merge, if that was undone and the lead has not moved on since."""
        loan = profile.loan
        if profile.standing.own:
            profile.loan = None
        elif loan is not None and not loan.source:
            profile.loan = None
            return decision.give_back(loan)
        return []

    def _signal(self, profile: Profile, raised: Raised, outlook: Outlook) -> None:
        details = raised.details
        if raised.name == "sla_breached":
            why = [f"{row['title']}: {row['points']:g}" for row in reasons(outlook)]
            details = details | {"reasons": why}
        stage, instant = profile.standing.stage, outlook.known.instant
        self.outbox.signals.append(signal(profile.subject, raised.name, instant, stage, raised.key, details))

    def _signal_loop(self, profile: Profile, instant: int) -> None:
        stage = profile.standing.stage
        details: Document = {"transitions": len(profile.standing.recent)}
        self.outbox.signals.append(signal(profile.subject, "lifecycle_loop", instant, stage, "", details))


def _of_model_change(change: StageChanged) -> StageChanged:
    """What fires when the model changes, fires because of that."""
    if change.cause in {"manual", "correction"}:
        return change
    return replace(change, cause="model_change", trigger_event_id=None)
