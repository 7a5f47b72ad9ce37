"""From a document to an Event: the checks of the envelope, the same for every form on the wire."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pipeline.codec.instants import EARLIEST_MS, LATEST_MS, parse_instant
from pipeline.codec.properties import MAX_KEYS, fill_identify, flatten
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.events import Event
from pipeline.identity import VISITOR_PREFIX, canonical_email, is_no_identity

CLOCK_TOLERANCE_MS = 5 * 60_000
"""How far a producer's clock may run ahead of the broker's before the event's time is clamped."""

_MAX_ID_BYTES = 128
_TYPE = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def event_of(document: dict[str, Any], append_time_ms: int | None) -> Event:
    """The event in a decoded document. Unknown keys are ignored. Raises UnreadableError with the reason."""
    event_id = _required(document, "event_id")
    if not event_id or len(event_id) > _MAX_ID_BYTES or len(event_id.encode()) > _MAX_ID_BYTES:
        raise UnreadableError(Reason.BAD_FIELD, f"event_id must have 1 to {_MAX_ID_BYTES} bytes")
    event_type = _required(document, "type")
    if not _is_type(event_type):
        raise UnreadableError(Reason.BAD_FIELD, "type must read <source>.<past-tense>, such as web.page_viewed")
    occurred_at = _instant(document.get("occurred_at"))
    if append_time_ms is not None and occurred_at > append_time_ms + CLOCK_TOLERANCE_MS:
        occurred_at = append_time_ms + CLOCK_TOLERANCE_MS
    email = _identifier(document, "email")
    if email is not None:
        email = canonical_email(email)
        if is_no_identity(email):
            email = None
    event = Event(
        event_id,
        event_type,
        occurred_at,
        _identifier(document, "lead_id"),
        _identifier(document, "visitor_id"),
        email,
        _external_ids(document),
        _text(document, "account"),
        _text(document, "source"),
        _map(document, "campaign", str),
        _properties(document),
        _map(document, "context", str),
        _map(document, "consent", bool),
    )
    if event.lead_id is not None:
        if event.lead_id.startswith(VISITOR_PREFIX):
            raise UnreadableError(Reason.RESERVED_IDENTITY, f"a lead_id must not begin with {VISITOR_PREFIX!r}")
    elif event.visitor_id is None and email is None and not event.external_ids:
        raise UnreadableError(Reason.NO_IDENTITY, "none of lead_id, email, external_ids and visitor_id says who it was")
    if event_type == "form.imported":
        fill_identify(event.properties)
    return event


@lru_cache(maxsize=4096)
def _is_type(text: str) -> bool:
    return len(text) <= 128 and _TYPE.fullmatch(text) is not None


def _required(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        raise UnreadableError(Reason.MISSING_FIELD, f"{name} is missing")
    if type(value) is not str:
        raise UnreadableError(Reason.BAD_FIELD, f"{name} must be text")
    return value


def _instant(value: Any) -> int:
    if type(value) is str:
        try:
            return parse_instant(value)
        except ValueError as error:
            raise UnreadableError(Reason.BAD_TIME, f"occurred_at: {error}") from error
    if value is None:
        raise UnreadableError(Reason.MISSING_FIELD, "occurred_at is missing")
    if type(value) is not int:
        raise UnreadableError(Reason.BAD_TIME, "occurred_at must be ISO-8601 text or integer milliseconds")
    if not EARLIEST_MS <= value <= LATEST_MS:
        raise UnreadableError(Reason.BAD_TIME, "occurred_at: the year must lie between 1970 and 9999 (milliseconds)")
    return value


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None or type(value) is str:
        return value
    raise UnreadableError(Reason.BAD_FIELD, f"{name} must be text or null")


def _identifier(document: dict[str, Any], name: str) -> str | None:
    value = _text(document, name)
    return None if value is None or is_no_identity(value) else value


def _external_ids(document: dict[str, Any]) -> dict[str, str]:
    given = _map(document, "external_ids", str)
    if not given:
        return given
    if "email" in given:
        raise UnreadableError(Reason.RESERVED_IDENTITY, "an address belongs in email, not in external_ids")
    return {name: value for name, value in given.items() if not is_no_identity(value)}


def _map(document: dict[str, Any], name: str, kind: type) -> dict[str, Any]:
    """A map of one kind of value; null values are dropped."""
    given = document.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise UnreadableError(Reason.BAD_FIELD, f"{name} must be an object")
    if len(given) > MAX_KEYS:
        raise UnreadableError(Reason.TOO_MANY_PROPERTIES, f"{name} has {len(given)} keys, {MAX_KEYS} are allowed")
    kept = {}
    for key, value in given.items():
        if type(value) is kind:
            kept[key] = value
        elif value is not None:
            raise UnreadableError(
                Reason.BAD_FIELD, f"{name} must hold {'text' if kind is str else 'true or false'} only"
            )
    return kept


def _properties(document: dict[str, Any]) -> dict[str, Any]:
    given = document.get("properties")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise UnreadableError(Reason.BAD_FIELD, "properties must be an object")
    return flatten(given)
