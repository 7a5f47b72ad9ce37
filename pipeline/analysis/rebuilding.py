"""A table made anew out of the log under another model, and what has to be told of it (`leadtide rebuild`).

The facts are read again, so that they are kept with what the model reads. Whoever was told something before is told
only what is different now: a lead goes on under its next `seq`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.engine.account_documents import account_change
from pipeline.engine.documents import Document, score_record, stage_change
from pipeline.engine.effects import Effects, Keyed
from pipeline.engine.engine import Engine
from pipeline.engine.erased import ERASED_PREFIX, Erasures
from pipeline.engine.errors import Refused
from pipeline.engine.packing import pack, unpack
from pipeline.events import Event
from pipeline.scoring.accounts import Roll, is_account
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer

_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Until:
    """How far the table is decided, as the workers left it.

    Everything before `end` (ms) is. With `settled` so is what came later: under a clock that is not in the events.
    """

    end: int
    settled: bool


def scored(
    model: Model, events: list[Event], until: Until, progress: Callable[[int, int], None], erased: Erasures
) -> Engine:
    """An engine that holds all events, each in its place in time; nothing of what it announces is kept.

    Several partitions are one here, since whoever has read all knows whose each fact is. Who is `erased` stays so, even
    if the event that said so has fallen to retention.
    """
    engine = Engine(model, stream_time=False, now_ms=lambda: 0)
    events.sort(key=lambda event: (event.occurred_at, event.event_id))
    for number, event in enumerate(events):
        engine.tick(min(event.occurred_at, until.end) - 1)
        try:
            engine.apply(event)
        except Refused:  # a dead letter then, which is there already
            continue
        if number % _STEP == 0:
            engine.announced()
            progress(number, len(events))
    for subject in engine.table.subjects():
        if erased.until(subject) > engine.erased.until(subject):
            engine.erase(subject, erased.until(subject))
    engine.tick(until.end - 1)
    if until.settled:
        engine.settle()
    engine.announced()
    progress(len(events), len(events))
    return engine


@dataclass(slots=True)
class Rebuilt:
    """One partition's part. `moves`: (from, to) of every stage change; `gone`: how many subjects are no more."""

    effects: Effects = field(default_factory=Effects)
    profiles: int = 0
    gone: int = 0
    moves: list[tuple[str, str]] = field(default_factory=list)


class Successor:
    """Gives each profile of the new table what the old one has told already.

    `epoch`: of the model, `instant`: ms, `language`: of the titles in the records, `erased`: whose `seq` goes on.
    """

    def __init__(
        self,
        model: Model,
        *,
        epoch: int,
        instant: int,
        stamp: Callable[[Document], Document],
        language: str = "en",
        erased: Erasures | None = None,
    ) -> None:
        self._erased = Erasures("") if erased is None else erased
        self._reader = Reader(Scorer(model, language))
        self._model, self._map = model, Map(model.lifecycle)
        self._epoch, self._instant, self._stamp = epoch, instant, stamp

    def part(
        self,
        profiles: Iterable[Profile],
        before: Mapping[bytes, bytes],
        unmarked: Iterable[bytes] = (),
        rows: Mapping[bytes, bytes] = MappingProxyType({}),
    ) -> Rebuilt:
        """One partition: `before` are its packed profiles, `unmarked` other keys that a cut-off checkpoint left.

        `rows` are those of its erased people, which stay.
        """
        cut_off = [key for key in unmarked if key.startswith(ERASED_PREFIX)]
        rebuilt, left = Rebuilt(), dict.fromkeys([*before, *(key for key in unmarked if key not in cut_off)])
        effects = rebuilt.effects
        effects.changelog += [(key, rows.get(key)) for key in cut_off]
        for profile in profiles:
            key = profile.subject.encode()
            left.pop(key, None)
            packed = before.get(key)
            old = Profile(profile.subject) if packed is None else unpack(packed)
            if packed is None:
                old.standing.seq = self._erased.seq(profile.subject)
            change = self._succeed(profile, old)
            if change is not None:
                effects.stage_changes.append(Keyed(profile.subject, self._stamp(change)))
                rebuilt.moves.append((change["from_stage"], change["to_stage"]))
            if is_lead(profile):
                outlook = self._reader.outlook(profile, profile.clock)
                effects.scores.append(Keyed(profile.subject, score_record(profile, outlook, self._map)))
            elif is_lead(old):
                effects.scores.append(Keyed(profile.subject, None))
            effects.changelog.append((key, pack(profile)))
            rebuilt.profiles += 1
        for key in left:
            effects.changelog.append((key, None))
            effects.scores.append(Keyed(key.decode(), None))
            rebuilt.gone += 1
        return rebuilt

    def _succeed(self, profile: Profile, old: Profile) -> Document | None:
        """The lead goes on where its announcements ended; the change that has to be told, or None."""
        standing = profile.standing
        standing.seq = standing.entered_seq = old.standing.seq
        profile.epoch = self._epoch
        profile.raised |= old.raised
        if is_account(profile):
            return self._succeed_account(profile, old)
        told = old.standing.stage if old.standing.seq else self._map.lifecycle.entry
        if not is_lead(profile) or standing.stage == told or profile.came_from is not None:
            return None
        standing.seq += 1
        standing.entered_seq = standing.seq
        profile.clock = instant = max(self._instant, profile.clock, old.clock)
        outlook = self._reader.outlook(profile, instant)
        direction = self._map.direction(told, standing.stage) if told in self._map.stages else "side"
        change = StageChanged(standing.seq, told, standing.stage, direction, "model_change", instant, None, None)
        return stage_change(profile, change, outlook, [])

    def _succeed_account(self, profile: Profile, old: Profile) -> Document | None:
        account, standing = self._model.account, profile.standing
        if account is None or not standing.path:
            return None
        told = old.standing.stage if old.standing.seq else account.lifecycle.entry
        if standing.stage == told:
            return None
        standing.seq += 1
        standing.entered_seq = standing.seq
        profile.clock = instant = max(self._instant, profile.clock, old.clock)
        stages = Map(account.lifecycle)
        direction = stages.direction(told, standing.stage) if told in stages.stages else "side"
        change = StageChanged(standing.seq, told, standing.stage, direction, "model_change", instant, None, None)
        return account_change(profile, change, Roll.of(profile), self._model)
