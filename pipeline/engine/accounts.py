"""The accounts of one partition: they take what contacts announce, and are decided once all of an instant is there.

Announcements wait in the account's inbox until their instant is over everywhere. An account tells no lead anything, so
accounts are decided behind the leads, up to the same instant (`progress.py` says how far all partitions are).
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.engine.account_documents import account_change
from pipeline.engine.deciding import Decider
from pipeline.engine.documents import Document, signal
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import Announce, Depart, pack_message, unpack_message
from pipeline.engine.table import ProfileTable
from pipeline.scoring.account_stages import AccountDecision
from pipeline.scoring.accounts import Contact, Roll, is_account
from pipeline.scoring.carrying import carry
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.model import Account, Model
from pipeline.scoring.profile import Profile

_SPARE = 1_000
"""So many entries of the queue may be out of date, beside one for every valid one."""

News = Announce | Depart


@dataclass(frozen=True, slots=True)
class _InForce:
    """A model's accounts. `epoch`: how many changes of model there had been; `since`: its instant."""

    model: Model
    account: Account | None
    map: Map | None
    epoch: int
    since: int


class Accounts:
    """Decides the accounts of one partition, under the model of the decider."""

    def __init__(self, table: ProfileTable, decider: Decider, exchange: Exchange) -> None:
        self._table, self._decider = table, decider
        self._queue: list[tuple[int, str]] = []
        self._queue_limit = _SPARE
        self._unsettled: OrderedDict[str, None] = OrderedDict()
        self._now = self._former = self._in_force()
        exchange.handlers |= {Announce: self._on_news, Depart: self._on_news}

    @property
    def are_used(self) -> bool:
        """Whether the model in force, or the one before, has accounts."""
        return self._now.account is not None or self._former.account is not None

    def __len__(self) -> int:
        """Entries in the queue, outdated ones included."""
        return len(self._queue)

    def schedule(self, profile: Profile) -> None:
        """The account's next instant may have changed."""
        self._table.touch(profile)
        instant = profile.next_at
        if instant is not None:
            heapq.heappush(self._queue, (instant, profile.subject))
            if len(self._queue) > self._queue_limit:
                self.fill(entry for entry in self._queue if self._table.next_at(entry[1]) == entry[0])

    def fill(self, due: Iterable[tuple[int, str]]) -> None:
        """Fill the queue anew with (instant, account)."""
        self._queue[:] = set(due)
        heapq.heapify(self._queue)
        self._queue_limit = 2 * len(self._queue) + _SPARE

    def next_due(self) -> int | None:
        """The earliest instant at which some account has something to decide, or None."""
        while self._queue:
            instant, subject = self._queue[0]
            if self._table.next_at(subject) == instant:
                return instant
            heapq.heappop(self._queue)
        return None

    def advance(self, end: int, limit: int | None = None) -> int:
        """Decide what comes before `end`, at most `limit` times; how often it did."""
        done = 0
        while done != limit and (instant := self.next_due()) is not None and instant < end:
            _, subject = heapq.heappop(self._queue)
            self._decide(self._table.ensure(subject), instant)
            done += 1
        return done

    def settle(self, limit: int | None = None) -> int:
        """Under a live clock: decide the accounts that have announcements, whatever is still to come."""
        done = 0
        while self._unsettled and done != limit:
            subject, _ = self._unsettled.popitem(last=False)
            profile = self._table.ensure(subject)
            if is_account(profile) and profile.inbox and (instant := profile.next_at) is not None:
                self._decide(profile, instant)
                if profile.inbox:
                    self._unsettled[subject] = None
                done += 1
        return done

    def change(self) -> None:
        """Another model is in force: what comes before the decider's `since` is decided under the former one."""
        self._former, self._now = self._now, self._in_force()

    def come_over(self, profile: Profile) -> None:
        """Have the account decided at the change of model, whether or not a contact announces."""
        profile.pending = max(self._now.since, profile.clock)
        self.schedule(profile)

    def _in_force(self) -> _InForce:
        decider = self._decider
        account = decider.scorer.model.account
        stages = None if account is None else Map(account.lifecycle)
        return _InForce(decider.scorer.model, account, stages, decider.epoch, decider.since)

    def _on_news(self, profile: Profile, news: News) -> None:
        if profile.facts:  # a lead has the account's id
            return
        if profile.inbox and profile.inbox[-1][0] > news.instant:  # a late fact: what it announced for later is no more
            profile.inbox = [entry for entry in profile.inbox if not _is_outdated(entry, news)]
        instant = max(news.instant, profile.clock)
        insort(profile.inbox, (instant, pack_message(news)), key=lambda entry: entry[0])
        self._unsettled[profile.subject] = None
        self.schedule(profile)

    def _decide(self, profile: Profile, instant: int) -> None:
        """Take in what was announced for the instant, and decide the account then."""
        if not is_account(profile):  # a lead has the account's id
            self._decider.schedule(profile)
            return
        news = self._taken(profile, instant)
        force = self._former if instant < self._now.since else self._now
        account, stages = force.account, force.map
        profile.pending, profile.clock = None, instant
        if account is None or stages is None:
            profile.due = None
            self.schedule(profile)
            return
        roll, standing = Roll.of(profile), profile.standing
        is_new = not standing.path
        came_over = not is_new and profile.epoch != force.epoch
        changed = came_over or any(each.changed for each in news)
        events = [each.event_id for each in news if each.event_id is not None and each.instant == instant]
        trigger = min(events, default=None)
        decision = AccountDecision(stages, roll, standing, instant, trigger, changed=changed)
        decision.enter()
        if news or changed:
            standing.recent.clear()
            standing.looped = False
        moved = []
        if came_over:
            carried = carry(standing, stages, {}, instant)
            moved += [] if carried is None else [carried]
        profile.epoch = force.epoch
        moved += decision.decide()
        outbox = self._decider.outbox
        outbox.stage_changes += [account_change(profile, change, roll, force.model) for change in moved]
        if decision.looped:
            self._signal(profile, "lifecycle_loop", "", {"transitions": len(standing.recent)})
        self._tell_conflicts(profile, roll)
        profile.due = decision.next_change()
        self.schedule(profile)

    def _taken(self, profile: Profile, instant: int) -> list[News]:
        """What was announced for the instant, written down."""
        inbox, news = profile.inbox, list[News]()
        while inbox and inbox[0][0] <= instant:
            found = unpack_message(inbox.pop(0)[1])
            if isinstance(found, Depart):
                profile.contacts.pop(found.contact, None)
                news.append(found)
            elif isinstance(found, Announce):
                roles, claim = tuple(found.roles), found.claim
                row = [found.total, found.instant, found.stage, roles, claim]
                profile.contacts[found.contact] = Contact.of(row).row()
                news.append(found)
        return news

    def _tell_conflicts(self, profile: Profile, roll: Roll) -> None:
        first, *others = roll.owners or [""]
        for owner in others:
            if f"account_conflict:{owner}" not in profile.raised:
                profile.raised.add(f"account_conflict:{owner}")
                details: Document = {"owners": [first, owner], "leads": roll.owned_by([first, owner])}
                self._signal(profile, "account_conflict", owner, details)

    def _signal(self, profile: Profile, name: str, key: str, details: Document) -> None:
        found = signal(profile.subject, name, profile.clock, profile.standing.stage, key, details)
        self._decider.outbox.signals.append(found)


def _is_outdated(entry: tuple[int, bytes], news: News) -> bool:
    waiting = unpack_message(entry[1])
    return isinstance(waiting, Announce | Depart) and waiting.contact == news.contact and entry[0] > news.instant
