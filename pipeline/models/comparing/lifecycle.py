"""Stages and transitions in words."""

from __future__ import annotations

from typing import Any

from pipeline.models import stage_words, words
from pipeline.models.comparing.rules import title
from pipeline.scoring.model import Lifecycle

Aspects = dict[str, str]


def of_model(data: dict[str, Any], lifecycle: Lifecycle, whose: str) -> dict[str, dict[str, Aspects]]:
    """The stages and transitions of leads, or (`whose` is 'account ') of accounts; with the defaults of a model."""
    written = data.get("lifecycle") or {}
    stages = {stage.id: _stage((written.get("stages") or {}).get(stage.id) or {}) for stage in lifecycle.stages}
    stages[lifecycle.entry]["entry"] = "yes"
    items = written.get("transitions") or []
    transitions = {}
    for index, transition in enumerate(lifecycle.transitions):
        item = items[index] if items else {"when": "identified", "sticky": True}
        way = f"from {words.listed(list(transition.sources))} to {transition.to}"
        transitions[transition.key] = {"way": way} | _transition(item)
    return {f"{whose}stages": stages, f"{whose}transitions": transitions}


def _stage(data: dict[str, Any]) -> Aspects:
    found = {"kind": data.get("kind", "active")}
    if "title" in data:
        found["title"] = title(data["title"])
    if "sla" in data:
        found["SLA"] = stage_words.sla(data["sla"])
    if "nurture" in data:
        found["nurture"] = stage_words.nurture(data["nurture"])
    return found


def _transition(data: dict[str, Any]) -> Aspects:
    found = {"when": words.condition(data["when"])}
    if "leave" in data:
        found["falls back unless"] = words.condition(data["leave"])
    if data.get("sticky"):
        found["sticky"] = "yes"
    if "cooldown" in data:
        found["cooldown"] = str(data["cooldown"])
    if "approvals" in data:
        found["approvals"] = stage_words.approvals(data["approvals"])
    if "title" in data:
        found["title"] = title(data["title"])
    return found
