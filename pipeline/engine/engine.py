"""The engine: applies events to the profiles of one partition and decides their leads. No I/O (see `port.py`)."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.engine.absorbing import insert_fact
from pipeline.engine.binding import Bindings, wait_for_decision
from pipeline.engine.deciding import Decider, Outbox
from pipeline.engine.documents import Document, score
from pipeline.engine.effects import Effects, Keyed, Outcomes
from pipeline.engine.errors import Refused
from pipeline.engine.facts import FactMaker
from pipeline.engine.table import ProfileTable
from pipeline.events import Event
from pipeline.identity import identities, is_anonymous, is_no_identity
from pipeline.scoring.ledger import reasons
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer

_SPARE = 1_000
"""So many entries of the queue may be out of date, beside one for every valid one."""


def wall_clock_ms() -> int:
    """The wall clock, for the stamp `decided_at` only."""
    return time.time_ns() // 1_000_000


class Engine:
    """All scoring of one partition.

    `stream_time` True: the partition's time is the latest `occurred_at` applied, and every lead moves with it; False:
    other leads move by ticks only. Transitions before `announce_from` (ms) are marked `history`.
    """

    def __init__(
        self,
        model: Model,
        *,
        partition: int = 0,
        partitions: int = 1,
        stream_time: bool = True,
        announce_from: int | None = None,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.time = 0
        self.outcomes = Outcomes()
        self.model = model
        self.table = ProfileTable()
        self.partition, self.partitions = partition, partitions
        self._stream_time = stream_time
        self._announce_from = announce_from
        self._now_ms = now_ms
        self._outbox = Outbox()
        self._queue: list[tuple[int, str]] = []
        self._queue_limit = _SPARE
        self._unsettled: OrderedDict[str, None] = OrderedDict()
        self._decider = Decider(Scorer(model), self._outbox, self._schedule)
        self._bindings = Bindings(self.table, self._decider)
        self._facts = FactMaker(model)

    def apply(self, event: Event) -> None:
        """Apply one inbound event. Raises Refused, with nothing changed, if it must become a dead letter."""
        into = _merge_target(event)
        instant = event.occurred_at
        if self._stream_time:
            self.prepare(instant)
            self.time = max(self.time, instant)
        who = identities(event)
        if is_anonymous(who.subject):
            lead = self._bindings.owner_at(self._bindings.root(who.subject), instant)
        else:
            for weaker in who.bound:
                self._bindings.bind(weaker, who.subject, instant)
            if who.visitor is not None:
                self._bindings.bind_visitor(who.visitor, who.subject, instant)
            if into is not None:
                self._bindings.merge(who.subject, into, instant)
            lead = self._bindings.root(who.subject)
        self._insert(lead, event, who.subject)

    def apply_forward(self, message: dict[str, Any]) -> None:
        """Apply one record of `leads.activity.v1`."""
        raise Refused("not_forwarded", f"one partition forwards nothing to itself: {sorted(message)}")

    def prepare(self, instant: int, limit: int | None = None) -> int:
        """Decide the leads that an event of this instant makes due, `limit` times at most; how often it did."""
        return self._advance(max(instant, self.time), limit) if self._stream_time else 0

    def tick(self, instant: int, limit: int | None = None) -> int:
        """The time is `instant`: decide every lead that is due by then, each at its own due instant.

        Decides `limit` times at most and returns how often it did; it is that time once it was less often.
        """
        decided = self._advance(instant + 1, limit)
        if limit is None or decided < limit:
            self.time = max(self.time, instant)
        return decided

    def settle(self, limit: int | None = None) -> int:
        """Decide the leads whose newest facts wait for others of the same instant; `limit` as with `tick`."""
        decided = 0
        while self._unsettled and decided != limit:
            subject, _ = self._unsettled.popitem(last=False)
            profile = self.table.ensure(subject)
            if profile.pending is not None and (instant := profile.next_at) is not None:
                self._decider.decide(profile, instant)
                decided += 1
        return decided

    def next_due(self) -> int | None:
        """The earliest instant at which some lead changes by itself, or None."""
        while self._queue:
            instant, subject = self._queue[0]
            if self.table.next_at(subject) == instant:
                return instant
            heapq.heappop(self._queue)
        return None

    def queued(self) -> int:
        """Entries in the due queue, outdated ones included."""
        return len(self._queue)

    def take(self) -> Effects:
        """Hand over what has to be written since the last call."""
        outbox, effects = self._outbox, Effects()
        for subject in outbox.closed:
            outbox.outlooks.pop(subject, None)
            effects.scores.append(Keyed(subject, None))
        for subject, outlook in outbox.outlooks.items():
            document = score(self.table.ensure(subject), outlook) | {"reasons": reasons(outlook)}
            effects.scores.append(Keyed(subject, document))
        effects.stage_changes = [Keyed(doc["lead_id"], self._published(doc)) for doc in outbox.stage_changes]
        effects.signals = [Keyed(doc["lead_id"], doc) for doc in outbox.signals]
        outbox.stage_changes.clear()
        outbox.signals.clear()
        outbox.outlooks.clear()
        outbox.closed.clear()
        # Last, since it lets go of profiles that were in use.
        effects.changelog = self.table.take()
        return effects

    def announced(self) -> tuple[list[Document], list[Document]]:
        """Hand over only the new stage changes and signals, without `decided_at`: a replay stores nothing."""
        outbox = self._outbox
        found = (outbox.stage_changes[:], outbox.signals[:])
        outbox.stage_changes.clear()
        outbox.signals.clear()
        outbox.outlooks.clear()
        outbox.closed.clear()
        return found

    def load(self, key: bytes, value: bytes | None) -> None:
        """Recovery: put one changelog record into the table."""
        self.table.load(key, value)

    def state(self) -> dict[str, Any]:
        """The engine's own few values."""
        return {"time": self.time, "model": f"{self.model.id} {self.model.model_version}"}

    def restore(self, state: dict[str, Any]) -> None:
        """Recovery: the values of the last marker."""
        self.time = int(state.get("time", 0))
        self._tidy()

    def write_over(self, keys: Sequence[bytes]) -> None:
        """Recovery: hand out these keys with the next `take`, as the table has them."""
        self.table.write_over(keys)

    def __len__(self) -> int:
        return len(self.table)

    def profiles(self) -> Iterator[Profile]:
        """Every profile of the table."""
        return iter(self.table)

    def _insert(self, lead: Profile, event: Event, subject: str) -> None:
        self._decider.catch_up(lead, event.occurred_at, inclusive=False)
        fact = self._facts.fact_of(event)
        fact.origin = subject
        if insert_fact(lead, fact):
            wait_for_decision(lead, event.occurred_at)
            self.table.touch(lead)
            self._schedule(lead)
        else:
            self.outcomes.duplicates += 1

    def _advance(self, end: int, limit: int | None) -> int:
        """Decide what is due before `end`, at most `limit` times; how often it did."""
        queue, decided = self._queue, 0
        while queue and queue[0][0] < end and decided != limit:
            due, subject = heapq.heappop(queue)
            if self.table.next_at(subject) == due:
                self._decider.decide(self.table.ensure(subject), due)
                decided += 1
        return decided

    def _schedule(self, profile: Profile) -> None:
        self.table.touch(profile)
        if profile.pending is not None and not self._stream_time:
            self._unsettled[profile.subject] = None
        instant = profile.next_at
        if instant is not None:
            heapq.heappush(self._queue, (instant, profile.subject))
            if len(self._queue) > self._queue_limit:
                self._tidy()

    def _tidy(self) -> None:
        """Fill the queue anew: every decision leaves an entry behind that is often out of date long before its time."""
        self._queue[:] = self.table.all_due()
        heapq.heapify(self._queue)
        self._queue_limit = 2 * len(self._queue) + _SPARE

    def _published(self, document: Document) -> Document:
        published = document | {"decided_at": format_instant(self._now_ms())}
        if self._announce_from is not None and document["occurred_at"] < format_instant(self._announce_from):
            published["history"] = True
        return published


def _merge_target(event: Event) -> str | None:
    """The lead that a `crm.merged` names. Raises Refused if it names none that can be."""
    if event.type != "crm.merged":
        return None
    into = event.properties.get("into")
    if not isinstance(into, str):
        raise Refused("missing_field", "crm.merged needs `into`, the lead_id of the other lead, as text")
    if is_no_identity(into):
        raise Refused("no_identity", f"crm.merged: `into` is {into!r}, which is nobody")
    if is_anonymous(into):
        raise Refused("reserved_identity", f"crm.merged: `into` is {into!r}, but a visitor is no lead")
    return into
