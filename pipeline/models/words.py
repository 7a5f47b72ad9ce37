"""Conditions, points, limits, decays and frequencies of a model file in words, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_COMPARISONS = {
    "equals": "=",
    "not": "≠",
    "in": "in",
    "not_in": "not in",
    "in_list": "in the list",
    "at_least": "≥",
    "at_most": "≤",
    "matches": "matches",
    "glob": "like",
    "contains": "contains",
}


def condition(data: Any) -> str:
    """A condition of rules or of the lifecycle."""
    if isinstance(data, str):
        return data
    return " and ".join(_one(key, value) for key, value in data.items())


def _inner(data: Any) -> str:
    text = condition(data)
    several = isinstance(data, dict) and (len(data) > 1 or next(iter(data)) in ("any", "all"))
    return f"({text})" if several else text


def _one(key: str, value: Any) -> str:
    if key in ("all", "any"):
        return (" and " if key == "all" else " or ").join(_inner(item) for item in value)
    if key == "attribute":
        return " and ".join(_asked(name, asked) for name, asked in value.items())
    if key in _WORDS:
        return _WORDS[key](value)
    return _asked(key, value)


def _asked(name: str, asked: Any) -> str:
    operators = asked if isinstance(asked, dict) else {"equals": asked}
    return " and ".join(_compared(name, operator, operand) for operator, operand in operators.items())


def _compared(name: str, operator: str, operand: Any) -> str:
    if operator == "exists":
        return f"{name} is there" if operand else f"{name} is absent"
    if operator == "between":
        return f"{operand[0]} ≤ {name} ≤ {operand[1]}"
    return f"{name} {_COMPARISONS[operator]} {value(operand)}"


def value(data: Any) -> str:
    """A value as it is written in a sentence."""
    if data is None:
        return "nothing"
    if isinstance(data, bool):
        return "true" if data else "false"
    return ", ".join(value(item) for item in data) if isinstance(data, list) else str(data)


def listed(data: Any) -> str:
    """One text or several."""
    items: Iterable[str] = data if isinstance(data, list) else [data]
    return ", ".join(items)


def selector(data: Any) -> str:
    """The activities that `on` and `when` mean."""
    when = data.get("when")
    return listed(data["on"]) + (f" with {condition(when)}" if when else "")


def frequency(data: Any) -> str:
    """How many activities in which time."""
    if "between" in data:
        count = f"{data['between'][0]} to {data['between'][1]}"
    elif "exactly" in data:
        count = f"exactly {data['exactly']}"
    else:
        count = f"{data.get('at_least')} or more"
    what = f"of {data['sum']} in " if "sum" in data else ""
    within = f" in {data['within']}" if "within" in data else " ever"
    return f"{count} {what}{selector(data)}{within}"


def points(data: Any) -> str:
    """A number, or how it is worked out."""
    if not isinstance(data, dict):
        return f"{data:g}"
    most = f", at most {data['max']:g}" if "max" in data else ""
    return f"{data.get('factor', 1):g} × {data['per']}{most}"


def limit(rule: Any) -> str:
    """What bounds a rule: its limit, max and min."""
    parts: list[str] = []
    asked = rule.get("limit")
    if asked == "once":
        parts.append("once")
    elif asked:
        per = f" per {asked['per']}" if "per" in asked else ""
        by = f" for each {asked['by']}" if "by" in asked else ""
        parts.append(f"first {asked['count']}{per}{by}")
    if "max" in rule:
        parts.append(f"max {rule['max']:g}")
    if "min" in rule:
        parts.append(f"min {rule['min']:g}")
    return ", ".join(parts)


def decay(data: Any) -> str:
    """How points fade."""
    if data in (None, "none"):
        return "none"
    kind, how = next(iter(data.items()))
    if kind == "steps":
        return ", ".join(f"{share:.0%} until {age}" for age, share in how)
    return f"{kind.replace('_', ' ')} {how}"


_WORDS: dict[str, Callable[[Any], str]] = {
    "not": lambda v: f"not {_inner(v)}",
    "exists": lambda v: f"{v} is there",
    "identified": lambda v: "identified" if v else "not identified",
    "count": frequency,
    "happened": lambda v: f"{selector(v)} since entry",
    "action": lambda v: f"{listed(v)} since entry",
    "gained": lambda v: f"{v['implicit']:g} implicit points gained since entry",
    "in_stage_for": lambda v: f"in the stage for {v}",
    "due": lambda v: f"the date in {v} has come",
}
