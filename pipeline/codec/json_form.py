"""The JSON form: one object, as producers send it and as NDJSON files hold it."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.codec.instants import format_instant
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.events import Event

_OPTIONAL = (
    "lead_id",
    "visitor_id",
    "email",
    "external_ids",
    "account",
    "source",
    "campaign",
    "properties",
    "context",
    "consent",
)


def read_json(value: bytes) -> dict[str, Any]:
    """The object in `value`. Of a key given twice the later one counts. Raises UnreadableError."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        # The parser stops at 1,024 levels, so hostile nesting costs neither stack nor time.
        reason = Reason.TOO_DEEP if "depth limit" in error.msg else Reason.NOT_JSON
        raise UnreadableError(reason, f"{error.msg} (byte {error.pos})") from error
    if not isinstance(document, dict):
        raise UnreadableError(Reason.NOT_AN_OBJECT, "a JSON object is expected")
    return document


def document_of(event: Event) -> dict[str, Any]:
    """The event in its JSON form, without what is empty; `occurred_at` as ISO-8601 in UTC with milliseconds."""
    document: dict[str, Any] = {
        "event_id": event.event_id,
        "type": event.type,
        "occurred_at": format_instant(event.occurred_at),
    }
    for name in _OPTIONAL:
        value = getattr(event, name)
        if value is not None and value != {}:
            document[name] = value
    return document


def encode(event: Event) -> bytes:
    """One line of NDJSON, without its end. `decode(encode(event)) == event` for every event out of `decode`."""
    return orjson.dumps(document_of(event))


def canonical_json(event: Event) -> str:
    """The event's content as one text: keys sorted, compact, nothing escaped that need not be. Breaks ties."""
    return orjson.dumps(document_of(event), option=orjson.OPT_SORT_KEYS).decode()
