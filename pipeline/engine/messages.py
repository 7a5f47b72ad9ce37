"""What subjects tell each other: the bodies of `leads.activity.v1`, between partitions and within one.

A message is addressed to a subject. Where that is an alias by now, it goes on to whom the alias belongs (but for those
that are meant for the alias itself, `_TO_ITSELF`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.engine.errors import Refused
from pipeline.engine.progress import Told
from pipeline.events import Event


class Message(msgspec.Struct, tag=True, kw_only=True):
    """`to`: the subject it is for now. `via`: the aliases that it has passed."""

    to: str
    via: list[str] = []


class Deliver(Message, tag="deliver"):
    """An inbound event of `subject`, which had arrived elsewhere."""

    subject: str
    event: Event


class Facts(Message, tag="facts"):
    """Facts that belong to this lead, as stored."""

    facts: list[Any]


class Claim(Message, tag="claim"):
    """From `instant` on the identifier `to` belongs to `subject`, whose lead waits for the answer."""

    subject: str
    instant: int


class Contest(Message, tag="contest"):
    """`subject` claims an identifier that was bound before to this lead, as `holder`.

    `leaving`: it has not handed over yet, and will at that instant.
    """

    identifier: str
    holder: str
    subject: str
    instant: int
    leaving: int | None


class Bound(Message, tag="bound"):
    """Answer to `subject`, which was bound at `instant`: there is nothing (more) to wait for of `identifier`.

    Unless `owner` is you, too: to it everything known will be handed over, at the instant `leaving`.
    """

    subject: str
    identifier: str
    instant: int
    owner: str | None = None
    leaving: int = 0


class Taken(Message, tag="taken"):
    """Answer to `subject`: `identifier` belongs to another lead, and stays there."""

    subject: str
    identifier: str
    holder: str
    instant: int


class Joining(Message, tag="joining"):
    """The lead `source` is merged into this one at `instant`: wait for what is known of it."""

    source: str
    instant: int


class Await(Message, tag="await"):
    """An alias of yours waits for `identifier`, bound to `subject` from `instant` on: that is your concern now."""

    identifier: str
    subject: str
    instant: int


class Absorb(Message, tag="absorb"):
    """Everything known of `source` (a packed profile), which belongs to `parent` from `instant` on."""

    source: str
    parent: str
    instant: int
    profile: bytes


class BindVisitor(Message, tag="bind_visitor"):
    """The visitor `to` was `subject` at `instant`; `answer`: its lead waits."""

    subject: str
    instant: int
    answer: bool


class Unbind(Message, tag="unbind"):
    """The visitor `to` does not count for the lead of these subjects any more: it has too many."""

    subjects: list[str]
    instant: int


class Redistribute(Message, tag="redistribute"):
    """The bindings of a visitor that count: keep its facts that are yours, pass on the others."""

    visitor: str
    bindings: list[tuple[int, str]]
    instant: int


class Reclaim(Message, tag="reclaim"):
    """The visitor `to` shall tell its bindings to `holder`, which holds facts of it, and to all it is bound to."""

    holder: str
    instant: int


class Raise(Message, tag="raise"):
    """Raise a signal for this lead, once per name and key, at `instant`."""

    name: str
    instant: int
    key: str
    details: dict[str, Any]
    other: str | None = None


class Withdraw(Message, tag="withdraw"):
    """Raise that signal no more, if you have not yet: an earlier binding has come, and it is somebody else's."""

    name: str
    key: str


class Unmerge(Message, tag="unmerge"):
    """The merge of the lead `to` into `source` is undone at `instant`."""

    source: str
    instant: int


class Release(Message, tag="release"):
    """Give back to `subject`, which was merged into `source` (this lead or an alias of it), what came with it."""

    subject: str
    source: str
    instant: int


class Announce(Message, tag="announce"):
    """To an account: the lead `contact` belongs to it and has this total, stage and so on at `instant`.

    `claim`: who claimed it first (instant, event id, owner). `event_id`: the last fact of that very instant, None if it
    has none. `changed`: it announces because another model is in force.
    """

    contact: str
    instant: int
    total: float
    stage: str
    roles: list[str]
    claim: tuple[int, str, str] | None = None
    event_id: str | None = None
    changed: bool = False


class Depart(Message, tag="depart"):
    """To an account: the lead `contact` belongs to it no more from `instant` on."""

    contact: str
    instant: int
    event_id: str | None = None
    changed: bool = False


class Released(Message, tag="released"):
    """Answer: what comes back out of `source`: facts as stored, aliases, visitors, what is waited for."""

    source: str
    facts: list[Any]
    aliases: dict[str, str]
    visitors: dict[str, int]
    waits: list[tuple[str, str, int]]
    instant: int


class Erase(Message, tag="erase"):
    """Forget everything up to `instant`, and have all that belongs to you forget it, too.

    `named`: `subject` was only named beside the one that is erased; whoever took it over meanwhile keeps everything.
    """

    subject: str
    instant: int
    named: bool = False


class Forget(Message, tag="forget"):
    """`holder` is erased up to `instant`, and with it these `subjects`, which belonged to it: so are you, if you did.

    `why`: `family`: it thinks so, and waits for the answer; `named`: its erasure names you, too; `late`: an event of
    before, of the instant `bound`, names you.
    """

    holder: str
    subjects: list[str]
    instant: int
    why: str
    bound: int = -1


class Forgot(Message, tag="forgot"):
    """Answer to `to`, the holder: `subject` belongs to itself again, so what is yours of it and later goes back there.

    Unless it `stays`, as an alias of `parent`. `since`: the first instant after the erasure at which the visitor is
    bound to you (None: it is not), as `parent`.
    """

    subject: str
    instant: int
    stays: bool
    parent: str = ""
    since: int | None = None


class Returned(Message, tag="returned"):
    """Answer: what `source` had of `to` and was not erased: facts as stored, aliases, visitors."""

    source: str
    facts: list[Any]
    aliases: dict[str, str] = {}
    visitors: dict[str, int] = {}


class Relay(Message, tag="relay"):
    """Add to the answer what came to you of its receiver, by way of an alias of yours, and is of later than `after`."""

    returned: Returned
    after: int


Kind = (
    Deliver
    | Facts
    | Claim
    | Contest
    | Bound
    | Taken
    | Joining
    | Await
    | Absorb
    | BindVisitor
    | Unbind
    | Redistribute
    | Reclaim
    | Raise
    | Withdraw
    | Unmerge
    | Release
    | Released
    | Announce
    | Depart
    | Erase
    | Forget
    | Forgot
    | Returned
    | Relay
    | Told
)
"""Every message there is."""

AT_ONCE = -1

_TO_ITSELF = (Claim, BindVisitor, Unbind, Reclaim, Unmerge, Forget, Forgot, Returned)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kind).decode


def is_for_itself(message: Message) -> bool:
    """Whether the subject it is addressed to must read it even if it is an alias."""
    return isinstance(message, _TO_ITSELF)


def place_of(message: Message) -> tuple[int, str]:
    """Its place among the facts, (`occurred_at`, `event_id`); at −1: at once, whatever else is waiting."""
    if isinstance(message, Deliver):
        return message.event.occurred_at, message.event.event_id
    if isinstance(message, Facts):
        return min((row[2], row[0]) for row in message.facts)
    return AT_ONCE, ""


def pack_message(message: Message | Told) -> bytes:
    """The message's bytes (MessagePack)."""
    return _encode(message)


def unpack_message(body: bytes) -> Kind:
    """The message in `body`. Raises Refused if there is none."""
    try:
        message: Kind = _decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refused("unreadable_message", f"no message between leads: {error}") from error
    return message
