"""Every name that a model's conditions, limits and sums ask for: of a lead, or of activities of some types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.models.findings import Path
from pipeline.models.lint.context import LintContext

_CONNECTIVES = ("all", "any", "not")
_OTHER_KEYWORDS = ("explicit", "implicit", "total", "grade", "identified", "action", "gained", "in_stage_for")

_NAMING: dict[Path, tuple[str, ...]] = {(): ("sum",), ("points",): ("per",), ("limit",): ("by",)}
"""Where a selector names a value besides its `when`: the path within it, and the keys there."""


@dataclass(frozen=True, slots=True)
class Use:
    """One name where it stands. `types`: the activities that are asked, empty: a lead; `of_lead`: in the lifecycle.

    `asked` is what is asked of it; `at_key`: the name is the key at `path`, not its value.
    """

    path: Path
    name: str
    asked: Any
    types: tuple[str, ...]
    of_lead: bool
    at_key: bool


def uses(context: LintContext) -> Iterator[Use]:
    """Every use, in the order of the file as far as rules and transitions go."""
    for half in context.halves:
        for placed in half.rules:
            yield from _of_rule(placed.data, placed.path)
    for path, item in context.transitions:
        if path[0] == "lifecycle":
            for key in ("when", "leave"):
                yield from _asked(item.get(key), (*path, key), (), of_lead=True)
    for role, data in ((context.data.get("account") or {}).get("roles") or {}).items():
        yield from _asked(data, ("account", "roles", role), ())


def _of_rule(data: dict[str, Any], path: Path) -> Iterator[Use]:
    if "best_of" in data:
        for index, member in enumerate(data["best_of"]):
            yield from _of_rule(member, (*path, "best_of", index))
    elif "frequency" in data:
        yield from _selected(data["frequency"], (*path, "frequency"))
    elif "on" in data:
        yield from _selected(data, path)
    else:
        yield from _asked(data["when"], (*path, "when"), ())


def _selected(data: dict[str, Any], path: Path) -> Iterator[Use]:
    """What is asked of activities: by `when`, and the values that `sum`, `per` and `by` name."""
    types = tuple(data["on"]) if isinstance(data["on"], list) else (data["on"],)
    if "when" in data:
        yield from _asked(data["when"], (*path, "when"), types)
    for place, holder in (((), data), (("points",), data.get("points")), (("limit",), data.get("limit"))):
        for key in _NAMING[place]:
            if isinstance(holder, dict) and key in holder:
                yield Use((*path, *place, key), holder[key], None, types, of_lead=False, at_key=False)


def _asked(data: Any, path: Path, types: tuple[str, ...], *, of_lead: bool = False) -> Iterator[Use]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _asked(item, (*path, index), types, of_lead=of_lead)
    elif isinstance(data, dict):
        for key, value in data.items():
            inner = (*path, key)
            if key in _CONNECTIVES:
                yield from _asked(value, inner, types, of_lead=of_lead)
            elif key == "attribute":
                yield from (Use((*inner, n), n, None, types, of_lead=False, at_key=True) for n in value)
            elif key == "exists" or (of_lead and key == "due"):
                yield Use(inner, value, None, types, of_lead=False, at_key=False)
            elif of_lead and key in ("count", "happened"):
                yield from _selected(value, inner)
            elif not (of_lead and key in _OTHER_KEYWORDS):
                yield Use(inner, key, value, types, of_lead=of_lead, at_key=True)
