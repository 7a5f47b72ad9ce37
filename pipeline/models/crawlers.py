"""Which user agents are machines: crawlers, scanners, monitors, libraries.

An agent is one if a pattern of data/crawlers.txt or a word of programs is found in it, or if it names no system, device
or browser that a person could use (`agent_words`). Each of the three is one RE2 alternation, so that an agent is looked
at in one pass each, whatever the number of patterns; answers are remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import re2

from pipeline.models.agent_words import DEVICES, HARMLESS, PROGRAMS

if TYPE_CHECKING:
    from re2 import _Regexp

_MOST_MEMORY = 128 << 20
_LONGEST = 2_000
"""Bytes of an agent that are looked at."""


@lru_cache(maxsize=1)
def crawler_patterns() -> tuple[str, ...]:
    """The patterns of the list."""
    lines = (files("pipeline.models") / "data" / "crawlers.txt").read_text(encoding="utf-8").split("\n")
    return tuple(line for line in lines if line and not line.startswith("# "))


@lru_cache(maxsize=1)
def crawler_digest() -> str:
    """Hex SHA-256 over the list and the words; it is part of every model's digest."""
    known = json.dumps([crawler_patterns(), PROGRAMS, DEVICES, HARMLESS])
    return hashlib.sha256(known.encode()).hexdigest()


def _any_of(patterns: Iterable[str]) -> _Regexp[bytes]:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = _MOST_MEMORY
    return re2.compile("|".join(patterns).encode(), options)


@lru_cache(maxsize=1)
def _matchers() -> tuple[_Regexp[bytes], _Regexp[bytes], _Regexp[bytes]]:
    return _any_of([*crawler_patterns(), *PROGRAMS]), _any_of(DEVICES), _any_of(HARMLESS)


@lru_cache(maxsize=65_536)
def is_crawler(user_agent: str) -> bool:
    """Whether the agent is a machine's. An empty one is not marked: some people's browsers and gateways send none."""
    text = user_agent.strip().encode("utf-8", "replace")[:_LONGEST]
    if not text:
        return False
    machines, devices, harmless = _matchers()
    return machines.search(harmless.sub(b"", text)) is not None or devices.search(text) is None
