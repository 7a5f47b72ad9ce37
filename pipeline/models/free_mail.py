"""Free-mail domains: addresses there say nothing about the company (data/free_mail.txt, origin at its top)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def free_mail_domains() -> frozenset[str]:
    """The domains, in lower case."""
    lines = (files("pipeline.models") / "data" / "free_mail.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=1)
def free_mail_digest() -> str:
    """Hex SHA-256 over the domains; the comments do not count."""
    return hashlib.sha256("\n".join(sorted(free_mail_domains())).encode()).hexdigest()
