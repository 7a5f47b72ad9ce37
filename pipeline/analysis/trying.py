"""What another model would do: the same events under both, leads per stage before and after, and who moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.analysis.outputs import Row
from pipeline.analysis.replay import Replay, replay
from pipeline.ndjson import Line
from pipeline.scoring.model import Model


@dataclass(frozen=True, slots=True)
class Move:
    """One lead that stands in another stage or has another score. `old` and `new` are its rows of `scores.ndjson`."""

    old: Row
    new: Row

    @property
    def is_of_stage(self) -> bool:
        """Whether the stage is another one."""
        return bool(self.old["stage"] != self.new["stage"])


@dataclass(frozen=True, slots=True)
class Trial:
    """Both models over the same events, as of the latest one.

    `stages`: stage → leads before and after, those of both models in their order. `moves`: the leads whose stage,
    score or grade differs, those whose stage does first, then by how far the total moves. `announced`: how many stage
    changes each model made on the way. `signals`: signal → how often it was raised before and after, by name.
    """

    leads: int
    stages: dict[str, tuple[int, int]]
    moves: tuple[Move, ...]
    announced: tuple[int, int]
    signals: dict[str, tuple[int, int]]


def try_both(
    old: Model, new: Model, lines: Sequence[Line], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Trial:
    """Score the events under both models, each from the first event on."""
    before = replay(old, lines, progress=lambda done, of: progress(done, 2 * of))
    after = replay(new, lines, progress=lambda done, of: progress(of + done, 2 * of))
    rows, others = _rows(before), _rows(after)
    counts = Counter(row["stage"] for row in rows.values()), Counter(row["stage"] for row in others.values())
    names = dict.fromkeys(stage.id for model in (old, new) for stage in model.lifecycle.stages)
    raised = [Counter(str(row["signal"]) for row in result.signals) for result in (before, after)]
    moves = [Move(row, others[lead]) for lead, row in rows.items() if lead in others and _differs(row, others[lead])]
    moves.sort(key=lambda m: (not m.is_of_stage, -abs(m.new["total"] - m.old["total"]), m.old["lead_id"]))
    return Trial(
        leads=len(rows),
        stages={name: (counts[0][name], counts[1][name]) for name in names},
        moves=tuple(moves),
        announced=(len(before.stage_changes), len(after.stage_changes)),
        signals={name: (raised[0][name], raised[1][name]) for name in sorted(raised[0] | raised[1])},
    )


def _rows(result: Replay) -> dict[str, Row]:
    return {row["lead_id"]: row for row in result.score_rows()}


def _differs(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one[name] != other[name] for name in ("stage", "explicit", "implicit", "total", "grade"))
