"""Whether what was written with one schema can be read with another (Avro specification 1.11, Schema Resolution)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
Names = dict[str, Any]
"""The named types met so far, by their names without namespace."""

_NAMED = {"record", "error", "enum", "fixed"}


def incompatibilities(reader: Any, writer: Any) -> list[str]:
    """Why `reader` cannot read all that `writer` writes, each with its place; empty if it can.

    Stricter than Avro in one thing: instants in other units than the reader's are refused, since only their numbers
    would be read. Neither schema may be recursive.
    """
    return list(_Comparison().compare(reader, writer, ""))


def breaks(versions: Sequence[Any], *, full: bool) -> list[str]:
    """What is wrong between any two of `versions`, the oldest first.

    Every later one must read every earlier one (BACKWARD_TRANSITIVE), with `full` every earlier one every later one,
    too (FULL_TRANSITIVE).
    """
    found = []
    for new_number, new in enumerate(versions, 1):
        for old_number, old in enumerate(versions[: new_number - 1], 1):
            found += [f"v{new_number} cannot read v{old_number}: {why}" for why in incompatibilities(new, old)]
            if full:
                found += [f"v{old_number} cannot read v{new_number}: {why}" for why in incompatibilities(old, new)]
    return found


class _Comparison:
    def __init__(self) -> None:
        self._reader_names: Names = {}
        self._writer_names: Names = {}

    def compare(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        reader, writer = known(reader, self._reader_names), known(writer, self._writer_names)
        if isinstance(writer, list):
            for branch in writer:
                yield from self.compare(reader, branch, path)
            return
        if isinstance(reader, list):
            if not any(not list(self.compare(branch, writer, path)) for branch in reader):
                yield f"{path or 'the record'}: no branch of the reader's union takes {kind_of(writer)}"
            return
        ours, theirs = kind_of(reader), kind_of(writer)
        if ours != theirs:
            if ours not in _PROMOTIONS.get(theirs, ()):
                yield f"{path or 'the record'}: {theirs} cannot be read as {ours}"
            return
        compare = _COMPLEX.get(ours)
        if compare is not None:
            yield from compare(self, reader, writer, path)
        elif _logical(reader) != _logical(writer):
            yield f"{path}: {_logical(writer) or 'a plain ' + theirs} is no {_logical(reader) or 'plain ' + ours}"

    def records(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        yield from _same_name(reader, writer, path)
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            names = [field["name"], *field.get("aliases", [])]
            theirs = next((written[name] for name in names if name in written), None)
            here = f"{path}.{field['name']}" if path else field["name"]
            if theirs is not None:
                yield from self.compare(field["type"], theirs["type"], here)
            elif "default" not in field:
                yield f"{here}: the writer has no such field, and the reader no default for it"
        # What only the writer has may still define names that are used later.
        for name in written.keys() - {field["name"] for field in reader["fields"]}:
            _learn(written[name]["type"], self._writer_names)

    def items(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        yield from self.compare(reader["items"], writer["items"], f"{path}[]")

    def values(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        yield from self.compare(reader["values"], writer["values"], f"{path}{{}}")

    def symbols(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        yield from _same_name(reader, writer, path)
        unknown = set(writer["symbols"]) - set(reader["symbols"])
        if unknown and "default" not in reader:
            yield f"{path}: the reader does not know {', '.join(sorted(unknown))}"

    def sizes(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        yield from _same_name(reader, writer, path)
        if reader["size"] != writer["size"]:
            yield f"{path}: {writer['size']} bytes are not {reader['size']}"


_COMPLEX: dict[str, Callable[[_Comparison, Any, Any, str], Iterator[str]]] = {
    "record": _Comparison.records,
    "error": _Comparison.records,
    "array": _Comparison.items,
    "map": _Comparison.values,
    "enum": _Comparison.symbols,
    "fixed": _Comparison.sizes,
}


def kind_of(schema: Any) -> str:
    """The name of a type."""
    return schema if isinstance(schema, str) else str(schema["type"])


def _logical(schema: Any) -> str | None:
    """The unit that matters for reading the number: instants only, others are read as what they are stored as."""
    kind = schema.get("logicalType") if isinstance(schema, dict) else None
    return kind if isinstance(kind, str) and "timestamp" in kind else None


def _same_name(reader: Any, writer: Any, path: str) -> Iterator[str]:
    """Full names may differ, as most implementations allow; the name proper may not."""
    ours, theirs = _last(reader["name"]), _last(writer["name"])
    if ours != theirs and theirs not in map(_last, reader.get("aliases", [])):
        yield f"{path or 'the record'}: {theirs} is no {ours}"


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def known(schema: Any, names: Names) -> Any:
    """The schema behind a name, or a wrapped primitive as it is; named types are remembered."""
    if isinstance(schema, str):
        return names.get(_last(schema), schema)
    if isinstance(schema, dict):
        if isinstance(schema["type"], dict | list):
            return known(schema["type"], names)
        if schema["type"] in _NAMED:
            names[_last(schema["name"])] = schema
        elif _last(str(schema["type"])) in names:
            return names[_last(str(schema["type"]))]
    return schema


def _learn(schema: Any, names: Names) -> None:
    if isinstance(schema, list):
        for branch in schema:
            _learn(branch, names)
    elif isinstance(schema, dict):
        known(schema, names)
        for inner in ("type", "items", "values"):
            if isinstance(schema.get(inner), dict | list):
                _learn(schema[inner], names)
        for field in schema.get("fields", []):
            _learn(field["type"], names)
