"""The model's stages and transitions."""

from __future__ import annotations

from typing import Any

from pipeline.models.conditions import NOTHING, lead_condition
from pipeline.models.context import Context, titles
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.scoring.conditions import Identified
from pipeline.scoring.model import Lifecycle, Stage, Transition

MINIMAL = Lifecycle(
    entry="visitor",
    stages=(Stage("visitor"), Stage("lead")),
    transitions=(Transition("visitor>lead", ("visitor",), "lead", Identified(), sticky=True),),
)
"""The lifecycle of a model that names none: a visitor is a lead once identified."""

_LATER_STAGE = ("sla", "nurture")


def lifecycle(data: dict[str, Any] | None, context: Context) -> Lifecycle:
    """Stages in their order, the entry stage, transitions in their order; `MINIMAL` without a section."""
    if data is None:
        return MINIMAL
    stages = data.get("stages")
    ids = list(stages) if isinstance(stages, dict) else []
    built = tuple(_stage(name, (stages or {})[name], context) for name in ids)
    if "entry" in data and isinstance(stages, dict) and data["entry"] not in ids:
        remedy = did_you_mean(str(data["entry"]), ids)
        context.say(("lifecycle", "entry"), f"there is no stage `{data['entry']}`", remedy)
    transitions: list[Transition] = []
    keys: dict[str, int] = {}
    for index, item in enumerate(data.get("transitions") or ()):
        path = ("lifecycle", "transitions", index)

        def one(item: Any = item, path: Path = path) -> Transition:
            return _transition(item, path, context, ids, keys)

        transition = context.build(path, one, None)
        if transition is not None:
            transitions.append(transition)
    return Lifecycle(str(data.get("entry", "")), built, tuple(transitions))


def _stage(name: str, data: Any, context: Context) -> Stage:
    path: Path = ("lifecycle", "stages", name)
    if not isinstance(data, dict):
        return Stage(name)
    for key in filter(data.__contains__, _LATER_STAGE):
        context.not_acted_on((*path, key), f"`{key}` of the stage `{name}`")
    kind = data.get("kind", "active")
    return context.build(path, lambda: Stage(name, kind, titles(data.get("title"))), Stage(name))


def _transition(item: dict[str, Any], path: Path, context: Context, ids: list[str], keys: dict[str, int]) -> Transition:
    listed = isinstance(item["from"], list)
    sources = tuple(item["from"]) if listed else (item["from"],)
    for index, name in enumerate(sources):
        place = (*path, "from", index) if listed else (*path, "from")
        if name not in ids:
            context.say(place, f"there is no stage `{name}`", did_you_mean(name, ids))
        elif name == item["to"]:
            context.say((*path, "to"), f"the transition leads from `{name}` to itself", "name another stage")
    if item["to"] not in ids:
        context.say((*path, "to"), f"there is no stage `{item['to']}`", did_you_mean(item["to"], ids))
    if "leave" in item and item.get("sticky") is True:
        remedy = "keep `leave` if the lead can fall back, `sticky: true` if it stays"
        context.say((*path, "sticky"), "`leave` and `sticky: true` contradict each other", remedy, key=True)
    if "approvals" in item:
        context.not_acted_on((*path, "approvals"), "`approvals`")
    when_path, leave_path = (*path, "when"), (*path, "leave")
    when = context.build(when_path, lambda: lead_condition(item["when"], when_path, context), NOTHING)
    leave = None
    if "leave" in item:
        leave = context.build(leave_path, lambda: lead_condition(item["leave"], leave_path, context), NOTHING)
    return Transition(
        key=_key(item, sources, path, context, keys),
        sources=sources,
        to=item["to"],
        when=when,
        leave=leave,
        cooldown_ms=context.duration_of(item, "cooldown", path),
        sticky=item.get("sticky", False),
        titles=titles(item.get("title")),
    )


def _key(item: dict[str, Any], sources: tuple[str, ...], path: Path, context: Context, keys: dict[str, int]) -> str:
    if "id" in item:
        key = item["id"]
        if key in keys:
            context.say((*path, "id"), f"there are two transitions `{key}`", "give each transition its own id")
        keys[key] = 1
        return str(key)
    key = f"{'|'.join(sources)}>{item['to']}"
    keys[key] = keys.get(key, 0) + 1
    return key if keys[key] == 1 else f"{key}#{keys[key]}"
