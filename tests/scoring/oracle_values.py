"""How the oracle reads and compares single values."""

from __future__ import annotations

import re
from typing import Any


def number_of(value: Any) -> float | None:
    """The number that a value is, or that a decimal string is."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        return float(value)
    return None


def same(left: Any, right: Any) -> bool:
    """Equality by type and value: 1 = 1.0, true ≠ 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def folded(value: Any) -> Any:
    if isinstance(value, list):
        return [folded(v) for v in value]
    return value.casefold() if isinstance(value, str) else value


def glob_matches(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", "(?s:.*)").replace(r"\?", "(?s:.)")
    return re.fullmatch(escaped, text) is not None
