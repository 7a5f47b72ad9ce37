"""The types of events that a model names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.findings import Path

_KEYS = ("on", "action")


def named_types(data: Any, path: Path = (), *, keys: tuple[str, ...] = (*_KEYS, "until")) -> Iterator[tuple[Path, str]]:
    """Every type under `on`, `action` and the `until` of an SLA, with its path."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from named_types(item, (*path, index), keys=keys)
    elif isinstance(data, dict):
        for key, value in data.items():
            inner = (*path, key)
            if key in keys and isinstance(value, str) and "." in value:
                yield inner, value
            elif key in keys and isinstance(value, list) and all(isinstance(v, str) for v in value):
                yield from (((*inner, index), name) for index, name in enumerate(value))
            else:
                yield from named_types(value, inner, keys=keys)


def types_outside_sla(data: Any) -> set[str]:
    """The types that rules and transitions name."""
    return {name for _, name in named_types(data, keys=_KEYS)}
