"""Thresholds that no combination of points can reach: of transitions, grades, signals and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.findings import Path
from pipeline.models.lint.bounds import Reach, Scores
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "out-of-reach"
ABOUT = "a threshold that no points can reach"

_ACCOUNT = 2.0
"""The k-th contact counts half as much as the one before, so that a total is below twice the best contact's."""


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such threshold, with what can be reached."""
    scores = Scores.of(model)
    yield from _grades(context.data, scores, (), context)
    yield from _transitions(context, scores, scores.grades(model.grades))
    for score in model.scores:
        own, path, data = Scores.of(score), ("scores", score.name), context.data["scores"][score.name]
        yield from _grades(data, own, path, context)
        for offer in score.offers:
            place = (*path, "signal", offer.signal, "at_least")
            yield from _bounds("total", {"at_least": offer.at_least}, place, own.total, context)


def _transitions(context: LintContext, scores: Scores, grades: frozenset[str]) -> Iterator[LintFinding]:
    reaches = {"explicit": scores.explicit, "implicit": scores.implicit, "total": scores.total}
    top = scores.total.high
    account = {"total": Reach(min(0.0, _ACCOUNT * scores.total.low), max(0.0, _ACCOUNT * top))}
    for path, item in context.transitions:
        known = account if path[0] == "account" else reaches
        for key in ("when", "leave"):
            if key in item:
                yield from _within(item[key], (*path, key), known, grades, context, leave=key == "leave")


def _within(
    data: Any, path: Path, known: dict[str, Reach], grades: frozenset[str], context: LintContext, *, leave: bool
) -> Iterator[LintFinding]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _within(item, (*path, index), known, grades, context, leave=leave)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        inner = (*path, key)
        if key in ("all", "any"):
            yield from _within(value, inner, known, grades, context, leave=leave)
        elif key in known:
            yield from _bounds(key, value, inner, known[key], context, leave=leave)
        elif key == "gained" and "implicit" in known:
            yield from _bounds("implicit", {"at_least": value["implicit"]}, inner, known["implicit"], context)
        elif key == "grade":
            yield from _grade(value, inner, grades, context)


def _bounds(
    score: str, value: dict[str, Any], path: Path, reach: Reach, context: LintContext, *, leave: bool = False
) -> Iterator[LintFinding]:
    least, most = value.get("at_least"), value.get("at_most")
    if least is not None and least > reach.high:
        message = f"no lead can have {score} ≥ {least:g}: {reach.high:g} is the most that the rules can pay"
        yield context.finding(CODE, path, message, f"ask for {reach.high:g} or less, or let rules pay more", key=True)
    elif leave and most is None and least is not None and least <= reach.low:
        message = f"{score} never falls below {least:g}: {reach.low:g} is the least that the rules can pay"
        remedy = f"ask for more than {reach.low:g}, or write `sticky: true` instead of `leave`"
        yield context.finding(CODE, path, message, remedy, key=True)
    if most is not None and most < reach.low:
        message = f"no lead can have {score} ≤ {most:g}: {reach.low:g} is the least that the rules can pay"
        yield context.finding(CODE, path, message, f"ask for {reach.low:g} or more", key=True)


def _grade(value: Any, path: Path, grades: frozenset[str], context: LintContext) -> Iterator[LintFinding]:
    asked = value if isinstance(value, dict) else {"equals": value}
    for operator, operand in asked.items():
        place = (*path, operator) if isinstance(value, dict) else path
        if operator in ("equals", "in"):
            listed = operand if isinstance(operand, list) else [operand]
            for index, grade in enumerate(listed):
                if grade not in grades:
                    spot = (*place, index) if isinstance(operand, list) else place
                    message = f"no lead can have the grade {grade}"
                    remedy = "lower its cut in `grades`, or let rules pay more"
                    yield context.finding(CODE, spot, message, remedy)


def _grades(data: dict[str, Any], scores: Scores, base: Path, context: LintContext) -> Iterator[LintFinding]:
    """Cuts that the file names; the default ones are nobody's mistake."""
    written = data.get("grades") or {}
    for half, reach in (("explicit", scores.explicit), ("implicit", scores.implicit)):
        for label, cut in (written.get(half) or {}).items():
            if cut > reach.high:
                message = f"no lead can have `{label}`: its cut is {cut:g}, and the rules pay {reach.high:g} at most"
                place = (*base, "grades", half, label)
                remedy = f"set it to {reach.high:g} or less, or let rules pay more"
                yield context.finding(CODE, place, message, remedy, key=True)
