"""The profiles of one partition: packed bytes for all, unpacked ones for those in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from pipeline.engine import packing
from pipeline.engine.erased import Erasures
from pipeline.engine.packing import pack, unpack
from pipeline.scoring.profile import Profile

HOT = 20_000
"""How many profiles stay unpacked between checkpoints."""


class ProfileTable:
    """A mapping from subject id to profile. What was changed must be told with `touch`.

    `erased`: who begins anew, and with which `seq`.
    """

    def __init__(self, hot: int = HOT, erased: Erasures | None = None) -> None:
        self._erased = erased
        self._hot_limit = hot
        self._packed: dict[str, bytes] = {}
        self._hot: dict[str, Profile] = {}
        self._dirty: dict[str, None] = {}
        self._overwritten: dict[str, None] = {}
        self._waiting: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._packed) + sum(1 for subject in self._dirty if subject not in self._packed)

    def get(self, subject: str) -> Profile | None:
        """The profile of a subject, or None."""
        profile = self._hot.get(subject)
        if profile is None:
            packed = self._packed.get(subject)
            if packed is None:
                return None
            profile = self._hot[subject] = unpack(packed)
        return profile

    def ensure(self, subject: str) -> Profile:
        """The profile of a subject, a new one if there is none."""
        profile = self.get(subject)
        if profile is None:
            profile = self._hot[subject] = Profile(subject)
            if self._erased:  # its `seq` goes on from the last one
                profile.standing.seq = self._erased.seq(subject)
        return profile

    def erased_until(self, subject: str) -> int:
        """The instant (ms) up to which the subject is erased; −1 if it is not."""
        return self._erased.until(subject) if self._erased else -1

    def forget(self, subject: str) -> None:
        """Nothing is known of the subject any more: the next `take` hands out a tombstone."""
        self._hot.pop(subject, None)
        self._dirty.pop(subject, None)
        self._waiting.pop(subject, None)
        if self._packed.pop(subject, None) is not None:
            self._overwritten[subject] = None

    def subjects(self) -> list[str]:
        """Every subject, in no particular order."""
        return [*self._packed, *(subject for subject in self._dirty if subject not in self._packed)]

    def next_at(self, subject: str) -> int | None:
        """The instant at which a subject has to be decided next, or None; unpacks nobody."""
        profile = self._hot.get(subject)
        if profile is not None:
            return profile.next_at
        packed = self._packed.get(subject)
        return None if packed is None else packing.next_at(packed)

    def touch(self, profile: Profile) -> None:
        """The profile was changed: the next `take` hands it out."""
        self._dirty[profile.subject] = None
        if profile.waits:
            self._waiting[profile.subject] = min(map(profile.waits_since, profile.waits))
        elif self._waiting:
            self._waiting.pop(profile.subject, None)

    def waits_since(self) -> int | None:
        """Since when (ms) the first profile waits for others' histories; None: none does."""
        while self._waiting:
            subject, since = min(self._waiting.items(), key=lambda entry: entry[1])
            profile = self.get(subject)
            found = min(map(profile.waits_since, profile.waits)) if profile is not None and profile.waits else None
            if found == since:
                return since
            if found is None:
                del self._waiting[subject]
            else:
                self._waiting[subject] = found
        return None

    def waiting(self) -> list[str]:
        """The profiles that wait, for the marker."""
        return [*self._waiting]

    def mark_waiting(self, subjects: Iterable[str]) -> None:
        """Recovery: these waited."""
        self._waiting.update(dict.fromkeys(subjects, -1))

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """The profiles changed since the last call, packed, for the changelog."""
        changed: list[tuple[bytes, bytes | None]] = [
            (subject.encode(), self._packed.get(subject)) for subject in self._overwritten if subject not in self._dirty
        ]
        self._overwritten.clear()
        for subject in self._dirty:
            packed = self._packed[subject] = pack(self._hot[subject])
            changed.append((subject.encode(), packed))
        self._dirty.clear()
        if len(self._hot) > self._hot_limit:
            for subject in list(self._hot)[: len(self._hot) - self._hot_limit // 2]:
                del self._hot[subject]
        return changed

    def load(self, key: bytes, value: bytes | None) -> None:
        """Put one changelog record into the table (None removes)."""
        subject = key.decode()
        if value is None:
            self._packed.pop(subject, None)
        else:
            self._packed[subject] = value

    def write_over(self, keys: Iterable[bytes]) -> None:
        """Hand out what is stored under these keys with the next `take` (None: nothing)."""
        self._overwritten.update(dict.fromkeys(key.decode() for key in keys))

    def all_due(self) -> Iterator[tuple[int, str]]:
        """(instant, subject) of every profile that is due some day."""
        new = (subject for subject in self._dirty if subject not in self._packed)
        for subject in chain(self._packed, new):
            instant = self.next_at(subject)
            if instant is not None:
                yield instant, subject

    def __iter__(self) -> Iterator[Profile]:
        """Every profile, in no particular order; those not in use are unpacked for the moment only."""
        for subject, profile in list(self._hot.items()):
            if subject in self._dirty:
                yield profile
        for subject, packed in self._packed.items():
            if subject not in self._dirty:
                yield unpack(packed)
