"""How a profile is stored: a format version, the next instant it is due, and MessagePack.

The due instant stands in front so that a recovering worker fills its queue without unpacking anybody.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from pipeline.errors import RecoveryError
from pipeline.scoring.activity import Activity
from pipeline.scoring.profile import Profile, Standing

FORMAT = 1
_HEAD = struct.Struct(">Bq")
_NEVER = -(2**63)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def pack(profile: Profile) -> bytes:
    """The stored form of a profile."""
    s = profile.standing
    standing = [s.path, s.entered_at, s.seq, s.fired, s.spent, s.visits, s.recent, s.looped, s.own, s.adopted]
    facts = [
        [
            f.event_id,
            f.type,
            f.occurred_at,
            f.digest,
            f.fields,
            f.attributes,
            f.consent,
            f.flags,
            f.origin,
            f.visitor,
            f.agent,
        ]
        for f in profile.facts.values()
    ]
    body = [
        profile.subject,
        facts,
        standing,
        profile.alias_of,
        profile.bindings,
        profile.visitors,
        sorted(profile.aliases),
        sorted(profile.raised),
        profile.absorbed,
        profile.came_from,
        profile.clock,
        profile.pending,
        profile.due,
    ]
    next_at = profile.next_at
    return _HEAD.pack(FORMAT, _NEVER if next_at is None else next_at) + _encode(body)


def next_at(packed: bytes) -> int | None:
    """The instant at which a stored profile has to be decided next."""
    _check(packed)
    instant: int = _HEAD.unpack_from(packed)[1]
    return None if instant == _NEVER else instant


def unpack(packed: bytes) -> Profile:
    """The profile that `pack` stored.

    Raises RecoveryError on another format version or on damaged bytes.
    """
    _check(packed)
    try:
        body: list[Any] = _decode(memoryview(packed)[_HEAD.size :])
        subject, facts, standing, alias_of, bindings, visitors, aliases, raised, absorbed, came_from, *times = body
        path, *rest = standing
        return Profile(
            subject,
            {f[0]: Activity(*f) for f in facts},
            Standing([tuple(step) for step in path], *rest),
            alias_of,
            [tuple(b) for b in bindings],
            visitors,
            set(aliases),
            set(raised),
            [tuple(a) for a in absorbed],
            came_from,
            *times,
        )
    except (msgspec.DecodeError, TypeError, ValueError) as error:
        raise RecoveryError(
            f"a stored profile cannot be read ({error}); restore the changelog or rebuild it"
        ) from error


def _check(packed: bytes) -> None:
    if len(packed) < _HEAD.size or packed[0] != FORMAT:
        found = packed[0] if packed else "none"
        message = f"stored profiles have format {found}, this version reads {FORMAT}; upgrade the worker"
        raise RecoveryError(message)
