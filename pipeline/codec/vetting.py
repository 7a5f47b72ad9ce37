"""What a writer's schema must be before a byte is read with it.

fastavro overflows the stack on a recursive schema, and items that take no bytes let five bytes claim millions of
them. With what is checked here, what a record can become in memory is bounded by its bytes, which are capped.
"""

from __future__ import annotations

from typing import Any

from pipeline.codec.reasons import Reason, UnreadableError

MAX_DEPTH = 16
"""Levels of types inside each other."""
MAX_NODES = 2_000
"""Types in one datum, named ones counted wherever they are used."""
MAX_VALUES_PER_BYTE = 8
"""How many values an item of an array or map may hold for each byte that it takes at least."""

_PRIMITIVES = {"null": 0, "boolean": 1, "int": 1, "long": 1, "float": 4, "double": 8, "bytes": 1, "string": 1}
"""Primitive types and the least bytes that they take."""


def vet(schema: Any) -> None:
    """Raise UnreadableError (`unusable_schema`) for a schema that is no schema, or that could be used to harm us."""
    _Vet().size(schema, "", 0)


class _Vet:
    def __init__(self) -> None:
        self._named: dict[str, Any] = {}
        self._open: set[str] = set()
        self._nodes = 0

    def size(self, schema: Any, namespace: str, depth: int) -> tuple[int, int]:
        """The least bytes of a datum, and the most values in it (items of arrays and maps not counted)."""
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise _unusable(f"nested deeper than {MAX_DEPTH} levels")
        if self._nodes > MAX_NODES:
            raise _unusable(f"more than {MAX_NODES} types")
        if isinstance(schema, str):
            return self._by_name(schema, namespace, depth)
        if isinstance(schema, list):
            sizes = [self.size(branch, namespace, depth + 1) for branch in schema]
            if not sizes:
                raise _unusable("a union of nothing")
            return 1 + min(least for least, _ in sizes), max(most for _, most in sizes)
        if isinstance(schema, dict):
            return self._complex(schema, namespace, depth)
        raise _unusable(f"{type(schema).__name__} where a type is expected")

    def _by_name(self, name: str, namespace: str, depth: int) -> tuple[int, int]:
        if name in _PRIMITIVES:
            return _PRIMITIVES[name], 1
        full = _full_name(name, namespace)
        if full in self._open:
            raise _unusable(f"{full} holds itself")
        if full not in self._named:
            raise _unusable(f"unknown type {name!r}")
        definition, inside = self._named[full]
        return self._body(definition, full, inside, depth)

    def _complex(self, schema: dict[str, Any], namespace: str, depth: int) -> tuple[int, int]:
        kind = schema.get("type")
        if isinstance(kind, dict | list) or (isinstance(kind, str) and kind in _PRIMITIVES):
            return self.size(kind, namespace, depth + 1)
        if kind in {"array", "map"}:
            least, most = self.size(schema.get("items" if kind == "array" else "values"), namespace, depth + 1)
            least += kind == "map"  # its key
            if most > MAX_VALUES_PER_BYTE * least:
                raise _unusable(f"items of {least} bytes that hold {most} values")
            return 1, 1
        if kind in {"record", "error", "enum", "fixed"}:
            name = schema.get("name")
            if not isinstance(name, str):
                raise _unusable(f"a {kind} without a name")
            full = _full_name(name, schema.get("namespace", namespace))
            inside = full.rpartition(".")[0]
            self._named[full] = (schema, inside)
            return self._body(schema, full, inside, depth)
        if isinstance(kind, str):
            return self._by_name(kind, namespace, depth)
        raise _unusable("a type without a name")

    def _body(self, schema: dict[str, Any], full: str, namespace: str, depth: int) -> tuple[int, int]:
        kind = schema["type"]
        if kind == "enum":
            return 1, 1
        if kind == "fixed":
            size = schema.get("size")
            if type(size) is not int or size < 0:
                raise _unusable(f"{full}: a fixed needs its size")
            return size, 1
        fields = schema.get("fields")
        if not isinstance(fields, list):
            raise _unusable(f"{full}: a record needs fields")
        self._open.add(full)
        least, most = 0, 1
        for field in fields:
            if not isinstance(field, dict):
                raise _unusable(f"{full}: a field must be an object")
            field_least, field_most = self.size(field.get("type"), namespace, depth + 1)
            least, most = least + field_least, most + field_most
        self._open.discard(full)
        return least, most


def _full_name(name: str, namespace: Any) -> str:
    return name if "." in name or not isinstance(namespace, str) or not namespace else f"{namespace}.{name}"


def _unusable(message: str) -> UnreadableError:
    return UnreadableError(Reason.UNUSABLE_SCHEMA, f"the writer's schema cannot be used: {message}")
