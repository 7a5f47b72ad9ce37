"""One output record as one line for people, in Rich text; times are local."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from pipeline.cli.instants import local_time
from pipeline.codec.instants import parse_instant
from pipeline.scoring.ledger import title_of
from pipeline.scoring.model import Model

Document = dict[str, Any]
Titles = Mapping[str, str]
"""Stage → its title; a stage that is not there is shown by its id."""

_ARROWS = {"up": ("▲", "green"), "down": ("▼", "red"), "side": ("▶", "yellow")}


def who(document: Document) -> str:
    """A lead as people know it: its address, else a short id."""
    return str(document.get("email") or short(document["lead_id"]))


def short(lead_id: str) -> str:
    """The beginning of a long id."""
    return lead_id if len(lead_id) <= 22 else f"{lead_id[:19]}…"


def stage_change(document: Document, titles: Titles) -> Text:
    """When, who, from → to, score and grade, why."""
    arrow, colour = _ARROWS.get(document["direction"], ("·", "default"))
    reasons = ", ".join(
        f"{reason['title'] or reason['rule']} {reason['points']:+.0f}" for reason in document["reasons"][:3]
    )
    return Text.assemble(
        (_when(document["occurred_at"]), "dim"),
        f"  {_fitted(who(document))}  ",
        (f"{arrow} ", colour),
        f"{_stage(document['from_stage'], titles)} → ",
        (_stage(document["to_stage"], titles), f"bold {colour}"),
        f"  {document['total']:.1f} {document['grade']}  ",
        (document["cause"], "cyan"),
        (f"  {reasons}" if reasons else "", "dim"),
    )


def score(document: Document, titles: Titles) -> Text:
    """As of when, who, stage, score and grade, and when it changes by itself."""
    due = document.get("due_at")
    return Text.assemble(
        (_when(document["as_of"]), "dim"),
        f"  {_fitted(who(document))}  ",
        (_stage(document["stage"], titles), "bold"),
        f"  {document['total']:.1f} = {document['explicit']:.1f} + {document['implicit']:.1f}  {document['grade']}",
        (f"  next change {_when(due)}" if due else "", "dim"),
    )


def signal(document: Document, titles: Titles) -> Text:
    """When, who, what, its details."""
    details = ", ".join(f"{name} {value}" for name, value in document.get("details", {}).items())
    return Text.assemble(
        (_when(document["occurred_at"]), "dim"),
        f"  {_fitted(short(document['lead_id']))}  ",
        (document["signal"], "bold magenta"),
        f"  {_stage(document['stage'], titles)}",
        (f"  {details}" if details else "", "dim"),
    )


def dead_letter(document: Document) -> Text:
    """Its id, the record it was, the reason and what exactly."""
    origin = f"{document['topic']}/{document['partition']}/{document['offset']}"
    return Text.assemble(
        f"{document['id']}  ", (f"from {origin}  ", "dim"), (document["reason"], "bold red"), f"  {document['message']}"
    )


def stage_titles(model: Model, language: str = "en") -> dict[str, str]:
    """The titles of a model's stages."""
    return {stage.id: title_of(stage.titles, stage.id, language) for stage in model.lifecycle.stages}


def _stage(stage: str, titles: Titles) -> str:
    return titles.get(stage, stage)


def _when(instant: str) -> str:
    return local_time(parse_instant(instant))


def _fitted(text: str, width: int = 38) -> str:
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}…"
