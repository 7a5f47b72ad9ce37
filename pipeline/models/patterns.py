"""Texts that match: RE2 patterns and globs, compiled once into predicates."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

import re2

Predicate = Callable[[str], bool]

_LOOK = re.compile(r"\(\?<?[=!]")
_BACKREFERENCE = re.compile(r"\\[1-9]|\(\?P=")


def compile_pattern(pattern: str) -> Predicate:
    """A predicate that is true where RE2 finds `pattern` anywhere in the text (classes are ASCII, linear time).

    Raises ValueError with (message, remedy) as its args for what RE2 refuses.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 1 << 22
    try:
        compiled = re2.compile(pattern.encode("utf-8"), options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        message = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"RE2 refuses the pattern `{pattern}`: {message}", _remedy(pattern, message)) from None
    except UnicodeEncodeError:
        raise ValueError("the pattern holds half a surrogate pair", "write the character itself") from None
    search = compiled.search

    def matches(text: str) -> bool:
        return search(text.encode("utf-8", "replace")) is not None

    return matches


def _remedy(pattern: str, message: str) -> str:
    if _LOOK.search(pattern):
        return "RE2 has no lookahead or lookbehind: use two conditions, `{all: [{x: {matches: …}}, {not: …}]}`"
    if _BACKREFERENCE.search(pattern):
        return "RE2 has no backreferences: write the alternatives out"
    if "repetition" in message or "repeat" in message:
        return "put something before `*`, `+` or `?`, repeat at most 1000 times, or write `\\*` for the character"
    if "missing" in message or "unexpected" in message:
        return "close every bracket, or write `\\(` for the character"
    return "see the RE2 syntax: github.com/google/re2/wiki/Syntax"


def compile_glob(pattern: str) -> Predicate:
    """A predicate that is true of whole texts like `pattern`: `*` is any text (also `/`), `?` one character, `[ab]`."""
    body = pattern[:-1]
    if not any(c in pattern for c in "*?["):
        return pattern.__eq__
    if pattern.endswith("*") and not any(c in body for c in "*?["):
        return lambda text: text.startswith(body)
    return _whole(re.compile(fnmatch.translate(pattern)))


def _whole(compiled: re.Pattern[str]) -> Predicate:
    return lambda text: compiled.match(text) is not None
