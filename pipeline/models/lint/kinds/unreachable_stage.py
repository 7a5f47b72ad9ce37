"""Stages that no way from the entry stage leads to."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.ways import kinds, sources
from pipeline.scoring.model import Model

CODE = "unreachable-stage"
ABOUT = "a stage that no way leads to"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each stage that is entered by hand (`crm.stage_set`) only. Transitions that never fire lead nowhere."""
    del model
    for path, data in context.lifecycles:
        ways = [
            (source, item["to"])
            for item in data.get("transitions") or ()
            if not context.is_impossible(item["when"], of_lead=True)
            for source in sources(item)
        ]
        reached = _reached(data["entry"], ways)
        for name in kinds(data):
            if name not in reached:
                message = f"no way leads from `{data['entry']}` to the stage `{name}`"
                remedy = f"add a transition `to: {name}`, or drop the stage"
                yield context.finding(CODE, (*path, "stages", name), message, remedy, key=True)


def _reached(entry: str, ways: list[tuple[str, str]]) -> set[str]:
    reached, waiting = {entry}, [entry]
    while waiting:
        stage = waiting.pop()
        found = {target for source, target in ways if source == stage} - reached
        reached |= found
        waiting += found
    return reached
