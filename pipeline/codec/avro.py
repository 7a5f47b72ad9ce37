"""Avro records, read and written under schemas of which nothing is believed but what was checked.

Instants are integers here: logical types say how to show a value, not how it is stored.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from fastavro import parse_schema

from pipeline.codec.compatibility import incompatibilities
from pipeline.codec.reading import reader_for
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.resolving import resolution
from pipeline.codec.schemas import Schema
from pipeline.codec.vetting import vet
from pipeline.codec.writing import writer_for

Read = Callable[[bytes, int], dict[str, Any]]
"""The record in `value` from byte `start` to its end. Raises UnreadableError (`bad_avro`)."""


def reader_of(writer: Schema, ours: Schema) -> Read:
    """A reader of what was written with `writer`, as `ours` has it. Raises UnreadableError (`unusable_schema`)."""
    try:
        parse_schema(writer)
        vet(writer)
        problems = incompatibilities(ours, writer)
        read_record, resolve = reader_for(writer), resolution(ours, writer)
    except UnreadableError:
        raise
    except Exception as error:  # whatever a parser's parts raise on what is no schema
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, f"the writer's schema is none: {error!r:.200}") from error
    if problems:
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, f"the writer's schema does not fit ours: {problems[0]}")

    def read(value: bytes, start: int) -> dict[str, Any]:
        try:
            row, end = read_record(value, start)
        except IndexError as error:
            raise UnreadableError(Reason.BAD_AVRO, "cut off") from error
        except (ValueError, struct.error) as error:
            raise UnreadableError(Reason.BAD_AVRO, f"not what its schema says: {error}") from error
        if end != len(value):
            raise UnreadableError(Reason.BAD_AVRO, f"{len(value) - end} bytes behind the record")
        found: dict[str, Any] = row if resolve is None else resolve(row)
        return found

    return read


def writer_of(schema: Schema, prefix: bytes) -> Callable[[dict[str, Any]], bytes]:
    """An encoder of records, with `prefix` before each. Raises as `pipeline.codec.writing.Write` does."""
    write_record = writer_for(schema)

    def write(row: dict[str, Any]) -> bytes:
        out = bytearray(prefix)
        write_record(out, row)
        return bytes(out)

    return write
