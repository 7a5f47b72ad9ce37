"""Avro binary → plain values: one function per schema, put together once (Avro specification 1.11, Binary Encoding).

A library's general reader takes several times as long, which is the budget of the whole pipeline for an event. And
here every claim is held against the bytes there are before anything is made of it: a length, a count of items.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

Read = Callable[[bytes, int], tuple[Any, int]]
"""The value that begins at a place, and the place behind it. Raises ValueError, IndexError or struct.error."""

_double = struct.Struct("<d").unpack_from
_float = struct.Struct("<f").unpack_from


def reader_for(schema: Any) -> Read:
    """A reader of values of a schema that has been vetted (`pipeline.codec.vetting`)."""
    return _Compiler().compile(schema, "")


class _Compiler:
    def __init__(self) -> None:
        self._named: dict[str, Read] = {}

    def compile(self, schema: Any, namespace: str) -> Read:
        if isinstance(schema, list):
            return _union([self.compile(branch, namespace) for branch in schema], schema)
        kind = schema
        if isinstance(schema, dict):
            kind = schema["type"]
            if kind in {"record", "error", "enum", "fixed"}:
                return self._definition(schema, namespace)
            if kind == "array":
                return _array(self.compile(schema["items"], namespace))
            if kind == "map":
                return _map(self.compile(schema["values"], namespace))
            return self.compile(kind, namespace)
        primitive = _PRIMITIVES.get(kind)
        return primitive if primitive is not None else self._named[full_name(kind, namespace)]

    def _definition(self, schema: dict[str, Any], namespace: str) -> Read:
        full = full_name(schema["name"], schema.get("namespace", namespace))
        read: Read
        if schema["type"] == "enum":
            read = _enum(schema["symbols"])
        elif schema["type"] == "fixed":
            read = _fixed(schema["size"])
        else:
            inside = full.rpartition(".")[0]
            read = _record([(field["name"], self.compile(field["type"], inside)) for field in schema["fields"]])
        self._named[full] = read
        return read


def full_name(name: str, namespace: Any) -> str:
    """A type's name with its namespace."""
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _null(_value: bytes, place: int) -> tuple[None, int]:
    return None, place


def _boolean(value: bytes, place: int) -> tuple[bool, int]:
    byte = value[place]
    if byte > 1:
        raise ValueError(f"{byte} is no boolean")
    return byte == 1, place + 1


def _long(value: bytes, place: int) -> tuple[int, int]:
    byte = value[place]
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), place + 1
    number, shift = byte & 0x7F, 7
    while True:
        place += 1
        byte = value[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            raise ValueError("an integer of more than 64 bits")
    if number >> 64:
        raise ValueError("an integer of more than 64 bits")
    return (number >> 1) ^ -(number & 1), place + 1


def _int(value: bytes, place: int) -> tuple[int, int]:
    number, place = _long(value, place)
    if not -(1 << 31) <= number < 1 << 31:
        raise ValueError(f"{number} has more than 32 bits")
    return number, place


def _read_float(value: bytes, place: int) -> tuple[float, int]:
    return _float(value, place)[0], place + 4


def _read_double(value: bytes, place: int) -> tuple[float, int]:
    return _double(value, place)[0], place + 8


def _bytes(value: bytes, place: int) -> tuple[bytes, int]:
    size, place = _long(value, place)
    end = place + size
    if size < 0 or end > len(value):
        raise ValueError(f"{size} bytes are claimed, {len(value) - place} are there")
    return value[place:end], end


def _string(value: bytes, place: int) -> tuple[str, int]:
    size = value[place]
    # Nearly every text is shorter than 64 bytes: its length is one byte.
    if size < 0x80 and not size & 1:
        end = place + 1 + (size >> 1)
        if end <= len(value):
            return value[place + 1 : end].decode(), end
    found, end = _bytes(value, place)
    return found.decode(), end


_PRIMITIVES: dict[str, Read] = {
    "null": _null,
    "boolean": _boolean,
    "int": _int,
    "long": _long,
    "float": _read_float,
    "double": _read_double,
    "bytes": _bytes,
    "string": _string,
}


def _nullable_string(value: bytes, place: int) -> tuple[str | None, int]:
    branch = value[place]
    if branch == 0:
        return None, place + 1
    if branch == 2:
        return _string(value, place + 1)
    raise ValueError("a branch that the union does not have")


def _union(branches: list[Read], schema: list[Any]) -> Read:
    if len(branches) == 2 and schema[0] == "null" and len(schema) == 2:
        inner = branches[1]
        if inner is _string:
            return _nullable_string

        def read_nullable(value: bytes, place: int) -> tuple[Any, int]:
            branch = value[place]
            if branch == 0:
                return None, place + 1
            if branch == 2:
                return inner(value, place + 1)
            raise ValueError("a branch that the union does not have")

        return read_nullable

    # An even byte below 0x80 is a whole branch number, doubled.
    by_byte = {index << 1: branch for index, branch in enumerate(branches[:64])}

    def read(value: bytes, place: int) -> tuple[Any, int]:
        branch = by_byte.get(value[place])
        if branch is None:
            raise ValueError("a branch that the union does not have")
        return branch(value, place + 1)

    return read


def _record(fields: list[tuple[str, Read]]) -> Read:
    def read(value: bytes, place: int) -> tuple[dict[str, Any], int]:
        row = {}
        for name, read_field in fields:
            row[name], place = read_field(value, place)
        return row, place

    return read


def _count(value: bytes, place: int) -> tuple[int, int]:
    """How many items the block that begins here has. Each takes a byte at least, or `vet` had refused the schema."""
    count, place = _long(value, place)
    if count < 0:
        count = -count
        size, place = _long(value, place)
        if not 0 <= size <= len(value) - place:
            raise ValueError(f"a block of {size} bytes is claimed, {len(value) - place} are there")
    if count > len(value) - place:
        raise ValueError(f"{count} items are claimed in {len(value) - place} bytes")
    return count, place


def _array(read_item: Read) -> Read:
    def read(value: bytes, place: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        while True:
            count, place = _count(value, place)
            if not count:
                return items, place
            for _ in range(count):
                item, place = read_item(value, place)
                items.append(item)

    return read


def _map(read_item: Read) -> Read:
    def read(value: bytes, place: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            count, place = _count(value, place)
            if not count:
                return found, place
            for _ in range(count):
                size = value[place]
                if size < 0x80 and not size & 1:  # as in _string, which is a call
                    begin = place + 1
                    place = begin + (size >> 1)
                    key = value[begin:place].decode()
                else:
                    key, place = _string(value, place)
                # A key that is cut off ends where no value can begin.
                found[key], place = read_item(value, place)

    return read


def _enum(symbols: list[str]) -> Read:
    def read(value: bytes, place: int) -> tuple[str, int]:
        index, place = _long(value, place)
        if not 0 <= index < len(symbols):
            raise ValueError("a symbol that the enum does not have")
        return symbols[index], place

    return read


def _fixed(size: int) -> Read:
    def read(value: bytes, place: int) -> tuple[bytes, int]:
        end = place + size
        if end > len(value):
            raise ValueError(f"{size} bytes are claimed, {len(value) - place} are there")
        return value[place:end], end

    return read
