"""When `cooling` begins: a horizon before the present stage's `leave` stops being true, if nothing happens."""

from __future__ import annotations

from pipeline.scoring.guess import Guess
from pipeline.scoring.holding import LEAVE
from pipeline.scoring.instants import LATEST_MS
from pipeline.scoring.lifecycle import Map, leave_broken, present_leave, scores_in
from pipeline.scoring.search import first_true
from pipeline.scoring.span import Span, Truth
from pipeline.scoring.truth import Judge

COOLING = "cooling"


class FadingLeave:
    """The `leave` of the stage in which a lead is, of which nothing has been told yet."""

    def __init__(self, stage_map: Map, judge: Judge, horizon_ms: int) -> None:
        self._map, self._judge, self._horizon = stage_map, judge, horizon_ms

    def breaks_at(self) -> int | None:
        """The instant within the horizon at which the lead steps down; None: not that soon."""
        now = self._judge.known.instant
        soon = Span(now + 1, min(now + self._horizon, LATEST_MS))
        return first_true(self._breaks, soon, self._guess().within) if soon.first <= soon.last else None

    def begins(self, span: Span) -> Truth:
        """Whether the lead would be out of its stage a horizon later, throughout the span."""
        later = self._later(span)
        return False if later.first > LATEST_MS else self._breaks(Span(later.first, min(later.last, LATEST_MS)))

    def soon(self) -> int | None:
        """A little before it begins, if the score fades by itself; None: not by that."""
        soon = self._guess().soon()
        return None if soon is None else soon - self._horizon

    def within(self, span: Span) -> int | None:
        """About where in the span it begins; None: probably nowhere."""
        at = self._guess().within(self._later(span))
        return None if at is None else at - self._horizon

    def _later(self, span: Span) -> Span:
        return Span(span.first + self._horizon, span.last + self._horizon)

    def _breaks(self, span: Span) -> Truth:
        return leave_broken(self._map, self._judge, span)

    def _guess(self) -> Guess:
        leave = present_leave(self._map, self._judge)
        return Guess(self._judge.outlook, () if leave is None else scores_in(leave))


def fading_leave(stage_map: Map, judge: Judge) -> FadingLeave | None:
    """What `cooling` asks of the lead; None: nothing, since it is off, has been told, or there is no step down."""
    horizon, standing = judge.known.model.interest.cooling_ms, judge.standing
    if horizon is None or COOLING in standing.told or standing.pinned or standing.looped or LEAVE in standing.held:
        return None
    return None if present_leave(stage_map, judge) is None else FadingLeave(stage_map, judge, horizon)
