"""What the file defines and nothing uses: lists, calendars, named scores without rules, an early warning of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "unused"
ABOUT = "something that is defined and has no use"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each definition without a use."""
    del model
    data = context.data
    for section, key, use in (("lists", "in_list", "in_list: {}"), ("calendars", "calendar", "calendar: {}")):
        used = set(_values(data, key))
        for name in data.get(section) or {}:
            if name not in used:
                message = f"nothing uses the {section.removesuffix('s')} `{name}`"
                remedy = f"drop it, or use it: `{use.format(name)}`"
                yield context.finding(CODE, (section, name), message, remedy, key=True)
    for half in context.halves:
        other = next(h for h in context.halves if h.score == half.score and h.name != half.name)
        if half.score and half.name == "explicit" and not half.rules and not other.rules:
            message = f"the score `{half.score}` has no rules and is always 0"
            yield context.finding(CODE, ("scores", half.score), message, "give it rules, or drop it", key=True)
    if "cooling" in (data.get("signals") or {}) and not any("leave" in item for _, item in _own(context)):
        message = "`cooling` warns of a step down, and no transition has `leave`"
        remedy = "add `leave` to a transition that a lead can fall back from, or drop the signal"
        yield context.finding(CODE, ("signals", "cooling"), message, remedy, key=True)


def _own(context: LintContext) -> Iterator[tuple[Any, dict[str, Any]]]:
    return ((path, item) for path, item in context.transitions if path[0] == "lifecycle")


def _values(data: Any, key: str) -> Iterator[str]:
    """Every text under `key`, at any depth."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from _values(value, key)
    elif isinstance(data, list):
        for item in data:
            yield from _values(item, key)
