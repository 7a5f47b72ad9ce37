"""Whether the lead's present stage was entered by mistake (contract: scoring.md, Bots and insiders; lifecycle.md)."""

from __future__ import annotations

from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.marks import Marks
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.span import Span
from pipeline.scoring.truth import Judge


def is_mistaken(stage_map: Map, judge: Judge, *, recheck: bool) -> bool:
    """Whether the `when` that entered the present stage was false without what has turned out not to count.

    That is what was marked since or, with `recheck`, what belongs to another lead after all. A fact that came late
    undoes nothing: with the marks of then the condition must have been true.
    """
    entry, known = judge.standing.entry, judge.known
    if entry is None or not (known.marks or recheck):
        return False
    transition = stage_map.transitions.get(entry.transition)
    if transition is None:
        return False
    facts = {fact.event_id: fact for fact in known.facts if fact.occurred_at <= entry.asked_at}
    marks = {event_id: why for event_id, why in known.marks.items() if event_id in facts}
    fresh = marks.keys() - set(entry.marked)
    if not fresh and not recheck:
        return False
    before = Standing(entry.path, entry.entered_at, spent={entry.transition: entry.spent})
    then = Span(entry.asked_at, entry.asked_at)

    def was_true(marks: Marks) -> bool:
        known_then = Known(known.scorer, known.subject, facts, entry.asked_at, marks)
        return bool(Judge(Outlook(known_then), before).truth(transition.when, then, transition.key))

    if was_true(marks):
        return False
    return recheck or was_true({event_id: why for event_id, why in marks.items() if event_id not in fresh})
