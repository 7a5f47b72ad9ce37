"""One record to one event, whatever form it has on the wire."""

from __future__ import annotations

from typing import Any

from pipeline.codec.cloud_events import Headers, attributes_of, content_type, fill, is_structured, unwrap
from pipeline.codec.envelope import event_of
from pipeline.codec.forms import framing_of
from pipeline.codec.json_form import read_json
from pipeline.codec.library import Library
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.schemas import INBOUND
from pipeline.events import Event, Rejection

MAX_BYTES = 256 * 1024


class Decoder:
    """Reads every accepted form: JSON, Avro in single-object encoding, Avro with a registry's schemas; CloudEvents.

    `library` has the schemas that events may be written with.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def decode(
        self, value: bytes | None, *, append_time_ms: int | None = None, headers: Headers = ()
    ) -> Event | Rejection:
        """The event in a record's value, or why there is none. Whatever the bytes are, it raises SchemaAwaited only.

        `append_time_ms` is the broker's append time where the record carries one (timestamp type LogAppendTime): an
        event from the future is clamped to five minutes after it.
        """
        if value is None:
            return Rejection(Reason.NULL_VALUE, "the record has no value")
        if len(value) > MAX_BYTES:
            return Rejection(Reason.TOO_LARGE, f"{len(value)} bytes, {MAX_BYTES} are allowed")
        try:
            # Nearly every record is JSON without headers.
            document = self._read(value, headers) if headers or value[:1] != b"{" else read_json(value)
            return event_of(document, append_time_ms)
        except UnreadableError as error:
            return Rejection(error.reason, error.message)

    def _read(self, value: bytes, headers: Headers) -> dict[str, Any]:
        if headers and is_structured(media_type := content_type(headers)):
            attributes, data = unwrap(value, media_type)
            document = self._document(data, ()) if isinstance(data, bytes) else data
        else:
            attributes = attributes_of(headers)
            document = self._document(value, headers)
        if attributes:
            fill(document, attributes)
        return document

    def _document(self, value: bytes, headers: Headers) -> dict[str, Any]:
        framed = framing_of(value, headers)
        if framed is None:
            return read_json(value)
        return self._library.reader(framed.ref)[1](value, framed.start)


PINNED = Decoder(Library(*INBOUND))
"""Reads what needs no registry."""


def decode(value: bytes | None, *, append_time_ms: int | None = None, headers: Headers = ()) -> Event | Rejection:
    """The event in a record's value, or why there is none, without a registry. Never raises; see `Decoder.decode`."""
    return PINNED.decode(value, append_time_ms=append_time_ms, headers=headers)
