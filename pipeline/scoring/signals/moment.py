"""What a decision has come to, as far as signals ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.scoring.known import Known
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.model import Model
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Standing
from pipeline.scoring.truth import Judge


@dataclass(slots=True)
class Moment:
    """A lead after the stage changes of one instant.

    `said` is what the lead remembers of its signals, whatever stage it is in; what is told once per entry into a stage
    stands in the standing's `told`. Signals change both. `has_news`: facts of this instant, or late ones, have come
    since the decision before. `is_new_model`: it is decided because the model has changed. `entry`: cause and
    transition (its key, or None) of a stage change of this decision.
    """

    stage_map: Map
    judge: Judge
    said: dict[str, int] = field(default_factory=dict)
    has_news: bool = True
    is_new_model: bool = False
    entry: tuple[str, str | None] | None = None

    @property
    def outlook(self) -> Outlook:
        """The lead's scores."""
        return self.judge.outlook

    @property
    def known(self) -> Known:
        """What is known of the lead."""
        return self.judge.known

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        return self.judge.standing

    @property
    def model(self) -> Model:
        """The model in force."""
        return self.judge.known.model

    @property
    def instant(self) -> int:
        """The instant of the decision, in ms."""
        return self.judge.known.instant
