"""Stages that nothing leads out of.

A won stage may be the last one, and so may be the last stage in declared order that is not aside. Every other
stage should be left by some transition, or by the `leave` of every transition that leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.ways import kinds, sources
from pipeline.scoring.model import Model

CODE = "dead-end"
ABOUT = "a stage that nothing leads out of"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each stage without exit."""
    del model
    for path, data in context.lifecycles:
        items = data.get("transitions") or []
        left = {source for item in items for source in sources(item)}
        stages = kinds(data)
        straight = [name for name, kind in stages.items() if kind != "side"]
        for name, kind in stages.items():
            last = kind == "won" or straight[-1:] == [name]
            if not last and name not in left and not _falls_back(name, items):
                message = f"nothing leads out of the stage `{name}`"
                remedy = _remedy(name, kind)
                yield context.finding(CODE, (*path, "stages", name), message, remedy, key=True)


def _falls_back(name: str, items: list[dict[str, Any]]) -> bool:
    entering = [item for item in items if item["to"] == name]
    return bool(entering) and all("leave" in item for item in entering)


def _remedy(name: str, kind: str) -> str:
    if kind == "side":
        back = "when: {gained: {implicit: 40, since: stage_entered}}"
        return f"add a way back, such as `{{from: {name}, to: lead, {back}}}`"
    return f"add a transition `from: {name}`, or write `kind: won` if it is the goal"
