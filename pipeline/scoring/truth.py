"""Whether a lifecycle condition holds for a lead at an instant, or in a span (contract: lifecycle.md, rule 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.scoring.activity import Activity
from pipeline.scoring.approving import Approvals, approvals
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    Condition,
    DueDate,
    Frequency,
    Gained,
    GradeIn,
    Happened,
    Identified,
    InStageFor,
    Not,
    Scalar,
    ScoreIs,
    Test,
)
from pipeline.scoring.known import Known
from pipeline.scoring.model import Transition
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.span import Span, Truth, both, every, negated, past, reaches, some


class Judge:
    """Answers conditions about one lead: its outlook, and where it stands. `standing` may change between questions."""

    def __init__(self, outlook: Outlook, standing: Standing) -> None:
        self.outlook = outlook
        self.known: Known = outlook.known
        self.standing = standing
        self._approvals: dict[tuple[str, int], Approvals] = {}

    def approvals(self, transition: Transition) -> Approvals:
        """How far a transition is that waits for approvals."""
        since = self.standing.waiting[transition.key]
        key = (transition.key, since)
        if key not in self._approvals:
            self._approvals[key] = approvals(transition, since, self.known.facts)
        return self._approvals[key]

    def truth(  # noqa: C901, PLR0911 - one short answer for each kind of condition
        self, condition: Condition, span: Span, transition: str = ""
    ) -> Truth:
        """Whether the condition holds throughout the span; `transition` is the key of the one that asks."""
        match condition:
            case Happened():  # the usual one first
                return bool(self.answers(condition, transition))
            case All(conditions):
                return every(self.truth(c, span, transition) for c in conditions)
            case AnyOf(conditions):
                return some(self.truth(c, span, transition) for c in conditions)
            case Not(inner):
                return negated(self.truth(inner, span, transition))
            case Test():
                return condition.holds(self.known.attributes.get)
            case Identified():
                return not self.known.subject.startswith("v:")
            case ScoreIs(score, at_least, at_most):
                outlook = self.outlook
                enough = True if at_least is None else outlook.reaches(score, span, at_least)
                return both(enough, True if at_most is None else outlook.stays_below(score, span, at_most))
            case GradeIn(grades):
                inside = [grade in grades for grade in self.outlook.grades(span)]
                return True if all(inside) else None if any(inside) else False
            case Frequency():
                return self.outlook.window(condition).truth(span)
            case Gained(implicit):
                sheet = self.outlook.gained(self.standing.entered_at)
                gained = reaches(sheet.near(span), implicit)
                return reaches(sheet.value(span), implicit) if gained is None else gained
            case InStageFor(duration_ms):
                return past(span, self.standing.entered_at + duration_ms)
            case DueDate(attribute):
                instant = self.date(attribute)
                return False if instant is None else past(span, instant)
        raise TypeError(f"{type(condition).__name__} is no condition")

    def truth_on_entry(self, condition: Condition, span: Span) -> Truth:
        """Whether the condition would hold throughout the span if the lead entered a stage at that very instant.

        So a stage whose `leave` speaks of the time in it, or of what happened in it, can be entered from any other.
        """
        return Judge(self.outlook, replace(self.standing, entered_at=span.last)).truth(condition, span)

    def answers(self, condition: Happened, transition: str) -> list[Activity]:
        """The activities at or after the entry into the stage that satisfy `happened` and are not spent."""
        spent, entered = self.standing.spent.get(transition, ()), self.standing.entered_at
        found: list[Activity] = []
        for fact in reversed(self.known.eligible(condition.selector)):
            if fact.occurred_at < entered:
                break
            if fact.event_id not in spent:
                found.append(fact)
        return found[::-1]

    def date(self, attribute: str) -> int | None:
        """The instant that an attribute names, or None."""
        return instant_of(self.known.attributes.get(attribute), self.known.model.timezone)

    def changes_until(self, condition: Condition) -> int:  # noqa: PLR0911 - one answer for each kind of condition
        """The instant from which on the condition never changes again without a new fact or transition."""
        match condition:
            case All(conditions) | AnyOf(conditions):
                return max((self.changes_until(c) for c in conditions), default=0)
            case Not(inner):
                return self.changes_until(inner)
            case ScoreIs() | GradeIn():
                return self.outlook.end()
            case Frequency():
                return self.outlook.window(condition).end()
            case Gained():
                return self.outlook.gained(self.standing.entered_at).end()
            case InStageFor(duration_ms):
                return self.standing.entered_at + duration_ms
            case DueDate(attribute):
                return self.date(attribute) or 0
        return 0


def instant_of(value: Scalar, timezone: str) -> int | None:
    """The instant (ms) that a text names.

    An ISO date is its day's first instant in `timezone`, and a time without offset is read there too. Other values
    are never due; a number is no date.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
