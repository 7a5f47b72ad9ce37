"""Which rules a change touches: their own words, the group they are in, a list they look into, how texts compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.models.comparing.description import Change
from pipeline.models.document import read_document
from pipeline.scoring.model import Model

_EVERYWHERE = {"fold": ("explicit", "implicit"), "nulls": ("explicit",)}
"""Settings that change what conditions hold of, and the halves whose rules read what they change."""


def touched_rules(changes: Iterable[Change], old: Model, new: Model) -> dict[str, list[str]]:
    """Rule → why. A rule of a further score is named `SCORE/rule`. Titles touch nothing."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rules = {name: (half, data) for model in (old, new) for name, half, data in _rules(model)}
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for model in (old, new):
        for name, members in _groups(model):
            groups[name] |= members
    for change in changes:
        for name, why in _touched(change, rules, groups):
            if why not in found[name]:
                found[name].append(why)
    return dict(sorted(found.items()))


def _touched(
    change: Change, rules: dict[str, tuple[str, Any]], groups: dict[str, set[str]]
) -> Iterator[tuple[str, str]]:
    halves, _, kind = change.section.rpartition(" ")
    score = halves.rpartition(" ")[0]
    if change.aspect == "title":
        return
    if kind == "rules":
        yield _named(score, change.item), change.aspect or change.kind
    elif kind == "groups":
        yield from ((name, f"group {change.item}") for name in groups[_named(score, change.item)])
    elif change.section == "lists":
        yield from ((name, f"list {change.item}") for name, (_, data) in rules.items() if _reads(data, change.item))
    elif change.section == "settings" and change.item in _EVERYWHERE:
        reading = _EVERYWHERE[change.item]
        yield from ((name, change.item) for name, (half, _) in rules.items() if half in reading)


def _halves(model: Model) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Both halves of the model and of its further scores: the score's name or '', the half's, its data."""
    data = read_document(model.text, model.id)[0].data()
    for score, holder in (("", data), *(data.get("scores") or {}).items()):
        for half in ("explicit", "implicit"):
            yield score, half, holder.get(half) or {}


def _rules(model: Model) -> Iterator[tuple[str, str, Any]]:
    """Every rule with its name, its half and its data."""
    for score, half, data in _halves(model):
        for rule in data.get("rules") or ():
            yield _named(score, rule["id"]), half, rule


def _groups(model: Model) -> Iterator[tuple[str, set[str]]]:
    """Every group with the names of its rules."""
    for score, _, data in _halves(model):
        for group in data.get("groups") or ():
            yield _named(score, group["id"]), {_named(score, rule) for rule in group["rules"]}


def _named(score: str, name: str) -> str:
    return f"{score}/{name}" if score else name


def _reads(data: Any, name: str) -> bool:
    """Whether a condition within looks into the list."""
    if isinstance(data, dict):
        return data.get("in_list") == name or any(_reads(value, name) for value in data.values())
    return isinstance(data, list) and any(_reads(value, name) for value in data)
