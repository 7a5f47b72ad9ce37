"""Transitions up on a score that do not say what happens when the score falls again."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.solving import branches
from pipeline.models.lint.ways import leads_up, sources
from pipeline.scoring.conditions import Condition, GradeIn, ScoreIs
from pipeline.scoring.model import Model

CODE = "no-way-back"
ABOUT = "up on a score without leave or sticky: true"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each transition up whose condition asks for points or a grade (not `gained`, which counts what is new)."""
    del model
    for path, data in context.lifecycles:
        for index, item in enumerate(data.get("transitions") or ()):
            if "leave" in item or item.get("sticky"):
                continue
            when = context.condition(item["when"], of_lead=True)
            if _asks_for_points(when) and any(leads_up(data, source, item["to"]) for source in sources(item)):
                message = f"leads up to `{item['to']}` on a score and does not say what happens when it falls again"
                remedy = (
                    "add `leave:` with what must stay true, such as `leave: {implicit: {at_least: 40}}`, "
                    "or `sticky: true` if the lead stays whatever comes"
                )
                yield context.finding(CODE, (*path, "transitions", index), message, remedy)


def _asks_for_points(condition: Condition) -> bool:
    return any(
        (isinstance(atom, ScoreIs) and (atom.at_least if positive else atom.at_most) is not None)
        or isinstance(atom, GradeIn)
        for branch in branches(condition) or ()
        for atom, positive in branch
    )
