"""A model as rows to read: rules with points, limits and decay, groups, stages, transitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.models import words
from pipeline.models.context import titles
from pipeline.models.document import read_document
from pipeline.scoring.ledger import title_of
from pipeline.scoring.model import Model


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, or one member of a `best_of`."""

    id: str
    title: str
    when: str
    points: str
    limit: str = ""
    decay: str = ""


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One transition."""

    key: str
    title: str
    way: str
    when: str
    leave: str
    cooldown: str


@dataclass(frozen=True, slots=True)
class Outline:
    """All rows of a model."""

    explicit: tuple[RuleRow, ...]
    implicit: tuple[RuleRow, ...]
    groups: tuple[tuple[str, str, str], ...]
    stages: tuple[tuple[str, str, str], ...]
    transitions: tuple[TransitionRow, ...]


def outline(model: Model, language: str = "en") -> Outline:
    """The rows of a loaded model, its titles in the language or the nearest one that they have."""
    told = partial(_title, language)
    data = read_document(model.text, model.id)[0].data()
    explicit, implicit = data.get("explicit", {}), data.get("implicit", {})
    stages = {stage.id: stage for stage in model.lifecycle.stages}
    return Outline(
        explicit=tuple(row for rule in explicit.get("rules", ()) for row in _rows(rule, "none", told, explicit=True)),
        implicit=tuple(
            row for rule in implicit.get("rules", ()) for row in _rows(rule, implicit.get("decay", "none"), told)
        ),
        groups=tuple(
            (group["id"], ", ".join(group["rules"]), words.limit(group))
            for group in (*explicit.get("groups", ()), *implicit.get("groups", ()))
        ),
        stages=tuple(
            (stage.id, told(dict(stage.titles)), stage.kind + (", entry" if stage.id == model.lifecycle.entry else ""))
            for stage in stages.values()
        ),
        transitions=tuple(_transitions(model, data, told)),
    )


def _title(language: str, data: Any) -> str:
    return title_of(titles(data), "", language)


def _rows(rule: Any, decay: Any, told: Callable[[Any], str], *, explicit: bool = False) -> list[RuleRow]:
    if "best_of" in rule:
        weight = f"{rule['weight']:g} % of " if "weight" in rule else ""
        head = RuleRow(rule["id"], told(rule.get("title")), "the highest of", f"{weight}best", words.limit(rule))
        members = [
            _row({**member, "id": f"  {member.get('id', index + 1)}"}, decay, told, explicit=explicit)
            for index, member in enumerate(rule["best_of"])
        ]
        return [head, *members]
    return [_row(rule, decay, told, explicit=explicit)]


def _row(rule: Any, decay: Any, told: Callable[[Any], str], *, explicit: bool) -> RuleRow:
    points = words.points(rule["points"])
    if explicit:
        return RuleRow(rule["id"], told(rule.get("title")), words.condition(rule["when"]), points)
    if "frequency" in rule:
        return RuleRow(rule["id"], told(rule.get("title")), words.frequency(rule["frequency"]), points, "", "none")
    fading = words.decay(rule.get("decay", decay))
    return RuleRow(rule["id"], told(rule.get("title")), words.selector(rule), points, words.limit(rule), fading)


def _transitions(model: Model, data: Any, told: Callable[[Any], str]) -> list[TransitionRow]:
    written = (data.get("lifecycle") or {}).get("transitions") or ()
    if not written:
        built = model.lifecycle.transitions
        return [TransitionRow(t.key, "", f"{' | '.join(t.sources)} → {t.to}", "identified", "", "") for t in built]
    return [
        TransitionRow(
            transition.key,
            told(item.get("title")),
            f"{' | '.join(transition.sources)} → {transition.to}",
            words.condition(item["when"]),
            f"unless {words.condition(item['leave'])}" if "leave" in item else ("stays" if transition.sticky else ""),
            str(item.get("cooldown", "")),
        )
        for transition, item in zip(model.lifecycle.transitions, written, strict=True)
    ]
