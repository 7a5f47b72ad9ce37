"""Transitions behind another one: wherever they would fire, an earlier one has led elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.findings import Path
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.solving import implies, impossible
from pipeline.scoring.model import Model

CODE = "behind-another"
ABOUT = "a transition that an earlier one always forestalls"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each transition that an earlier one of every stage it leads from hides."""
    del model
    for path, data in context.lifecycles:
        items = data.get("transitions") or []
        for index, item in enumerate(items):
            hiding = [_hider(source, items[:index], item, context) for source in _sources(item)]
            if all(hiding):
                yield _finding((*path, "transitions", index), item, hiding[0] or {}, context)


def _sources(item: dict[str, Any]) -> list[str]:
    found = item["from"]
    return found if isinstance(found, list) else [found]


def _hider(source: str, earlier: list[dict[str, Any]], item: dict[str, Any], context: LintContext) -> Any:
    """An earlier transition out of the stage whose condition holds wherever the item's does."""
    when = context.condition(item["when"], of_lead=True)
    if impossible(when):  # `never-true` says so
        return None
    for other in earlier:
        plain = not {"leave", "cooldown", "approvals"} & set(other)
        if plain and source in _sources(other) and implies(when, context.condition(other["when"], of_lead=True)):
            return other
    return None


def _finding(path: Path, item: dict[str, Any], hiding: dict[str, Any], context: LintContext) -> LintFinding:
    name = f"`{hiding['id']}`" if "id" in hiding else f"the transition to `{hiding['to']}`"
    message = f"the transition to `{item['to']}` never fires: {name}, declared before, is true wherever it is"
    remedy = f"declare it before {name}, or let it ask for less than {name} does"
    return context.finding(CODE, path, message, remedy)
