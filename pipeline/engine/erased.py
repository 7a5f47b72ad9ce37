"""Who was erased: what is kept so that a replay cannot bring the past back (contract: scoring.md, Consent).

That is one row under a salted hash of the subject's id: until when everything is forgotten, and the last `seq`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from pipeline.errors import RecoveryError

ERASED_PREFIX = b"\x00erased:"
"""Before the hash in the keys of these rows in the changelog. No subject id begins with NUL."""

ERASED_HEADER = "leadtide-erased"
"""On the tombstone of an erased person's score: the instant (ms) up to which everything is to be forgotten."""

NOBODY = "\x00"
"""A visitor's binding to a lead that was erased begins so; `nobody` makes one."""

_FORMAT = 1
_ROW = struct.Struct(">Bqq")
_NEVER = -1


class Row(NamedTuple):
    """Facts up to `until` (ms) are dropped; the next stage change is `seq` + 1."""

    until: int
    seq: int

    @classmethod
    def unpack(cls, value: bytes) -> Row:
        """A row of the changelog. Raises RecoveryError if it cannot be read."""
        try:
            version, until, seq = _ROW.unpack(value)
        except struct.error as error:
            raise RecoveryError(f"the changelog's row of somebody erased cannot be read: {value[:40]!r}") from error
        if version != _FORMAT:
            raise RecoveryError("the changelog's rows of the erased were written by a later version: run that one")
        return cls(until, seq)


class Erasures:
    """The erased subjects of one partition. Without the `salt` nobody can find out whether somebody is among them."""

    def __init__(self, salt: str) -> None:
        self._key = key_of(salt)
        self._rows: dict[bytes, Row] = {}
        self._changed: dict[bytes, None] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def until(self, subject: str) -> int:
        """The instant (ms) up to which the subject is erased; −1 if it is not."""
        row = self._rows.get(self._hashed(subject)) if self._rows else None
        return _NEVER if row is None else row.until

    def seq(self, subject: str) -> int:
        """The `seq` that the subject had last when it was erased, else 0."""
        row = self._rows.get(self._hashed(subject)) if self._rows else None
        return 0 if row is None else row.seq

    def note(self, subject: str, until: int, seq: int) -> None:
        """The subject is erased up to `until`, having made `seq` stage changes."""
        key = self._hashed(subject)
        before = self._rows.get(key, Row(_NEVER, 0))
        self._rows[key] = Row(max(until, before.until), max(seq, before.seq))
        self._changed[key] = None

    def nobody(self, subject: str, until: int) -> str:
        """What stands for the erased subject among a visitor's bindings."""
        return f"{NOBODY}{until}:{self._hashed(subject).removeprefix(ERASED_PREFIX).decode()}"

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """The rows changed since the last call, for the changelog."""
        rows = ((key, self._rows.get(key)) for key in self._changed)
        changed = [(key, None if row is None else _ROW.pack(_FORMAT, *row)) for key, row in rows]
        self._changed.clear()
        return changed

    def load(self, key: bytes, value: bytes | None) -> None:
        """Recovery: a row of the changelog (None: it is gone). Raises RecoveryError."""
        if value is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = Row.unpack(value)

    def write_over(self, keys: Iterable[bytes]) -> None:
        """Hand out these rows with the next `take`, as they are here."""
        self._changed.update(dict.fromkeys(keys))

    def _hashed(self, subject: str) -> bytes:
        return ERASED_PREFIX + hash_of(subject, self._key)


def key_of(salt: str) -> bytes:
    """The key of the hashes, however long the salt is."""
    return blake2b(salt.encode()).digest()


def hash_of(subject: str, key: bytes) -> bytes:
    """What a subject's id is kept as: keyed BLAKE2b (RFC 7693), 128 bits in hex."""
    return blake2b(subject.encode(), key=key, digest_size=16).hexdigest().encode()


def is_nobody(subject: str) -> bool:
    """Whether a visitor's binding is to a lead that was erased."""
    return subject.startswith(NOBODY)


def counts(binding: tuple[int, str], instant: int) -> bool:
    """Whether a visitor's binding says something about its facts of this instant: those of the erased end."""
    subject = binding[1]
    return not is_nobody(subject) or instant <= nobody_until(subject)


def nobody_until(subject: str) -> int:
    """Until when a visitor's facts of that binding are erased."""
    return int(subject.removeprefix(NOBODY).partition(":")[0])
