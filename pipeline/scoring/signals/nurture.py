"""`nurture`: the lead is to get the program of its stage (contract: lifecycle.md, Signals)."""

from __future__ import annotations

from typing import Any

from pipeline.scoring.ledger import title_of
from pipeline.scoring.raised import Raised
from pipeline.scoring.signals.moment import Moment
from pipeline.scoring.signals.permission import may_be_sent

NURTURE = "nurture"
_WHY = "entered "
"""Begins what is kept of an entry that could not be told at once: its cause and transition."""


def nurture(moment: Moment) -> Raised | None:
    """Once per entry, at the first instant in the stage at which the lead is identified and permits it."""
    standing = moment.standing
    stage = moment.stage_map.stages.get(standing.stage)
    program = None if stage is None else stage.nurture
    if program is None or NURTURE in standing.told:
        return None
    if moment.entry is not None:
        cause, transition = moment.entry
        standing.told[:] = [key for key in standing.told if not key.startswith(_WHY)]
        standing.told.append(f"{_WHY}{cause} {transition or ''}")
    if moment.known.subject.startswith("v:") or not may_be_sent(moment.known):
        return None
    details: dict[str, Any] = {"track": program.track, "reason": _reason(moment)}
    if program.titles:
        details["title"] = title_of(program.titles, program.track, moment.outlook.language)
    standing.told[:] = [key for key in standing.told if not key.startswith(_WHY)] + [NURTURE]
    return Raised(NURTURE, program.track, details)


def _reason(moment: Moment) -> str:
    """Why the lead is in its stage: the cause of its entry, and the title of the transition if it has one."""
    why = next((key for key in moment.standing.told if key.startswith(_WHY)), None)
    if why is None:
        return "entry"
    cause, _, key = why.removeprefix(_WHY).partition(" ")
    transition = moment.stage_map.transitions.get(key)
    title = "" if transition is None else title_of(transition.titles, "", moment.outlook.language)
    return f"{cause}: {title}" if title else cause
