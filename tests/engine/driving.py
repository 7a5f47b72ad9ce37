"""Driving an engine with event documents, and reading what it announced."""

from __future__ import annotations

from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.engine.engine import Engine
from pipeline.scoring.profile import Profile
from tests.scoring.making import Doc, event_of, model_of

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
SITE = {"id": "views", "on": "web.page_viewed", "points": 10}


def lifecycle(
    *transitions: Doc, stages: tuple[str, ...] = ("visitor", "lead", "mql", "sql", "won"), **more: Doc
) -> Doc:
    """Stages in this order, entered at the first; `more` sets the properties of single stages."""
    return {
        "entry": stages[0],
        "stages": {stage: more.get(stage, {}) for stage in (*stages, *(s for s in more if s not in stages))},
        "transitions": [t if "leave" in t else {"sticky": True, **t} for t in transitions],
    }


def go(source: Any, target: str, when: Any, **more: Any) -> Doc:
    """A transition."""
    return {"from": source, "to": target, "when": when, **more}


class Drive:
    """One engine under one model."""

    def __init__(
        self,
        *transitions: Doc,
        rules: tuple[Doc, ...] = (SITE,),
        cycle: Doc | None = None,
        live: bool = False,
        **model: Any,
    ) -> None:
        implicit = {"rules": list(rules)} | model.pop("implicit", {})
        self.model = model_of({"implicit": implicit, "lifecycle": cycle or lifecycle(*transitions), **model})
        self.engine = Engine(self.model, stream_time=not live)
        self.changes: list[Doc] = []
        self.signals: list[Doc] = []

    def apply(self, *documents: Doc) -> Drive:
        """Apply events in this order."""
        for document in documents:
            self.engine.apply(event_of(document))
        return self._collected()

    def tick(self, instant: int) -> Drive:
        """Tell the time."""
        self.engine.tick(instant)
        return self._collected()

    def _collected(self) -> Drive:
        changes, signals = self.engine.announced()
        self.changes += changes
        self.signals += signals
        return self

    def lead(self, subject: str) -> Profile:
        """What is known of a subject."""
        profile = self.engine.table.get(subject)
        assert profile is not None, subject
        return profile

    def told(self, *names: str, lead: str | None = None) -> list[tuple[Any, ...]]:
        """These fields of the stage changes, of one lead or of all."""
        return [tuple(c[name] for name in names) for c in self.changes if lead in (None, c["lead_id"])]

    def moves(self, lead: str | None = None) -> list[tuple[str, str, str, str]]:
        """From, to, instant and cause."""
        return self.told("from_stage", "to_stage", "occurred_at", "cause", lead=lead)


def at(instant: int) -> str:
    """The instant as records write it."""
    return format_instant(instant)
