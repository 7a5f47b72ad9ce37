"""A further score over the same facts, such as for one product line (contract: scoring.md, Total)."""

from __future__ import annotations

from pipeline.scoring.known import Known
from pipeline.scoring.model import NamedScore
from pipeline.scoring.scorer import OncePerScorer, Scorer
from pipeline.scoring.sheet import Plan, Sheet
from pipeline.scoring.span import Bounds, Span


def _plans(scorer: Scorer) -> dict[str, tuple[Plan, Plan]]:
    return {score.name: (Plan(score.explicit, scorer), Plan(score.implicit, scorer)) for score in scorer.model.scores}


_plans_of = OncePerScorer(_plans)


class Named:
    """A named score of one lead on the facts `known`: at their instant and, if no fact comes, at every later one."""

    def __init__(self, score: NamedScore, known: Known) -> None:
        explicit, implicit = _plans_of(known.scorer)[score.name]
        self.score = score
        self._known = known
        self.explicit_sheet = Sheet(explicit, known)
        self.implicit_sheet = Sheet(implicit, known)

    @property
    def sheets(self) -> tuple[Sheet, Sheet]:
        """The explicit and the implicit rules."""
        return self.explicit_sheet, self.implicit_sheet

    @property
    def explicit(self) -> float:
        """Who the lead is; constant until the next fact."""
        return self.explicit_sheet.value(self._now).low

    @property
    def implicit(self) -> float:
        """What the lead does, at the instant."""
        return self.implicit_sheet.value(self._now).low

    def total(self, span: Span) -> Bounds:
        """weights.explicit × explicit + weights.implicit × implicit."""
        return self._total(self.implicit_sheet.value(span))

    def near(self, span: Span) -> Bounds:
        """Bounds of the total, found quickly; also at one instant they may be wide."""
        return self._total(self.implicit_sheet.near(span))

    def _total(self, implicit: Bounds) -> Bounds:
        known = self.score.weight_explicit * self.explicit
        low, high = implicit.times(self.score.weight_implicit)
        return Bounds(known + low, known + high)

    @property
    def grade(self) -> str:
        """The grade at the instant, such as A1."""
        grades = self.score.grades
        return grades.letter(self.explicit) + grades.digit(self.implicit)

    @property
    def _now(self) -> Span:
        return Span(self._known.instant, self._known.instant)
