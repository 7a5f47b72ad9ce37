"""What a model says besides its rules and its lifecycle, in words."""

from __future__ import annotations

from typing import Any

from pipeline.models import stage_words, words
from pipeline.models.comparing.rules import title
from pipeline.models.shape import in_yaml

Aspects = dict[str, str]
_HALVES = ("explicit", "implicit")
_ELSEWHERE = frozenset({"id", "version", "lists", *_HALVES, "scores", "lifecycle", "account", "calendars", "signals"})


def of_model(data: dict[str, Any]) -> dict[str, Aspects]:
    """Title, time zone, nulls, bots, consent and the like: each key of the file that has no section of its own."""
    found = {key: {"value": _value(key, value)} for key, value in data.items() if key not in _ELSEWHERE}
    return found | _halves(data)


def _value(key: str, value: Any) -> str:
    if key == "title":
        return title(value)
    return in_yaml(value)


def _halves(data: dict[str, Any]) -> dict[str, Aspects]:
    """The ranges and the decay that holds for rules that say nothing else."""
    found: dict[str, Aspects] = {}
    for name in _HALVES:
        half = data.get(name) or {}
        if "range" in half:
            found[f"{name} range"] = {"value": in_yaml(half["range"])}
        if "decay" in half:
            found[f"{name} decay"] = {"value": words.decay(half["decay"])}
    return found


def lists(data: dict[str, Any]) -> dict[str, Aspects]:
    """Each list, value by value."""
    return {name: {in_yaml(value): "listed" for value in values} for name, values in (data.get("lists") or {}).items()}


def score(data: dict[str, Any]) -> dict[str, Aspects]:
    """What a further score says besides its rules."""
    found = {key: {"value": _value(key, data[key])} for key in ("title", "weights", "grades") if key in data}
    offers = {name: {"value": stage_words.offer(asked)} for name, asked in (data.get("signal") or {}).items()}
    return {"score": {"value": "defined"}} | found | _halves(data) | offers


def account(data: dict[str, Any]) -> dict[str, Aspects]:
    """Whose contacts roll up, and the roles of a committee."""
    found = {key: {"value": words.value(data[key])} for key in ("key", "step") if key in data}
    roles = {f"role {name}": {"when": words.condition(asked)} for name, asked in (data.get("roles") or {}).items()}
    return found | roles


def calendars(data: dict[str, Any]) -> dict[str, Aspects]:
    """Each calendar."""
    return {name: {"value": stage_words.calendar(asked)} for name, asked in (data.get("calendars") or {}).items()}


def signals(data: dict[str, Any]) -> dict[str, Aspects]:
    """Each interest signal that is on."""
    return {name: {"value": stage_words.signal(asked)} for name, asked in (data.get("signals") or {}).items()}
