"""Plain scalars by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

Only `true` and `false` are booleans; `yes`, `NO` and `on` are text, and so are dates and times.
"""

from __future__ import annotations

import re

Plain = bool | int | float | str | None

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MOST_DIGITS = 100
_LARGEST = 1e100
"""Of numbers up to this size every product and sum that a model asks for is finite."""


def plain_value(text: str) -> Plain:
    """The value of an unquoted scalar. Raises ValueError for a number that is infinite, not a number or too long."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"`{text}` is no finite number")
    for pattern, base in ((_INT, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            if len(text) > _MOST_DIGITS:
                raise ValueError(f"`{text[:20]}…` has too many digits")
            return int(text, base) if base == 10 else int(text[2:], base)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if abs(number) > _LARGEST:
            raise ValueError(f"`{text}` is too large: numbers lie within ±1e100")
        return number
    return text
