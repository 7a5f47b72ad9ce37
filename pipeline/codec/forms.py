"""The forms on the wire, told apart by their first bytes, or by a header (sources: conventions.md, Avro framing).

Confluent: 0x00 and a schema id of four bytes, big-endian; newer: 0x01 and the schema's GUID of 16 bytes; either
before the Avro binary or alone in the header `__value_schema_id`. Single object: C3 01 and the schema's CRC-64-AVRO.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from pipeline.codec.reasons import Reason, UnreadableError

SINGLE_OBJECT = b"\xc3\x01"
SCHEMA_ID_HEADER = "__value_schema_id"

_ID, _GUID = b"\x00", b"\x01"
_MAX_ID = 0x7FFF_FFFF

SchemaRef = int | UUID | bytes
"""What a record says of its schema: a registry's id or GUID, or a CRC-64-AVRO."""


class Framed(NamedTuple):
    """Avro: which schema, and where in the value the binary begins."""

    ref: SchemaRef
    start: int


def framing_of(value: bytes, headers: Iterable[tuple[str, bytes | None]]) -> Framed | None:
    """How the record is framed; None: it is not Avro. Raises UnreadableError for a frame that is cut off."""
    for name, header in headers:
        if name == SCHEMA_ID_HEADER and header is not None:
            return Framed(_registered(header, whole=True).ref, 0)
    first = value[:1]
    if first in {_ID, _GUID} and value:
        return _registered(value, whole=False)
    if value.startswith(SINGLE_OBJECT):
        if len(value) < 10:
            raise UnreadableError(Reason.BAD_AVRO, "cut off in the schema's fingerprint")
        return Framed(value[2:10], 10)
    return None


def confluent_prefix(schema_id: int) -> bytes:
    """What stands before Avro written with a registered schema."""
    return _ID + schema_id.to_bytes(4, "big")


def single_object_prefix(fingerprint: bytes) -> bytes:
    """What stands before Avro in single-object encoding."""
    return SINGLE_OBJECT + fingerprint


def _registered(value: bytes, *, whole: bool) -> Framed:
    length = 5 if value[:1] == _ID else 17
    if value[:1] not in {_ID, _GUID} or len(value) < length or (whole and len(value) != length):
        raise UnreadableError(Reason.BAD_AVRO, "cut off in the schema's id" if not whole else "no schema id in header")
    if length == 17:
        return Framed(UUID(bytes=value[1:17]), 17)
    schema_id = int.from_bytes(value[1:5], "big")
    if schema_id > _MAX_ID:
        raise UnreadableError(Reason.UNKNOWN_SCHEMA, f"{schema_id} is no schema id: it has 31 bits")
    return Framed(schema_id, 5)
