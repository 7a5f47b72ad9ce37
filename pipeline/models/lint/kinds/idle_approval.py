"""Escalations and calendars of approval steps that have no deadline: they are never used."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "idle-approval"
ABOUT = "an approval step without deadline, or named twice"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each step that says to whom or by which calendar, and not within what time; and steps of one name."""
    del model
    for path, item in context.transitions:
        seen: set[str] = set()
        for index, step in enumerate(item.get("approvals") or ()):
            place = (*path, "approvals", index)
            for key in ("escalate", "calendar"):
                if key in step and "within" not in step:
                    message = f"`{key}` of the step `{step['step']}` is never used: the step has no deadline"
                    yield context.finding(CODE, (*place, key), message, "add `within: 1d`, or drop it", key=True)
            if step["step"] in seen:
                message = f"the step `{step['step']}` is asked for twice in a row of approvals"
                remedy = "give each step its own name, so that an approval says which one it means"
                yield context.finding(CODE, (*place, "step"), message, remedy)
            seen.add(step["step"])
