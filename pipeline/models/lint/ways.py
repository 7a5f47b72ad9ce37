"""Stages and transitions of plain data, as lint walks along them."""

from __future__ import annotations

from typing import Any


def sources(item: dict[str, Any]) -> list[str]:
    """The stages that a transition leads from."""
    found = item["from"]
    return list(found) if isinstance(found, list) else [found]


def kinds(lifecycle: dict[str, Any]) -> dict[str, str]:
    """Each stage's kind, in declared order: active, won or side."""
    stages = lifecycle.get("stages") or {}
    return {name: (data or {}).get("kind", "active") for name, data in stages.items()}


def leads_up(lifecycle: dict[str, Any], source: str, target: str) -> bool:
    """Whether the way is `up` (contract: lifecycle.md rule 13)."""
    known = kinds(lifecycle)
    if known.get(target) == "side":
        return False
    order = list(known)
    return known.get(source) == "side" or order.index(source) < order.index(target)
