"""Messages between subjects.

Those to subjects of this partition are read at once, the others leave with the next checkpoint for `leads.activity.v1`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from pipeline.engine.effects import Forward
from pipeline.engine.messages import (
    Absorb,
    Await,
    Bound,
    Contest,
    Deliver,
    Facts,
    Joining,
    Message,
    Raise,
    Redistribute,
    Taken,
    Withdraw,
    is_for_itself,
    pack_message,
    place_of,
)
from pipeline.engine.table import ProfileTable
from pipeline.partitioning import partition_of
from pipeline.scoring.profile import Profile

Handler = Callable[[Profile, Any], None]


class Exchange:
    """One partition's post. `handlers`: what reads each kind of message; it may post more. `drops`: what none reads."""

    def __init__(self, table: ProfileTable, partition: int, partitions: int) -> None:
        self.forwards: list[Forward] = []
        self.handlers: dict[type[Message], Handler] = {}
        self.drops: Callable[[Message], bool] = lambda _: False
        self._table = table
        self._partition, self._partitions = partition, partitions
        self._here: deque[Message] = deque()

    def is_here(self, subject: str) -> bool:
        """Whether the subject belongs to this partition."""
        return self._partitions == 1 or partition_of(subject.encode(), self._partitions) == self._partition

    def post(self, message: Message) -> None:
        """Send a message to the subject `message.to`."""
        if self.is_here(message.to):
            self._here.append(message)
        else:
            instant, event_id = place_of(message)
            self.forwards.append(Forward(message.to, instant, event_id, pack_message(message)))

    def deliver(self) -> None:
        """Have everything read that was posted to subjects of this partition, and what they answer."""
        while self._here:
            message = self._here.popleft()
            if self.drops(message):
                continue
            profile = self._table.ensure(message.to)
            if profile.alias_of and not is_for_itself(message) and not _stays(profile, message):
                passed = profile.subject in message.via
                if not (passed and self._breaks_circle(profile, message)):
                    message.via.append(profile.subject)
                    message.to = profile.alias_of
                    self.post(message)
                    continue
            source = profile.freed_from
            if source is not None and _is_for_former(profile, source, message):
                message.to = source
                self.post(message)
                continue
            self.handlers[type(message)](profile, message)

    def _breaks_circle(self, profile: Profile, message: Message) -> bool:
        """Merges that met on their way may have made a circle of aliases: the least of them answers for all."""
        circle = message.via[message.via.index(profile.subject) :]
        if profile.subject != min(circle):
            return False
        profile.alias_of, profile.merged_at = "", -1
        self._table.touch(profile)
        return True


def _is_for_former(freed: Profile, source: str, message: Message) -> bool:
    """Whether a message is about the time before a merge was undone: who gives back waits for it."""
    answers = isinstance(message, Absorb | Await | Bound | Joining | Raise | Taken)
    return answers and bool(getattr(message, "instant", 0) < freed.severed[source])


def _stays(alias: Profile, message: Message) -> bool:
    """Whether an alias reads a message itself since it has not handed over yet what was before it became one."""
    if alias.leaving is None or isinstance(message, Contest):
        return False
    if isinstance(message, Deliver):
        return message.event.occurred_at < alias.leaving
    if isinstance(message, Bound | Facts | Redistribute | Withdraw):
        return True
    return bool(getattr(message, "instant", alias.leaving) < alias.leaving)
