"""The schemas that ship with the project: `schemas/<direction>/<name>.avsc`, frozen in `schemas/history/<name>/`."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from fastavro.schema import fingerprint, to_parsing_canonical_form

Schema = dict[str, Any]
"""An Avro schema as its JSON reads; ours are records."""

INBOUND = ("event",)
OUTBOUND = ("stage-change", "score", "signal")
_VERSION = re.compile(r"v(\d+)\.avsc")


def root() -> Traversable:
    """The folder `schemas/`, of a clone or of an installed package."""
    return files("schemas")


def direction_of(name: str) -> str:
    """The folder that holds a record's current schema. Raises ValueError for a name that no folder holds."""
    for direction in ("inbound", "outbound", "internal"):
        if (root() / direction / f"{name}.avsc").is_file():
            return direction
    raise ValueError(f"there is no schema {name!r}")


@cache
def current_text(name: str) -> str:
    """The text of a record's current schema."""
    return (root() / direction_of(name) / f"{name}.avsc").read_text(encoding="utf-8")


def current(name: str) -> Schema:
    """A record's current schema."""
    return _parsed(current_text(name))


@cache
def history_texts(name: str) -> tuple[str, ...]:
    """The texts of a record's frozen versions, v1 first."""
    folder = root() / "history" / name
    found = {}
    for file in folder.iterdir() if folder.is_dir() else ():
        version = _VERSION.fullmatch(file.name)
        if version is not None:
            found[int(version[1])] = file.read_text(encoding="utf-8")
    return tuple(found[number] for number in sorted(found))


def history(name: str) -> list[Schema]:
    """A record's frozen versions, v1 first."""
    return [_parsed(text) for text in history_texts(name)]


def all_names() -> list[str]:
    """Every record that has a current schema, inbound first."""
    folders = [root() / direction for direction in ("inbound", "internal", "outbound")]
    return [
        file.name.removesuffix(".avsc")
        for folder in folders
        if folder.is_dir()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".avsc")
    ]


def fingerprint_of(schema: Schema) -> bytes:
    """CRC-64-AVRO of the parsing canonical form, as single-object encoding writes it (little-endian)."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def _parsed(text: str) -> Schema:
    schema: Schema = json.loads(text)
    return schema
