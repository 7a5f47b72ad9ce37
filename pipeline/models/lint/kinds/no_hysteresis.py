"""Transitions whose `leave` asks for as much as their `when`, or more: no hysteresis, or another threshold in fact."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.solving import branches
from pipeline.scoring.conditions import Condition, ScoreIs
from pipeline.scoring.model import Model

CODE = "no-hysteresis"
ABOUT = "a leave that asks for as many points as its when"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each `leave` whose least score is not below that of `when`."""
    del model
    for path, item in context.transitions:
        if "leave" not in item:
            continue
        asked = _least(context.condition(item["when"], of_lead=True))
        kept = _least(context.condition(item["leave"], of_lead=True))
        for score in sorted(asked.keys() & kept.keys()):
            if kept[score] >= asked[score]:
                yield _finding(context, (*path, "leave"), score, asked[score], kept[score])


def _finding(context: LintContext, path: tuple[str | int, ...], score: str, asked: float, kept: float) -> LintFinding:
    if kept > asked:
        message = f"`leave` asks for {score} ≥ {kept:g}, `when` for {asked:g}: it fires only from {kept:g} on"
    else:
        message = f"`leave` asks for {score} ≥ {kept:g} like `when`: a lead at the border goes to and fro"
    remedy = f"let `leave` ask for less, such as `{score}: {{at_least: {_lower(asked)}}}`"
    return context.finding(CODE, path, message, remedy, key=True)


def _lower(points: float) -> str:
    return f"{round(points * 0.75) if points >= 4 else points - 1:g}"


def _least(condition: Condition) -> dict[str, float]:
    """The least points that every alternative of the condition asks for, by score."""
    found: list[dict[str, float]] = []
    for branch in branches(condition) or ():
        bounds: dict[str, float] = {}
        for atom, positive in branch:
            if positive and isinstance(atom, ScoreIs) and atom.at_least is not None:
                bounds[atom.score] = max(bounds.get(atom.score, atom.at_least), atom.at_least)
        found.append(bounds)
    if not found:
        return {}
    shared = set.intersection(*(set(bounds) for bounds in found))
    return {score: min(bounds[score] for bounds in found) for score in shared}
