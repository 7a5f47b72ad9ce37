"""Which user agents are machines: crawlers, scanners, monitors, libraries (data/crawlers.txt, see build_crawlers.py).

The list is one RE2 alternation, so an agent is looked at once whatever the number of patterns; answers are remembered.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

import re2

_MOST_MEMORY = 64 << 20


@lru_cache(maxsize=1)
def crawler_patterns() -> tuple[str, ...]:
    """The patterns (RE2, case-insensitive, found anywhere in the agent)."""
    lines = (files("pipeline.models") / "data" / "crawlers.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("# "))


@lru_cache(maxsize=1)
def crawler_digest() -> str:
    """Hex SHA-256 over the patterns; the comments do not count. It is part of every model's digest."""
    return hashlib.sha256("\n".join(crawler_patterns()).encode()).hexdigest()


@lru_cache(maxsize=1)
def _matcher() -> re2._Regexp[bytes]:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = _MOST_MEMORY
    return re2.compile("|".join(crawler_patterns()).encode(), options)


@lru_cache(maxsize=65_536)
def is_crawler(user_agent: str) -> bool:
    """Whether the agent is on the list. An empty one is not: mail gateways and servers strip it from people too."""
    return bool(user_agent) and _matcher().search(user_agent.encode("utf-8", "replace")) is not None
