"""How a profile is stored: a format version, the next instant it is due, and MessagePack.

The due instant stands in front so that a recovering worker fills its queue without unpacking anybody.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from pipeline.errors import RecoveryError
from pipeline.scoring.activity import Activity, FactSet
from pipeline.scoring.profile import Entry, Loan, Profile, Standing, Visits

FORMAT = 3
"""1: one partition only; `aliases` without whom they are bound to, nothing after `due`. 2: nothing after `epoch`."""
_READABLE = (1, 2, FORMAT)
_HEAD = struct.Struct(">Bq")
_NEVER = -(2**63)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def row_of(fact: Activity) -> list[Any]:
    """The stored form of a fact; `Activity(*row)` makes it again."""
    return [
        fact.event_id,
        fact.type,
        fact.occurred_at,
        fact.digest,
        fact.fields,
        fact.attributes,
        fact.consent,
        fact.flags,
        fact.origin,
        fact.visitor,
        fact.agent,
    ]


def _standing_row(s: Standing) -> list[Any]:
    began = [s.path, s.entered_at, s.seq, s.fired, s.spent, s.visits, s.recent, s.looped, s.own, s.adopted]
    return [*began, s.entered_seq, s.entry, s.waiting, s.held, s.told, s.manual, s.pinned]


def _standing(row: list[Any]) -> Standing:
    path, *rest = row
    standing = Standing(_pairs(path), *rest)
    standing.visits = {stage: Visits(*visits) for stage, visits in standing.visits.items()}
    entry: Any = standing.entry
    if entry is not None:
        transition, asked_at, before, *others = entry
        standing.entry = Entry(transition, asked_at, _pairs(before), *others)
    standing.manual = (standing.manual[0], standing.manual[1])
    return standing


def _pairs(rows: list[Any]) -> list[Any]:
    return [tuple(row) for row in rows]


def pack(profile: Profile) -> bytes:
    """The stored form of a profile."""
    facts = [row_of(fact) for fact in profile.facts.values()]
    body = [
        profile.subject,
        facts,
        _standing_row(profile.standing),
        profile.alias_of,
        profile.bindings,
        profile.visitors,
        sorted(profile.aliases.items()),
        sorted(profile.raised),
        profile.absorbed,
        profile.came_from,
        profile.clock,
        profile.pending,
        profile.due,
        profile.waits,
        profile.inbox,
        profile.leaving,
        profile.severed,
        profile.merged_at,
        profile.epoch,
        None if profile.loan is None else [*profile.loan[:2], _standing_row(profile.loan.standing)],
        profile.recheck,
        profile.said,
        profile.wake,
        profile.contacts,
        profile.member,
        profile.announced,
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
        if packed[0] == 1:
            body[6] = [(alias, "") for alias in body[6]]
            body += [{}, [], None, {}, -1, 0]
        if packed[0] <= 2:
            body += [None, False, {}, None, {}, "", None]
        subject, facts, standing, alias_of, bindings, visitors, aliases, raised, absorbed, came_from, *rest_of = body
        clock, pending, due, waits, inbox, leaving, severed, merged_at, epoch, loan, *rest = rest_of
        return Profile(
            subject,
            FactSet((f[0], Activity(*f)) for f in facts),
            _standing(standing),
            alias_of,
            [tuple(b) for b in bindings],
            visitors,
            dict(aliases),
            set(raised),
            [tuple(a) for a in absorbed],
            came_from,
            clock,
            pending,
            due,
            waits,
            [tuple(message) for message in inbox],
            leaving,
            severed,
            merged_at,
            epoch,
            None if loan is None else Loan(loan[0], loan[1], _standing(loan[2])),
            *rest,
        )
    except (msgspec.DecodeError, TypeError, ValueError) as error:
        raise RecoveryError(
            f"a stored profile cannot be read ({error}); restore the changelog or rebuild it"
        ) from error


def _check(packed: bytes) -> None:
    if len(packed) < _HEAD.size or packed[0] not in _READABLE:
        found = packed[0] if packed else "none"
        message = f"stored profiles have format {found}, this version reads up to {FORMAT}; upgrade the worker"
        raise RecoveryError(message)
