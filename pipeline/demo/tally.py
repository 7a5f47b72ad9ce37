"""What has been seen so far, to be told at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(slots=True)
class Machines:
    """Activities that pay nothing because a machine made them: why → (leads, activities)."""

    leads: Counter[str] = field(default_factory=Counter)
    activities: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """Counts of the demo; `scores`: the latest score of every lead, `hottest`: the best of them, out of Redis."""

    sent: int = 0
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    directions: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    scores: dict[str, Document] = field(default_factory=dict)
    machines: Machines = field(default_factory=Machines)
    hottest: list[Document] = field(default_factory=list)

    def stage_changed(self, change: Document) -> None:
        """Count a stage change."""
        self.changes[change["from_stage"], change["to_stage"]] += 1
        self.directions[change["direction"]] += 1

    def scored(self, lead_id: str, score: Document | None) -> None:
        """Keep a lead's latest score; None: it is nobody any more."""
        if score is None:
            self.scores.pop(lead_id, None)
        else:
            self.scores[lead_id] = score

    @property
    def stages(self) -> Counter[str]:
        """How many leads stand in each stage."""
        return Counter(score["stage"] for score in self.scores.values())

    def top(self, count: int = 5) -> list[Document]:
        """The known people with the highest totals."""
        known = (score for score in self.scores.values() if not score["anonymous"])
        return sorted(known, key=lambda score: (-score["total"], score["lead_id"]))[:count]

    def document(self) -> Document:
        """JSON-ready."""
        return {
            "events": self.sent,
            "leads": len(self.scores),
            "stages": dict(self.stages.most_common()),
            "stage_changes": {f"{before} → {after}": n for (before, after), n in self.changes.most_common()},
            "directions": dict(self.directions),
            "signals": dict(self.signals.most_common()),
            "dead_letters": dict(self.dead_letters.most_common()),
            "machines": {
                why: {"leads": self.machines.leads[why], "activities": count}
                for why, count in self.machines.activities.most_common()
            },
            "hottest": [score["lead_id"] for score in self.hottest],
            "top": [
                {name: score[name] for name in ("lead_id", "email", "stage", "total", "grade")} for score in self.top()
            ],
        }
