"""A model as rows to read: rules with points, limits and decay, stages, transitions, and its further sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.models import stage_words, words
from pipeline.models.context import titles
from pipeline.models.document import read_document
from pipeline.scoring.ledger import title_of
from pipeline.scoring.model import Account, Lifecycle, Model


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
    approvals: str = ""


Named = tuple[tuple[str, str], ...]
"""Names, and what is said of each."""


@dataclass(frozen=True, slots=True)
class ScoreOutline:
    """A further named score: its rules of both halves, and what it offers when."""

    id: str
    title: str
    rules: tuple[RuleRow, ...]
    offers: Named


@dataclass(frozen=True, slots=True)
class AccountOutline:
    """How contacts roll up: the attribute that names the account, the roles, and the stages of accounts."""

    key: str
    step: float
    roles: Named
    stages: tuple[tuple[str, ...], ...]
    transitions: tuple[TransitionRow, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All rows of a model. A stage is told by id, title, kind, SLA and nurture track."""

    explicit: tuple[RuleRow, ...]
    implicit: tuple[RuleRow, ...]
    groups: tuple[tuple[str, str, str], ...]
    stages: tuple[tuple[str, ...], ...]
    transitions: tuple[TransitionRow, ...]
    calendars: Named = ()
    signals: Named = ()
    scores: tuple[ScoreOutline, ...] = ()
    account: AccountOutline | None = None


def outline(model: Model, language: str = "en") -> Outline:
    """The rows of a loaded model, its titles in the language or the nearest one that they have."""
    told = partial(_title, language)
    data = read_document(model.text, model.id)[0].data()
    explicit, implicit = data.get("explicit", {}), data.get("implicit", {})
    account = data.get("account")
    return Outline(
        explicit=_half(explicit, told, explicit=True),
        implicit=_half(implicit, told),
        groups=tuple(
            (group["id"], ", ".join(group["rules"]), words.limit(group))
            for group in (*explicit.get("groups", ()), *implicit.get("groups", ()))
        ),
        stages=_stages(model.lifecycle, data, told),
        transitions=tuple(_transitions(model.lifecycle, data, told)),
        calendars=_named(data, "calendars", stage_words.calendar),
        signals=_named(data, "signals", stage_words.signal),
        scores=tuple(_score(name, score, told) for name, score in (data.get("scores") or {}).items()),
        account=None if account is None or model.account is None else _account(model.account, account, told),
    )


def _named(data: dict[str, Any], key: str, say: Callable[[Any], str]) -> Named:
    return tuple((name, say(asked)) for name, asked in (data.get(key) or {}).items())


def _score(name: str, data: dict[str, Any], told: Callable[[Any], str]) -> ScoreOutline:
    rules = _half(data.get("explicit", {}), told, explicit=True) + _half(data.get("implicit", {}), told)
    return ScoreOutline(name, told(data.get("title")), rules, _named(data, "signal", stage_words.offer))


def _account(account: Account, data: dict[str, Any], told: Callable[[Any], str]) -> AccountOutline:
    return AccountOutline(
        key=account.key,
        step=account.step,
        roles=_named(data, "roles", words.condition),
        stages=_stages(account.lifecycle, data, told),
        transitions=tuple(_transitions(account.lifecycle, data, told)),
    )


def _stages(lifecycle: Lifecycle, data: dict[str, Any], told: Callable[[Any], str]) -> tuple[tuple[str, ...], ...]:
    written = (data.get("lifecycle") or {}).get("stages") or {}
    rows: list[tuple[str, ...]] = []
    for stage in lifecycle.stages:
        said = written.get(stage.id) or {}
        kind = stage.kind + (", entry" if stage.id == lifecycle.entry else "")
        sla = stage_words.sla(said["sla"]) if "sla" in said else ""
        nurture = stage_words.nurture(said["nurture"]) if "nurture" in said else ""
        rows.append((stage.id, told(dict(stage.titles)), kind, sla, nurture))
    return tuple(rows)


def _title(language: str, data: Any) -> str:
    return title_of(titles(data), "", language)


def _half(data: dict[str, Any], told: Callable[[Any], str], *, explicit: bool = False) -> tuple[RuleRow, ...]:
    decay = "none" if explicit else data.get("decay", "none")
    return tuple(row for rule in data.get("rules") or () for row in _rows(rule, decay, told, explicit=explicit))


def _rows(rule: Any, decay: Any, told: Callable[[Any], str], *, explicit: bool) -> list[RuleRow]:
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


def _transitions(lifecycle: Lifecycle, data: Any, told: Callable[[Any], str]) -> list[TransitionRow]:
    written = (data.get("lifecycle") or {}).get("transitions") or ()
    if not written:
        built = lifecycle.transitions
        return [TransitionRow(t.key, "", f"{' | '.join(t.sources)} → {t.to}", "identified", "", "") for t in built]
    return [
        TransitionRow(
            transition.key,
            told(item.get("title")),
            f"{' | '.join(transition.sources)} → {transition.to}",
            words.condition(item["when"]),
            f"unless {words.condition(item['leave'])}" if "leave" in item else ("stays" if transition.sticky else ""),
            str(item.get("cooldown", "")),
            stage_words.approvals(item.get("approvals")),
        )
        for transition, item in zip(lifecycle.transitions, written, strict=True)
    ]
