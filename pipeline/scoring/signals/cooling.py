"""`cooling`: the lead steps down soon if nothing happens (contract: scoring.md, Interest signals)."""

from __future__ import annotations

from pipeline.scoring.instants import text_of
from pipeline.scoring.raised import Raised
from pipeline.scoring.signals.fading_leave import COOLING, fading_leave
from pipeline.scoring.signals.moment import Moment


def cooling(moment: Moment) -> Raised | None:
    """Once per entry, from a horizon before the present stage's `leave` stops being true."""
    fading = fading_leave(moment.stage_map, moment.judge)
    due_at = None if fading is None else fading.breaks_at()
    if due_at is None:
        return None
    moment.standing.told.append(COOLING)
    to_stage = moment.standing.path[-2][0]
    return Raised(COOLING, details={"due_at": text_of(due_at), "to": to_stage})
