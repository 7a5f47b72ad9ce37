"""The engine: applies events to the profiles of one partition and decides their leads. No I/O (see `port.py`)."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.engine.accounts import Accounts
from pipeline.engine.activating import MODEL_KEY, Changeover, ModelChange
from pipeline.engine.announcing import Announcer
from pipeline.engine.binding import Bindings
from pipeline.engine.deciding import Decider, Outbox
from pipeline.engine.documents import Document, score_record
from pipeline.engine.effects import Effects, Keyed, Outcomes
from pipeline.engine.erased import ERASED_PREFIX, Erasures
from pipeline.engine.erasing import Erasing
from pipeline.engine.exchange import Exchange
from pipeline.engine.facts import FactMaker
from pipeline.engine.forgetting import Forgetting
from pipeline.engine.messages import Erase, pack_message, place_of, unpack_message
from pipeline.engine.progress import Progress, Told
from pipeline.engine.receiving import Receiver
from pipeline.engine.severing import Severing
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.engine.targets import check_accounts, check_order, merge_target, unmerge_source
from pipeline.engine.visitors import Visitors
from pipeline.events import Event
from pipeline.scoring.accounts import PREFIX, is_account
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer

_SPARE = 1_000
"""So many entries of the queue may be out of date, beside one for every valid one."""


def wall_clock_ms() -> int:
    """The wall clock, for the stamp `decided_at` only."""
    return time.time_ns() // 1_000_000


class Engine:
    """All scoring of one partition of `partitions`.

    `stream_time` True: the partition's time is the latest `occurred_at` applied, and every lead moves with it, as far
    as the other partitions have come, too; False: other leads move by ticks only. Transitions before `announce_from`
    (ms) are marked `history`. `language` (a tag such as zh-CN): of the titles in the records. `erasure_salt`: what the
    ids of the erased are hashed with.
    """

    def __init__(
        self,
        model: Model,
        *,
        partition: int = 0,
        partitions: int = 1,
        stream_time: bool = True,
        announce_from: int | None = None,
        language: str = "en",
        erasure_salt: str = "",
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.time = 0
        self.outcomes = Outcomes()
        self.erased = Erasures(erasure_salt)
        self.table = ProfileTable(erased=self.erased)
        self.partition, self.partitions = partition, partitions
        self._stream_time = stream_time
        self._announce_from = announce_from
        self._now_ms = now_ms
        self._outbox = Outbox()
        self._queue: list[tuple[int, str]] = []
        self._queue_limit = _SPARE
        self._unsettled: OrderedDict[str, None] = OrderedDict()
        self._ticked = -1
        self._exchange = Exchange(self.table, partition, partitions)
        announcer = Announcer(self._exchange.post)
        self._decider = Decider(Scorer(model, language), self._outbox, self._schedule, announcer)
        self._accounts = Accounts(self.table, self._decider, self._exchange)
        self._steps = Steps(self.table, self._decider, self._exchange)
        self._bindings = Bindings(self.table, self._steps, self._exchange)
        self._visitors = Visitors(self.table, self._steps, self._exchange)
        self._severing = Severing(self._steps, self._exchange)
        self._forgetting = Forgetting(self.erased, self.table, self._bindings, self._steps, self._exchange)
        self._visitors.left_empty = self._forgetting.settle
        erasing = Erasing(
            self.erased, self.table, self._forgetting, self._severing, self._steps, self._exchange, self.outcomes
        )
        self._receiver = Receiver(
            FactMaker(model), self._exchange, self._steps, self._bindings, self._visitors, erasing, self.outcomes
        )
        self._models = Changeover(
            model,
            table=self.table,
            decider=self._decider,
            steps=self._steps,
            exchange=self._exchange,
            receiver=self._receiver,
            accounts=self._accounts,
        )
        self._progress = Progress(partition, partitions) if stream_time and partitions > 1 else None
        if self._progress is not None:
            self._steps.horizon = self._progress.horizon

    def apply(self, event: Event) -> None:
        """Apply one inbound event. Raises Refused, with nothing changed, if it must become a dead letter."""
        merge_target(event)
        unmerge_source(event)
        check_order(event, self._decider.map.stages)
        if self.model.account is not None:
            check_accounts(event)
        if self._stream_time:
            self.prepare(event.occurred_at)
            self.time = max(self.time, event.occurred_at)
        self._receiver.take(event)

    def erase(self, subject: str, until: int) -> None:
        """Erase a subject up to the instant (ms), as `crm.erased` does."""
        self._exchange.post(Erase(to=subject, subject=subject, instant=until))
        self._exchange.deliver()

    def apply_forward(self, body: bytes) -> None:
        """Apply one record of `leads.activity.v1`. Raises Refused if it is none."""
        message = unpack_message(body)
        if isinstance(message, Told):
            if self._progress is not None:
                self._progress.hear(message)
                self._steps.horizon = self._progress.horizon
            return
        if self._stream_time:
            self.time = max(self.time, place_of(message)[0])
        self._exchange.post(message)
        self._exchange.deliver()

    def progress(self, instant: int | None, *, trusting: bool = True) -> bool:
        """The inputs have nothing before `instant` any more (None: nothing at all, for now)."""
        if self._progress is None:
            return False
        has_moved = self._progress.read(instant, trusting=trusting)
        self._steps.horizon = self._progress.horizon
        return has_moved

    def prepare(self, instant: int, limit: int | None = None) -> int:
        """Decide the leads that an event of this instant makes due, `limit` times at most; how often it did."""
        if not self._stream_time:
            return 0
        return self._advance(max(instant, self.time) if self._progress is None else self._stream_end(), limit)

    def tick(self, instant: int, limit: int | None = None) -> int:
        """The time is `instant`: decide every lead that is due by then, each at its own due instant.

        Decides `limit` times at most and returns how often it did; it is that time once it was less often. Under
        `stream` with several partitions that goes as far as the others have come; `settle` does the rest.
        """
        self._ticked = max(self._ticked, instant)
        decided = self._advance(instant + 1 if self._progress is None else self._stream_end(), limit)
        if limit is None or decided < limit:
            self.time = max(self.time, instant)
        return decided

    def settle(self, limit: int | None = None) -> int:
        """Decide the leads whose newest facts wait for others of the same instant; `limit` as with `tick`."""
        if self._stream_time:
            return 0 if self._progress is None else self._advance(self._stream_end(), limit)
        decided = 0
        while self._unsettled and decided != limit:
            subject, _ = self._unsettled.popitem(last=False)
            profile = self.table.ensure(subject)
            if profile.pending is not None and (instant := profile.next_at) is not None:
                self._steps.step(profile, instant)
                self._exchange.deliver()
                decided += 1
        if decided != limit and not self.is_changing:
            decided += self._accounts.settle(None if limit is None else limit - decided)
        return decided

    @property
    def model(self) -> Model:
        """The model in force."""
        return self._models.model

    def activate(self, change: ModelChange) -> None:
        """Put another model in force; the leads come over with `bring_over`. Raises Refused if it cannot be used."""
        self.time = max(self.time, self._models.activate(change, self.time))

    @property
    def is_changing(self) -> bool:
        """Whether leads are still to come over to the model in force."""
        return self._models.is_changing

    def bring_over(self, limit: int | None = None) -> int:
        """Let leads come over to the model in force, `limit` at most; 0: none can at present."""
        moved = self._models.bring_over(limit)
        if moved:  # what they do by themselves before the present time has been passed over meanwhile
            end = self._stream_end() if self._stream_time else self._ticked + 1
            moved += self._advance(end, None if self._progress is None else limit)
        return moved

    def next_due(self) -> int | None:
        """The earliest instant at which something changes by itself, or None."""
        due = self._next_lead()
        if self._progress is None and (account := self._accounts.next_due()) is not None:
            due = account if due is None else min(due, account)
        return due

    def in_force(self) -> tuple[str, str, list[str]]:
        """The model in force: id, version, its stages."""
        return self.model.id, self.model.model_version, [stage.id for stage in self.model.lifecycle.stages]

    def queued(self) -> int:
        """Entries in the due queue, outdated ones included."""
        return len(self._queue) + len(self._accounts)

    def take(self) -> Effects:
        """Hand over what has to be written since the last call."""
        outbox, effects = self._outbox, Effects()
        for subject in outbox.closed:
            outbox.outlooks.pop(subject, None)
            effects.scores.append(Keyed(subject, None))
        effects.scores += [Keyed(subject, None, until) for subject, until in self._forgetting.gone.items()]
        self._forgetting.gone.clear()
        for subject, outlook in outbox.outlooks.items():
            effects.scores.append(Keyed(subject, score_record(self.table.ensure(subject), outlook, self._decider.map)))
        effects.stage_changes = [Keyed(doc["lead_id"], self._published(doc)) for doc in outbox.stage_changes]
        effects.signals = [Keyed(doc["lead_id"], doc) for doc in outbox.signals]
        outbox.stage_changes.clear()
        outbox.signals.clear()
        outbox.outlooks.clear()
        outbox.closed.clear()
        effects.forwards, self._exchange.forwards = self._exchange.forwards, []
        if self._progress is not None and (news := self._progress.news(*self._of_leads())) is not None:
            effects.progress = pack_message(news)
        # Last, since it lets go of profiles that were in use.
        self._forgetting.tidy()
        effects.changelog = [*self._models.written(), *self.erased.take(), *self.table.take()]
        return effects

    def announced(self) -> tuple[list[Document], list[Document]]:
        """Hand over only the new stage changes and signals, without `decided_at`: a replay stores nothing."""
        outbox = self._outbox
        found = (outbox.stage_changes[:], outbox.signals[:])
        outbox.stage_changes.clear()
        outbox.signals.clear()
        outbox.outlooks.clear()
        outbox.closed.clear()
        self._forgetting.gone.clear()
        return found

    def load(self, key: bytes, value: bytes | None) -> None:
        """Recovery: put one changelog record into the table."""
        if key == MODEL_KEY:
            self._models.load(value)
        elif key.startswith(ERASED_PREFIX):
            self.erased.load(key, value)
        else:
            self.table.load(key, value)

    def state(self) -> dict[str, Any]:
        """The engine's own few values; everything before `until` is decided, as far as its facts are here."""
        end = self._stream_end() if self._stream_time else self.time + 1
        due, account = self._next_lead(), self._accounts.next_due()
        until = end if due is None else min(end, due)
        if account is not None and account < self._accounts_end(end):
            until = min(until, account)
        if self.is_changing:
            until = min(until, self._models.in_force.since)
        state = {"time": self.time, "until": until} | self._models.state()
        if self._stream_time:
            state["wanted"] = max(self.time, self._ticked + 1)
        if self._progress is not None:
            state |= {"ticked": self._ticked, "progress": self._progress.packed()}
            if self._accounts.are_used:
                state["waiting"] = self.table.waiting()
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Recovery: the values of the last marker."""
        self.time = int(state.get("time", 0))
        self._ticked = int(state.get("ticked", -1))
        if self._progress is not None and "progress" in state:
            self._progress.restore(state["progress"])
            self._steps.horizon = self._progress.horizon
        self.table.mark_waiting(state.get("waiting", ()))
        self._models.restore(state)
        self._tidy()

    def write_over(self, keys: Sequence[bytes]) -> None:
        """Recovery: hand out these keys with the next `take`, as the table has them."""
        if MODEL_KEY in keys:
            self._models.write_over()
        self.erased.write_over(key for key in keys if key.startswith(ERASED_PREFIX))
        self.table.write_over(key for key in keys if key != MODEL_KEY and not key.startswith(ERASED_PREFIX))

    def __len__(self) -> int:
        return len(self.table)

    def profiles(self) -> Iterator[Profile]:
        """Every profile of the table."""
        self._forgetting.tidy()
        return iter(self.table)

    def _stream_end(self) -> int:
        """Until when leads may be decided when time is in the events."""
        return min(self._steps.horizon, max(self.time, self._ticked + 1))

    def _advance(self, end: int, limit: int | None) -> int:
        """Do what is due before `end`, at most `limit` times; how often it did."""
        queue, done = self._queue, 0
        while queue and queue[0][0] < end and done != limit:
            due, subject = heapq.heappop(queue)
            if self.table.next_at(subject) == due:
                self._steps.step(self.table.ensure(subject), due)
                self._exchange.deliver()
                done += 1
        if done != limit and self._accounts:
            done += self._accounts.advance(self._accounts_end(end), None if limit is None else limit - done)
        return done

    def _next_lead(self) -> int | None:
        """The earliest instant at which some lead has something to do, or None."""
        while self._queue:
            instant, subject = self._queue[0]
            if self.table.next_at(subject) == instant:
                return instant
            heapq.heappop(self._queue)
        return None

    def _accounts_end(self, end: int) -> int:
        """Until when accounts may be decided, once the leads of this partition are up to `end`."""
        if self._progress is not None:
            decided, reached = self._of_leads()
            end = min(decided, self._progress.others_decided(), max(reached, self._progress.others_reached()))
        return min(end, self._models.in_force.since) if self.is_changing else end

    def _of_leads(self) -> tuple[int, int]:
        """Until when this partition's leads are decided, whatever comes; the latest time it knows of."""
        if not self._accounts.are_used:
            return -1, -1
        ends = [self._steps.horizon, self._next_lead(), self.table.waits_since()]
        if self.is_changing:
            ends.append(self._models.in_force.since)
        return min(end for end in ends if end is not None), max(self.time, self._ticked + 1)

    def _schedule(self, profile: Profile) -> None:
        if is_account(profile):
            self._accounts.schedule(profile)
            return
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
        due = list(self.table.all_due())
        self._queue[:] = [entry for entry in due if not entry[1].startswith(PREFIX)]
        heapq.heapify(self._queue)
        self._accounts.fill(entry for entry in due if entry[1].startswith(PREFIX))
        self._queue_limit = 2 * len(self._queue) + _SPARE

    def _published(self, document: Document) -> Document:
        published = document | {"decided_at": format_instant(self._now_ms())}
        if self._announce_from is not None and document["occurred_at"] < format_instant(self._announce_from):
            published["history"] = True
        return published
