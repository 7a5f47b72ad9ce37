"""How far the other partitions are: until when all facts may be expected to be here.

Under a clock that is in the events, a lead must not be decided while facts of an earlier instant are still on their
way from other partitions. So each partition tells all others how far it has read. Level 0 says: I have read all inputs
before this instant. Level k says: and of what takes k messages one after the other, too. A chain such as wrong key →
visitor → address → merged lead is that long at most.

Accounts come behind the leads of all partitions: each tells, too, until when its own are decided, and the latest time
that it knows of. What a lead announces leaves before the news that it is decided.
"""

from __future__ import annotations

import msgspec

LEVELS = 10
FOREVER = 1 << 62
_NOTHING = -1


class Told(msgspec.Struct, tag="progress"):
    """What one partition tells the others."""

    partition: int
    levels: list[int]
    decided: int = -1
    reached: int = -1


class Progress:
    """One partition's view. `horizon`: facts before it are here, as far as anybody can know.

    It goes back when inputs that were at their end go on.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.horizon = _NOTHING
        self._partition, self._partitions = partition, partitions
        self._read = _NOTHING
        self._trusting = True
        self._told: dict[int, Told] = {}
        self._announced: Told | None = None

    def read(self, instant: int | None, *, trusting: bool) -> bool:
        """This partition's inputs have nothing before `instant` any more (None: nothing at all); the horizon moved?

        Not `trusting`: its inputs have just gone on, so those of the others that were at their end may have, too.
        """
        self._read, self._trusting = FOREVER if instant is None else instant, trusting
        return self._move()

    def hear(self, told: Told) -> bool:
        """Another partition's news; whether the horizon moved."""
        self._told[told.partition] = told
        return self._move()

    def news(self, decided: int, reached: int) -> Told | None:
        """What the others have not been told yet: with how far this partition's levels are, how far its leads are."""
        told = Told(self._partition, self._levels(), decided, reached)
        if told == self._announced:
            return None
        self._announced = told
        return told

    def others_decided(self) -> int:
        """Until when all leads of the other partitions are decided, and what they announce is here."""
        if len(self._told) < self._partitions - 1:
            return _NOTHING
        return min(told.decided for told in self._told.values())

    def others_reached(self) -> int:
        """The latest time that another partition knows of."""
        return max((told.reached for told in self._told.values()), default=_NOTHING)

    def packed(self) -> dict[str, object]:
        """For the checkpoint's marker."""
        return {"told": {str(number): [t.levels, t.decided, t.reached] for number, t in self._told.items()}}

    def restore(self, packed: dict[str, object]) -> None:
        """What `packed` said."""
        told = packed["told"]
        if not isinstance(told, dict):
            return
        for number, found in told.items():
            # an earlier version wrote the levels only
            levels, *more = found if found and isinstance(found[0], list) else [found]
            self._told[int(number)] = Told(int(number), list(levels), *more)

    def _others(self, level: int) -> int:
        if len(self._told) < self._partitions - 1:
            return _NOTHING
        least = min(told.levels[level] for told in self._told.values())
        return _NOTHING if not self._trusting and any(FOREVER in t.levels for t in self._told.values()) else least

    def _levels(self) -> list[int]:
        levels = [self._read]
        for level in range(LEVELS - 1):
            levels.append(min(levels[-1], self._others(level)))
        return levels

    def _move(self) -> bool:
        before = self.horizon
        self.horizon = min(self._levels()[-1], self._others(LEVELS - 1))
        return self.horizon > before
