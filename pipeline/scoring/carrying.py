"""A standing that was reached under another model, made to fit the lifecycle of this one."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.scoring.duties import sla_due_at
from pipeline.scoring.holding import LEAVE
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.profile import Standing


def carry(standing: Standing, stage_map: Map, renamed: Mapping[str, str], instant: int) -> StageChanged | None:
    """Give the standing stages that this lifecycle has; the change that has to be told, or None.

    A stage that it does not have becomes what `renamed` says (old → new; the lead goes on as if it had always been
    called so), else the lead begins anew in the entry stage. A lead of which nothing was ever told moves silently.
    The way back leads over the stages that are still there, and a `leave` applies only while its transition enters
    the same stage.
    """
    before = standing.stage
    stages = stage_map.stages
    path = [(stage if stage in stages else renamed.get(stage, ""), key) for stage, key in standing.path]
    if path[-1][0] not in stages:
        path = [(stage_map.lifecycle.entry, "")]
        standing.note_leaving(instant)
        standing.entered_at = instant
        standing.spent, standing.waiting, standing.held, standing.told = {}, {}, {}, []
    fitting: list[tuple[str, str]] = []
    for stage, key in path:
        if stage not in stages or (fitting and fitting[-1][0] == stage):
            continue
        transition = stage_map.transitions.get(key)
        fitting.append((stage, key if transition is not None and transition.to == stage else ""))
    standing.path = fitting
    if standing.entry is not None and not {stage for stage, _ in standing.entry.path} <= stages.keys():
        standing.entry = None
    keys = {transition.key for transition in stage_map.leaving(standing.stage)}
    standing.waiting = {key: since for key, since in standing.waiting.items() if key in keys}
    standing.held = {key: since for key, since in standing.held.items() if key in keys or key == LEAVE}
    if standing.stage == before or not standing.seq:
        return None
    standing.seq += 1
    standing.entered_seq, standing.entry = standing.seq, None
    due_at = sla_due_at(stage_map, standing.stage, standing.entered_at)
    return StageChanged(
        standing.seq, before, standing.stage, "side", "model_change", instant, None, None, sla_due_at=due_at
    )
