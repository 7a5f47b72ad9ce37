"""Deadlines that sales cannot keep: nothing that could satisfy the SLA ever arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.hints import EVENT_TYPES, did_you_mean
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.types import types_outside_sla
from pipeline.models.lint.ways import sources
from pipeline.scoring.model import Model

CODE = "unmeetable-sla"
ABOUT = "an SLA that nothing can satisfy"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each SLA that waits for types that no rule, no transition and no contract names, or for nothing."""
    del model
    known = {*EVENT_TYPES, *types_outside_sla(context.data)}
    for path, data in context.lifecycles:
        for name, stage in (data.get("stages") or {}).items():
            sla = (stage or {}).get("sla")
            if not sla:
                continue
            place = (*path, "stages", name, "sla")
            if "until" not in sla:
                if not _can_be_left(name, data):
                    message = (
                        f"the SLA of `{name}` has no `until`, and nothing leads out of the stage: it is always missed"
                    )
                    remedy = "say what satisfies it, such as `until: crm.contacted`"
                    yield context.finding(CODE, place, message, remedy, key=True)
                continue
            until = sla["until"] if isinstance(sla["until"], list) else [sla["until"]]
            if not known.intersection(until):
                listed = ", ".join(f"`{each}`" for each in until)
                message = f"the SLA of `{name}` waits for {listed}, which nothing else in the model names"
                remedy = did_you_mean(
                    until[0], EVENT_TYPES, "write a type of the event contract, such as `crm.accepted`"
                )
                yield context.finding(CODE, (*place, "until"), message, remedy)


def _can_be_left(name: str, data: dict[str, Any]) -> bool:
    items = data.get("transitions") or ()
    return any(name in sources(item) or (item["to"] == name and "leave" in item) for item in items)
