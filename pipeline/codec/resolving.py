"""From what a writer's schema gave to what ours has: defaults, promotions, fields left out (Schema Resolution)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pipeline.codec.compatibility import Names, incompatibilities, kind_of, known
from pipeline.codec.schemas import Schema, fingerprint_of

Resolve = Callable[[Any], Any]


def resolution(ours: Schema, writer: Schema) -> Resolve | None:
    """What turns a value of `writer` into one of `ours`; None if they are the same. They must be compatible."""
    if fingerprint_of(writer) == fingerprint_of(ours):
        return None
    return _resolve(ours, writer, {}, {})


def _resolve(reader: Any, writer: Any, ours: Names, theirs: Names) -> Resolve | None:
    reader, writer = known(reader, ours), known(writer, theirs)
    if isinstance(writer, list):
        return _union_of_theirs(reader, writer, ours, theirs)
    if isinstance(reader, list):
        branch = next((b for b in reader if _exactly(b, writer, ours)), None)
        if branch is None:
            branch = next((b for b in reader if not incompatibilities(b, writer)), writer)
        return _resolve(branch, writer, ours, theirs)
    to, of = kind_of(reader), kind_of(writer)
    if to == of == "record":
        return _record(reader, writer, ours, theirs)
    if to == of == "array":
        inner = _resolve(reader["items"], writer["items"], ours, theirs)
        return inner and _each_item(inner)
    if to == of == "map":
        inner = _resolve(reader["values"], writer["values"], ours, theirs)
        return inner and _each_value(inner)
    return _PROMOTED.get((of, to))


def _each_item(inner: Resolve) -> Resolve:
    return lambda items: [inner(item) for item in items]


def _each_value(inner: Resolve) -> Resolve:
    return lambda found: {key: inner(value) for key, value in found.items()}


def _exactly(reader: Any, writer: Any, ours: Names) -> bool:
    return kind_of(known(reader, ours)) == kind_of(writer)


def _union_of_theirs(reader: Any, writer: list[Any], ours: Names, theirs: Names) -> Resolve | None:
    """Values do not say which branch they came from, but Python's types nearly do."""
    by_type: dict[type, Resolve | None] = {}
    for branch in writer:
        by_type.setdefault(_PYTHON[kind_of(known(branch, theirs))], _resolve(reader, branch, ours, theirs))
    if not any(by_type.values()):
        return None

    def resolve(value: Any) -> Any:
        inner = by_type[type(value)]
        return value if inner is None else inner(value)

    return resolve


def _record(reader: Any, writer: Any, ours: Names, theirs: Names) -> Resolve:
    written = {field["name"]: field["type"] for field in writer["fields"]}
    taken: list[tuple[str, str, Resolve | None]] = []
    defaults: dict[str, Any] = {}
    for field in reader["fields"]:
        name = next((name for name in (field["name"], *field.get("aliases", [])) if name in written), None)
        if name is not None:
            taken.append((field["name"], name, _resolve(field["type"], written[name], ours, theirs)))
        else:
            known(field["type"], ours)
            defaults[field["name"]] = field.get("default")

    def resolve(row: dict[str, Any]) -> dict[str, Any]:
        found = deepcopy(defaults)
        for name, theirs_name, inner in taken:
            value = row[theirs_name]
            found[name] = value if inner is None else inner(value)
        return found

    return resolve


_PYTHON: dict[str, type] = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "bytes": bytes,
    "fixed": bytes,
    "string": str,
    "enum": str,
    "array": list,
    "map": dict,
    "record": dict,
    "error": dict,
}
_PROMOTED: dict[tuple[str, str], Resolve] = {
    ("int", "float"): float,
    ("int", "double"): float,
    ("long", "float"): float,
    ("long", "double"): float,
    ("bytes", "string"): lambda value: value.decode("utf-8", "replace"),
    ("string", "bytes"): lambda value: value.encode(),
}
