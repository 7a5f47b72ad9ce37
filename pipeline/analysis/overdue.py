"""What people owe a lead: whether sales has acted in time (SLA), and whose approval is late."""

from __future__ import annotations

from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.scoring.duties import pendings, sla_due_at
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.truth import Judge

Document = dict[str, Any]


def sla(stage_map: Map, judge: Judge) -> Document | None:
    """The SLA of the present stage as of the judge's instant, or None if the stage has none.

    `done_at` is when the first activity of `until` came since the entry (None: not yet), `satisfied` that it came in
    time, `breached` that the deadline passed without one. Without `until` only leaving the stage is in time.
    """
    standing, instant = judge.standing, judge.known.instant
    due_at = sla_due_at(stage_map, standing.stage, standing.entered_at)
    found = None if due_at is None else stage_map.stages[standing.stage].sla
    if found is None or due_at is None:
        return None
    acted = (f.occurred_at for f in judge.known.facts if f.occurred_at >= standing.entered_at and f.type in found.until)
    done_at = next(acted, None)
    satisfied = done_at is not None and done_at <= due_at
    return {
        "due_at": format_instant(due_at),
        "within": found.within.text,
        "until": sorted(found.until),
        "escalate": found.escalate,
        "done_at": None if done_at is None else format_instant(done_at),
        "satisfied": satisfied,
        "breached": not satisfied and due_at <= instant,
    }


def waits(stage_map: Map, judge: Judge) -> list[Document]:
    """The transitions that wait for approvals: as in records, with whether the open step is late and who is told."""
    instant = judge.known.instant
    return [
        wait.document() | {"escalate": wait.escalate, "overdue": wait.due_at is not None and wait.due_at <= instant}
        for wait in pendings(stage_map, judge)
    ]


def overdue(stage_map: Map, judge: Judge) -> list[Document]:
    """What is late and still not done, the longest first: a breached SLA (`step` None), and approvals (`step`)."""
    found = [
        {"step": wait["step"], "due_at": wait["due_at"], "escalate": wait["escalate"]}
        for wait in waits(stage_map, judge)
        if wait["overdue"]
    ]
    of_sales = sla(stage_map, judge)
    if of_sales is not None and of_sales["breached"] and of_sales["done_at"] is None:
        found.append({"step": None, "due_at": of_sales["due_at"], "escalate": of_sales["escalate"]})
    return sorted(found, key=lambda late: (late["due_at"], late["step"] or ""))
