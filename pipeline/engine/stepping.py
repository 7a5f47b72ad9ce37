"""What a subject does as time passes: decisions, what its inbox brings, and handing over to whom it belongs."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from pipeline.engine.absorbing import insert_fact
from pipeline.engine.deciding import Decider
from pipeline.engine.exchange import Exchange
from pipeline.engine.messages import Absorb, Erase, Facts, Forget, Message, Unmerge, pack_message, unpack_message
from pipeline.engine.packing import pack, row_of
from pipeline.engine.table import ProfileTable
from pipeline.identity import is_anonymous
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile

FOREVER = 1 << 62

Effect = Callable[[Profile, Any], None]


class Steps:
    """Drives the profiles of one partition through their instants, each in order.

    `horizon`: facts before it may all be expected to be here, so that decisions before it are final. Without other
    partitions to wait for that is for ever. `effects` are what messages do once they leave an inbox.
    """

    def __init__(self, table: ProfileTable, decider: Decider, exchange: Exchange) -> None:
        self.horizon = FOREVER
        self.effects: dict[type[Message], Effect] = {}
        self._table = table
        self.decider = decider
        self._exchange = exchange

    def step(self, profile: Profile, instant: int) -> None:
        """Do what the profile's `next_at`, which is `instant`, stands for."""
        if profile.next_task != instant:
            self.decider.decide(profile, instant)
            return
        if profile.inbox and profile.inbox[0][0] == instant:
            message = unpack_message(profile.inbox.pop(0)[1])
            kind: type[Any] = type(message)
            self.effects[kind](profile, message)
        else:
            self.hand_over(profile)
        self._table.touch(profile)
        self.decider.schedule(profile)

    def catch_up(self, profile: Profile, instant: int) -> None:
        """Do everything the profile has to do before `instant`."""
        end = min(instant, self.horizon)
        while (due := profile.next_at) is not None and due < end:
            self.step(profile, due)

    def receive(self, profile: Profile, instant: int, message: Message) -> None:
        """Let the message take effect once everything before `instant` is done: now, if nothing is waited for."""
        insort(profile.inbox, (instant, pack_message(message)))
        self.work_off(profile)

    def receive_later(self, profile: Profile, instant: int, message: Message) -> None:
        """The same, once time has moved past the instant: what else happens at that instant comes before."""
        insort(profile.inbox, (instant, pack_message(message)))
        self._table.touch(profile)
        self.decider.schedule(profile)

    def work_off(self, profile: Profile) -> None:
        """Empty the inbox and hand over, as far as the horizon and what the profile waits for let it."""
        while (task := profile.next_task) is not None and task <= self.horizon:
            self.catch_up(profile, task)
            if profile.next_task == task:
                self.step(profile, task)
        self._table.touch(profile)
        self.decider.schedule(profile)

    def come_over(self, profile: Profile, *, finally_: bool = False) -> bool:
        """Let a lead come over to the model in force, after what it had to do before; whether it needs to no more.

        It cannot while something of before the change is to be expected (unless `finally_`: wait for nothing).
        """
        decider = self.decider
        if profile.epoch == decider.epoch or not decider.is_changing:
            return True
        if self.horizon <= decider.since and not finally_:
            return False
        self.catch_up(profile, max(decider.since, profile.clock) + 1)
        end = profile.decided_until
        if end is not None and end <= decider.since and not finally_:
            return False
        if profile.standing.path and (not profile.is_alias or profile.leaving is not None):
            decider.come_over(profile)
        return True

    def insert(self, profile: Profile, fact: Activity) -> bool:
        """Add a fact; False if it was there already."""
        self.come_over(profile)
        self.catch_up(profile, fact.occurred_at)
        if not insert_fact(profile, fact):
            return False
        self.changed(profile, fact.occurred_at)
        return True

    def changed(self, profile: Profile, instant: int) -> None:
        """The profile's facts have changed at `instant`: it is decided then, or at its clock if that is past."""
        at = max(instant, profile.clock)
        profile.pending = at if profile.pending is None else max(profile.clock, min(profile.pending, at))
        if profile.due is not None and at <= profile.due:  # what is due before is still so
            profile.due = None
        profile.standing.recent.clear()  # a fact came between: whatever looped may go on
        profile.standing.looped = False
        self._table.touch(profile)
        self.decider.schedule(profile)

    def give_away(self, profile: Profile, facts: list[Activity], subject: str) -> None:
        """These facts of the profile belong to `subject`."""
        for fact in facts:
            del profile.facts[fact.event_id]
            fact.origin = fact.origin or profile.subject
        if facts:
            self._exchange.post(Facts(to=subject, facts=[row_of(fact) for fact in facts]))

    def hand_over(self, profile: Profile) -> None:
        """Everything known of an alias goes to whom it belongs; it keeps its standing, closed."""
        owner = profile.bindings[0][1] if profile.bindings else profile.alias_of
        instant = profile.leaving or 0
        profile.leaving = None
        self.decider.announcer.withdraw(profile, instant)
        own = [received for received in profile.inbox if _is_own(profile, unpack_message(received[1]))]
        profile.inbox = [received for received in profile.inbox if received not in own]
        content = pack(profile)
        self._exchange.post(Absorb(to=owner, source=profile.subject, parent=owner, instant=instant, profile=content))
        profile.facts = {}
        profile.aliases, profile.visitors, profile.waits, profile.inbox = {}, {}, {}, own
        profile.pending = profile.due = profile.came_from = None
        profile.absorbed = []
        if profile.standing.path:
            self.decider.outbox.closed[profile.subject] = None


def _is_own(profile: Profile, message: object) -> bool:
    """Whether a message that is not read yet stays with a subject that hands over."""
    if isinstance(message, Erase):
        return is_anonymous(profile.subject)
    return isinstance(message, Forget | Unmerge)
