"""CloudEvents over Kafka, in and out (CloudEvents Kafka protocol binding 1.0.2).

Binary mode: the value is the event's data, the attributes are headers `ce_…`. Structured mode: the value is one JSON
object with the attributes and `data`.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from pipeline.codec.json_form import read_json
from pipeline.codec.reasons import Reason, UnreadableError

Headers = Iterable[tuple[str, bytes | None]]

SPEC_VERSION = "1.0"
JSON_TYPE = "application/json"
AVRO_TYPE = "application/avro"
_STRUCTURED = "application/cloudevents"
_STRUCTURED_JSON = "application/cloudevents+json"
_FIELDS = {"id": "event_id", "type": "type", "source": "source", "time": "occurred_at"}
"""Attribute → the field of our envelope that it stands for where the data has none."""


def content_type(headers: Headers) -> str:
    """The media type in the record's headers, lower-cased, without parameters; empty if there is none."""
    for name, value in headers:
        if name.lower() == "content-type" and value is not None:
            return value.decode("latin-1").partition(";")[0].strip().lower()
    return ""


def is_structured(media_type: str) -> bool:
    """Whether the value is a whole CloudEvent."""
    return media_type.startswith(_STRUCTURED)


def unwrap(value: bytes, media_type: str) -> tuple[dict[str, Any], Any]:
    """The attributes of a structured CloudEvent, and its data: an object, or bytes. Raises UnreadableError."""
    if media_type not in {_STRUCTURED, _STRUCTURED_JSON}:
        raise UnreadableError(Reason.UNSUPPORTED_FORMAT, f"{media_type} cannot be read: send {_STRUCTURED_JSON}")
    event = read_json(value)
    if "specversion" not in event:
        raise UnreadableError(Reason.MISSING_FIELD, "a CloudEvent needs specversion")
    data = event.get("data")
    if data is None and isinstance(event.get("data_base64"), str):
        try:
            data = b64decode(event["data_base64"], validate=True)
        except ValueError as error:
            raise UnreadableError(Reason.BAD_FIELD, f"data_base64: {error}") from error
    if not isinstance(data, dict | bytes):
        raise UnreadableError(Reason.NOT_AN_OBJECT, "the CloudEvent's data must be the event, a JSON object")
    return event, data


def attributes_of(headers: Headers) -> dict[str, Any]:
    """The attributes of a CloudEvent in binary mode; empty for any other record. Raises UnreadableError."""
    found = {}
    for name, value in headers:
        if name.startswith("ce_") and value is not None:
            try:
                found[name[3:]] = value.decode()
            except UnicodeDecodeError as error:
                raise UnreadableError(Reason.BAD_FIELD, f"the header {name[:64]!r} is not UTF-8") from error
    return found if "specversion" in found else {}


def fill(document: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Let the attributes speak where the data says nothing."""
    for attribute, name in _FIELDS.items():
        if document.get(name) is None and attribute in attributes:
            document[name] = attributes[attribute]


def binary_headers(*, identifier: str, source: bytes, kind: bytes, time: str, media_type: bytes) -> list[Any]:
    """The headers of a CloudEvent in binary mode. `time` is ISO-8601 with an offset."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", identifier.encode()),
        ("ce_source", source),
        ("ce_type", kind),
        ("ce_time", time.encode()),
        ("content-type", media_type),
    ]
