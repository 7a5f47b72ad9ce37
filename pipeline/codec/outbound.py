"""Output records (stage changes, scores, signals): how they are written, and how they are read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from pipeline.codec.avro import writer_of
from pipeline.codec.cloud_events import AVRO_TYPE, JSON_TYPE, binary_headers
from pipeline.codec.forms import confluent_prefix, framing_of, single_object_prefix
from pipeline.codec.instants import format_instant, parse_instant
from pipeline.codec.library import Library, SchemaSource
from pipeline.codec.reasons import UnreadableError
from pipeline.codec.schemas import OUTBOUND, Schema, current, fingerprint_of

Document = dict[str, Any]

_EVENTS = {"stage-change": ("change_id", b"leadtide.stage_changed"), "signal": ("signal_id", b"leadtide.signal_raised")}
"""Record → what identifies it, and its type as a CloudEvent. A score is a state and no event: it has neither."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the records of one output topic are written. `encode` raises ValueError for what the schema does not hold."""

    encode: Callable[[Document], bytes]
    headers: Callable[[Document], list[Any]]


Forms = dict[str, Form]
"""By the name of the record: stage-change, score, signal."""


def json_forms(source: str) -> Forms:
    """JSON. `source` is the CloudEvents source: what wrote the records."""
    return {name: Form(orjson.dumps, _headers(name, source, JSON_TYPE)) for name in OUTBOUND}


def single_object_forms(source: str) -> Forms:
    """Avro in single-object encoding."""
    return {
        name: Form(
            _encoder(name, single_object_prefix(fingerprint_of(current(name)))), _headers(name, source, AVRO_TYPE)
        )
        for name in OUTBOUND
    }


def registered_forms(source: str, ids: dict[str, int]) -> Forms:
    """Avro in Confluent's framing. `ids`: the registry's, by the name of the record."""
    return {
        name: Form(_encoder(name, confluent_prefix(ids[name])), _headers(name, source, AVRO_TYPE)) for name in OUTBOUND
    }


class OutputReader:
    """Reads output records of every form. `registry` knows the schemas of those in Confluent's framing."""

    def __init__(self, registry: SchemaSource | None = None) -> None:
        self._library = Library(*OUTBOUND, registry=registry)

    async def document(self, value: bytes) -> Document:
        """The document in a record's value; instants as ISO-8601 text with milliseconds.

        Raises UnreachableError if the registry has to be asked and does not answer, ValueError for bytes that no
        release of ours wrote.
        """
        try:
            framed = framing_of(value, ())
            if framed is not None:
                await self._library.fetch(framed.ref)
        except UnreadableError as error:
            raise ValueError(f"no output record: {error.message}") from error
        return self.decode(value)

    async def prepare(self, values: Iterable[bytes | None]) -> None:
        """Fetch the schemas of many records, so that `decode` reads them. Raises UnreachableError."""
        for value in values:
            if value is not None and value[:1] in {b"\x00", b"\x01"}:
                # What is wrong with a record, `decode` says.
                with suppress(UnreadableError):
                    framed = framing_of(value, ())
                    if framed is not None:
                        await self._library.fetch(framed.ref)

    def decode(self, value: bytes) -> Document:
        """The same for records that need no registry, or whose schema has been fetched by `document`."""
        try:
            framed = framing_of(value, ())
            if framed is None:
                return _json(value)
            name, read = self._library.reader(framed.ref)
            return _document(name, read(value, framed.start))
        except UnreadableError as error:
            raise ValueError(f"no output record: {error.message}") from error


PINNED = OutputReader()
"""Reads what needs no registry."""


def decode_output(value: bytes) -> Document:
    """The document in the value of an output record in JSON or single-object Avro; instants as ISO-8601 text.

    Raises ValueError, with a message for people, for other bytes. Confluent's framing needs an `OutputReader`.
    """
    return PINNED.decode(value)


def _json(value: bytes) -> Document:
    document = orjson.loads(value)
    if not isinstance(document, dict):
        raise ValueError("no output record: an object is expected")  # noqa: TRY004 - the bytes are wrong
    return document


def _encoder(name: str, prefix: bytes) -> Callable[[Document], bytes]:
    schema = current(name)
    instants = _instants(schema)
    write = writer_of(schema, prefix)

    def encode(document: Document) -> bytes:
        row = document.copy()
        for field in instants:
            text = row.get(field)
            if text is not None:
                row[field] = parse_instant(text)
        return write(row)

    return encode


@cache
def _reading(record: str) -> tuple[list[str], dict[str, Any]]:
    """A record's fields that are instants, and those left out of the document where they have their default."""
    schema = next(schema for schema in map(current, OUTBOUND) if schema["name"] == record)
    return _instants(schema), {field["name"]: field["default"] for field in schema["fields"] if field.get("optional")}


def _document(record: str, row: Document) -> Document:
    instants, optional = _reading(record)
    for field in instants:
        if row[field] is not None:
            row[field] = format_instant(row[field])
    for field, default in optional.items():
        if row[field] == default:
            del row[field]
    return row


def _instants(schema: Schema) -> list[str]:
    def is_instant(kind: Any) -> bool:
        if isinstance(kind, list):
            return any(map(is_instant, kind))
        return isinstance(kind, dict) and kind.get("logicalType") == "timestamp-millis"

    return [field["name"] for field in schema["fields"] if is_instant(field["type"])]


def _headers(name: str, source: str, media_type: str) -> Callable[[Document], list[Any]]:
    if name not in _EVENTS:
        constant = [("content-type", media_type.encode())]
        return lambda _: constant
    identifier, kind = _EVENTS[name]
    ours, data_type = source.encode(), media_type.encode()

    def headers(document: Document) -> list[Any]:
        return binary_headers(
            identifier=document[identifier],
            source=ours,
            kind=kind,
            time=document["occurred_at"],
            media_type=data_type,
        )

    return headers
