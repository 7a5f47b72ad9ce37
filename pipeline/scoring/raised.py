"""A signal that a lead raises, before it is a record (contract: lifecycle.md, Signals)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The signal `name` at the instant of a decision; `key` tells several of one name at one instant apart.

    `details` are JSON-ready; instants in them are ISO-8601 texts.
    """

    name: str
    key: str = ""
    details: dict[str, Any] = field(default_factory=dict)
