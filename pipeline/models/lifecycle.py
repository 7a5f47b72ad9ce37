"""The model's stages and transitions, SLAs, approvals and nurture programs with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipeline.models.calendars import Calendars, due
from pipeline.models.conditions import NOTHING, lead_condition
from pipeline.models.context import Context, titles
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.scoring.conditions import Condition, Identified
from pipeline.scoring.model import Approval, Lifecycle, Nurture, Sla, Stage, Transition
from pipeline.scoring.working_time import Within

MINIMAL = Lifecycle(
    entry="visitor",
    stages=(Stage("visitor"), Stage("lead")),
    transitions=(Transition("visitor>lead", ("visitor",), "lead", Identified(), sticky=True),),
)
"""The lifecycle of a model that names none: a visitor is a lead once identified."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a lifecycle is of: where it stands in the file, how its conditions read, the calendars it may name."""

    path: Path
    condition: Callable[[Any, Path, Context], Condition]
    calendars: Calendars = field(default_factory=dict)


def of_leads(calendars: Calendars) -> Kind:
    """The lifecycle that leads pass through."""
    return Kind(("lifecycle",), lead_condition, calendars)


def lifecycle(data: dict[str, Any], context: Context, kind: Kind) -> Lifecycle:
    """Stages in their order, the entry stage, transitions in their order."""
    stages = data.get("stages")
    ids = list(stages) if isinstance(stages, dict) else []
    built = tuple(_stage(name, (stages or {})[name], context, kind) for name in ids)
    if "entry" in data and isinstance(stages, dict) and data["entry"] not in ids:
        remedy = did_you_mean(str(data["entry"]), ids)
        context.say((*kind.path, "entry"), f"there is no stage `{data['entry']}`", remedy)
    transitions: list[Transition] = []
    keys: dict[str, int] = {}
    for index, item in enumerate(data.get("transitions") or ()):
        path = (*kind.path, "transitions", index)

        def one(item: Any = item, path: Path = path) -> Transition:
            key = _checked_key(item, path, context, ids, keys)
            return _transition(item, path, context, kind, key)

        transition = context.build(path, one, None)
        if transition is not None:
            transitions.append(transition)
    return Lifecycle(str(data.get("entry", "")), built, tuple(transitions))


def _stage(name: str, data: Any, context: Context, kind: Kind) -> Stage:
    path: Path = (*kind.path, "stages", name)
    if not isinstance(data, dict):
        return Stage(name)

    def one() -> Stage:
        sla = _sla(data["sla"], (*path, "sla"), context, kind) if "sla" in data else None
        nurture = _nurture(data["nurture"]) if "nurture" in data else None
        return Stage(name, data.get("kind", "active"), titles(data.get("title")), sla, nurture)

    return context.build(path, one, Stage(name))


def _sla(data: dict[str, Any], path: Path, context: Context, kind: Kind) -> Sla:
    time, calendar = due(data, path, kind.calendars, context)
    until = context.types(data["until"], (*path, "until")) if "until" in data else frozenset[str]()
    return Sla(time or Within(ms=1), calendar, until, data.get("escalate"))


def _nurture(data: Any) -> Nurture:
    return Nurture(data["track"], titles(data.get("title"))) if isinstance(data, dict) else Nurture(str(data))


def _approvals(items: list[Any], path: Path, context: Context, kind: Kind) -> tuple[Approval, ...]:
    made: dict[str, Approval] = {}
    for index, item in enumerate(items):
        place = (*path, index)
        step = item["step"]
        if step in made:
            context.say((*place, "step"), f"the step `{step}` is asked twice", "give each step its own name")
        for key in ("calendar", "escalate"):
            if key in item and "within" not in item:
                remedy = "say how long the step may take: `within: 1d`"
                context.say((*place, key), f"`{key}` means nothing without `within`", remedy, key=True)
        made[step] = Approval(step, *due(item, place, kind.calendars, context), item.get("escalate"))
    return tuple(made.values())


def _checked_key(item: dict[str, Any], path: Path, context: Context, ids: list[str], keys: dict[str, int]) -> str:
    """The key of a transition, after a look at its stages."""
    listed = isinstance(item["from"], list)
    sources = _sources(item)
    for index, name in enumerate(sources):
        place = (*path, "from", index) if listed else (*path, "from")
        if name not in ids:
            context.say(place, f"there is no stage `{name}`", did_you_mean(name, ids))
        elif name == item["to"]:
            context.say((*path, "to"), f"the transition leads from `{name}` to itself", "name another stage")
    if item["to"] not in ids:
        context.say((*path, "to"), f"there is no stage `{item['to']}`", did_you_mean(item["to"], ids))
    if "id" in item:
        key = item["id"]
        if key in keys:
            context.say((*path, "id"), f"there are two transitions `{key}`", "give each transition its own id")
        keys[key] = 1
        return str(key)
    key = f"{'|'.join(sources)}>{item['to']}"
    keys[key] = keys.get(key, 0) + 1
    return key if keys[key] == 1 else f"{key}#{keys[key]}"


def _sources(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(item["from"]) if isinstance(item["from"], list) else (item["from"],)


def _transition(item: dict[str, Any], path: Path, context: Context, kind: Kind, key: str) -> Transition:
    if "leave" in item and item.get("sticky") is True:
        remedy = "keep `leave` if the lead can fall back, `sticky: true` if it stays"
        context.say((*path, "sticky"), "`leave` and `sticky: true` contradict each other", remedy, key=True)

    def condition(name: str) -> Condition:
        inner = (*path, name)
        return context.build(inner, lambda: kind.condition(item[name], inner, context), NOTHING)

    when = condition("when")
    leave = condition("leave") if "leave" in item else None
    steps, none = (*path, "approvals"), ()
    return Transition(
        key=key,
        sources=_sources(item),
        to=item["to"],
        when=when,
        leave=leave,
        cooldown_ms=context.duration_of(item, "cooldown", path),
        sticky=item.get("sticky", False),
        titles=titles(item.get("title")),
        approvals=context.build(steps, lambda: _approvals(item.get("approvals") or [], steps, context, kind), none),
    )
