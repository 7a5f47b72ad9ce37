"""The map of properties: nested in, flat out."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.events import Scalar

MAX_KEYS = 256
MAX_DEPTH = 4
_LONG = 1 << 63
_IDENTIFY = {"company.name": "company", "company.employees": "employees", "title": "job_title"}


def flatten(properties: dict[str, Any]) -> dict[str, Scalar]:
    """Objects flattened with dots, arrays as compact JSON text, integers beyond 64 bits as doubles.

    Of two ways to write one key (`{"a.b": 1, "a": {"b": 2}}`) the later one stays.
    Raises UnreadableError for more than four levels or 256 keys, and for numbers that are not finite.
    """
    flat: dict[str, Scalar] = {}
    for name, value in properties.items():
        kind = type(value)
        if kind is str or kind is bool or value is None or (kind is int and -_LONG <= value < _LONG):
            flat[name] = value
        else:
            _put(flat, name, value, 1)
    if len(flat) > MAX_KEYS:
        raise UnreadableError(Reason.TOO_MANY_PROPERTIES, f"properties has {len(flat)} keys, {MAX_KEYS} are allowed")
    return flat


def fill_identify(properties: dict[str, Scalar]) -> None:
    """An identify's `company.name`, `company.employees` and `title` also fill the known names, where not given."""
    for name, known in _IDENTIFY.items():
        if name in properties and known not in properties:
            properties[known] = properties[name]


def _put(flat: dict[str, Scalar], name: str, value: Any, depth: int) -> None:
    """Put one value that lies `depth` levels below `properties`."""
    if value is None or isinstance(value, str | bool):
        flat[name] = value
    elif isinstance(value, int):
        flat[name] = value if -_LONG <= value < _LONG else _double(value, name)
    elif isinstance(value, float):
        flat[name] = _double(value, name)
    elif isinstance(value, dict):
        _check_depth(depth + 1)
        for key, inner in value.items():
            _put(flat, f"{name}.{key}", inner, depth + 1)
    elif isinstance(value, list):
        _check_array(value, depth + 1)
        flat[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        raise UnreadableError(Reason.BAD_FIELD, f"properties holds a {type(value).__name__}")


def _double(number: float, name: str) -> float:
    try:
        double = float(number)
    except OverflowError:
        double = float("inf")
    if not isfinite(double):
        raise UnreadableError(Reason.BAD_FIELD, f"property {name[:64]!r} is not a finite number")
    return double


def _check_array(value: Any, depth: int) -> None:
    if isinstance(value, list | dict):
        _check_depth(depth)
        for inner in value.values() if isinstance(value, dict) else value:
            _check_array(inner, depth + 1)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise UnreadableError(Reason.TOO_DEEP, f"properties is nested deeper than {MAX_DEPTH} levels")
