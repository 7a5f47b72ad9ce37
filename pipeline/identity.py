"""Who an event is about: canonical identifiers, subject ids, guard rails (contract: events.md, Identity)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from pipeline.events import Event

VISITOR_PREFIX = "v:"
_NOBODY = frozenset({"", "null", "none", "-1", "anonymous", "undefined"})


def canonical_email(address: str) -> str:
    """Trimmed, Unicode NFKC, lower-cased; nothing else is folded."""
    return unicodedata.normalize("NFKC", address.strip()).lower().strip()


def is_no_identity(identifier: str) -> bool:
    """Whether an identifier is one of the fillers that producers send for nobody, such as 'null' or all zeros."""
    text = identifier.strip().lower()
    return text in _NOBODY or set(text) in ({"0"}, {"0", "-"})


@lru_cache(maxsize=65536)
def subject_of_email(email: str) -> str:
    """The subject id of a canonical email address."""
    return str(uuid5(NAMESPACE_URL, f"urn:leadtide:email:{email}"))


@lru_cache(maxsize=65536)
def subject_of_external(name: str, value: str) -> str:
    """The subject id of an external id, such as ('crm_contact', '77')."""
    return str(uuid5(NAMESPACE_URL, f"urn:leadtide:{name}:{value}"))


def subject_of_visitor(visitor_id: str) -> str:
    """The subject id of somebody known by a cookie or device only."""
    return VISITOR_PREFIX + visitor_id


def is_anonymous(subject: str) -> bool:
    """Whether a subject id stands for a visitor."""
    return subject.startswith(VISITOR_PREFIX)


class Identities(NamedTuple):
    """The subject of an event, and the subject ids that its weaker identifiers have by themselves.

    `bound` are those of addresses and external ids (strong to weak, external ids by name), `visitor` the visitor's
    or None. Where the visitor id is all there is, it is the subject and `visitor` is None.
    """

    subject: str
    bound: tuple[str, ...]
    visitor: str | None


def identities(event: Event) -> Identities:
    """The subject is the strongest identifier given: lead id, email, external ids by name, visitor id.

    Raises ValueError if the event has no identifier (the decoder lets none such through).
    """
    chain = [event.lead_id] if event.lead_id else []
    if event.email:
        chain.append(subject_of_email(event.email))
    chain += [subject_of_external(name, value) for name, value in sorted(event.external_ids.items())]
    visitor = subject_of_visitor(event.visitor_id) if event.visitor_id else None
    if chain:
        return Identities(chain[0], tuple(dict.fromkeys(chain[1:])), visitor)
    if visitor is None:
        raise ValueError(f"event {event.event_id} has no identifier")
    return Identities(visitor, (), None)
