"""Plain values → Avro binary: one function per schema, put together once, as `reading` is and for the same reason."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pipeline.codec.reading import full_name

Write = Callable[[bytearray, Any], None]
"""Appends a value. Raises ValueError, TypeError, AttributeError or KeyError for one that the schema does not hold."""

_double = struct.Struct("<d").pack
_LONG = 1 << 63
_TYPES = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
    "bytes": bytes,
    "array": list,
    "map": dict,
    "record": dict,
}
"""Of several branches of a union that have one type in Python, the first counts."""


def writer_for(schema: Any) -> Write:
    """A writer of values of one of our own schemas: no fixed, enum, float or int, for we have none."""
    return _Compiler().compile(schema, "")


class _Compiler:
    def __init__(self) -> None:
        self._named: dict[str, Write] = {}

    def compile(self, schema: Any, namespace: str) -> Write:
        if isinstance(schema, list):
            return _union([(_python_type(branch), self.compile(branch, namespace)) for branch in schema])
        kind = schema
        if isinstance(schema, dict):
            kind = schema["type"]
            if kind == "record":
                full = full_name(schema["name"], schema.get("namespace", namespace))
                inside = full.rpartition(".")[0]
                fields = [_field(field, self.compile(field["type"], inside)) for field in schema["fields"]]
                self._named[full] = _record(fields)
                return self._named[full]
            if kind == "array":
                return _array(self.compile(schema["items"], namespace))
            if kind == "map":
                return _map(self.compile(schema["values"], namespace))
            return self.compile(kind, namespace)
        primitive = _PRIMITIVES.get(kind)
        return primitive if primitive is not None else self._named[full_name(kind, namespace)]


def _python_type(branch: Any) -> type:
    kind = branch["type"] if isinstance(branch, dict) else branch
    return _TYPES[kind]


def _null(_out: bytearray, _value: None) -> None:
    """Nothing is written."""


def _boolean(out: bytearray, value: bool) -> None:  # noqa: FBT001 - the value to write
    out.append(value is True)


def _long(out: bytearray, value: int) -> None:
    if not -_LONG <= value < _LONG:
        raise ValueError(f"{value} has more than 64 bits")
    number = (value << 1) ^ (value >> 63)
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _write_double(out: bytearray, value: float) -> None:
    out += _double(value)


def _string(out: bytearray, value: str) -> None:
    text = value.encode()
    size = len(text)
    if size < 64:
        out.append(size << 1)
    else:
        _long(out, size)
    out += text


def _bytes(out: bytearray, value: bytes) -> None:
    _long(out, len(value))
    out += value


_PRIMITIVES: dict[str, Write] = {
    "null": _null,
    "boolean": _boolean,
    "long": _long,
    "double": _write_double,
    "string": _string,
    "bytes": _bytes,
}


def _union(branches: list[tuple[type, Write]]) -> Write:
    table = {kind: (index << 1, write) for index, (kind, write) in reversed(list(enumerate(branches)))}

    def write(out: bytearray, value: Any) -> None:
        found = table.get(type(value))
        if found is None:
            found = next((entry for kind, entry in table.items() if isinstance(value, kind)), None)
            if found is None:
                raise TypeError(f"a {type(value).__name__} is in no branch of the union")
        out.append(found[0])
        found[1](out, value)

    return write


def _field(field: dict[str, Any], write: Write) -> tuple[str, Any, Write]:
    return field["name"], field.get("default", ...), write


def _record(fields: list[tuple[str, Any, Write]]) -> Write:
    def write(out: bytearray, row: dict[str, Any]) -> None:
        for name, default, write_field in fields:
            value = row.get(name, default)
            if value is ...:
                raise ValueError(f"{name} is missing")
            write_field(out, value)

    return write


def _array(write_item: Write) -> Write:
    def write(out: bytearray, items: list[Any]) -> None:
        if items:
            _long(out, len(items))
            for item in items:
                write_item(out, item)
        out.append(0)

    return write


def _map(write_item: Write) -> Write:
    def write(out: bytearray, found: dict[str, Any]) -> None:
        if found:
            _long(out, len(found))
            for key, value in found.items():
                _string(out, key)
                write_item(out, value)
        out.append(0)

    return write
