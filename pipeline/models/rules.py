"""The explicit and the implicit half of a model: rules, `best_of` groups of them, and groups with a common limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.models.conditions import NOTHING, field_condition, frequency, pair, selector
from pipeline.models.context import Context, number, titles
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.scoring.model import (
    ActivityRule,
    AttributeRule,
    BestOf,
    Category,
    Decay,
    FrequencyRule,
    Group,
    Limit,
    Points,
    Rule,
)

Ids = dict[str, int]
"""Rule ids taken so far, and their lines."""

Single = AttributeRule | ActivityRule | FrequencyRule
_Make = Callable[[dict[str, Any], Path, str, Context, Decay], Single]


@dataclass(frozen=True, slots=True)
class _Half:
    """What the rules of one half share."""

    context: Context
    ids: Ids
    make: _Make
    decay: Decay


_NO_DECAY = Decay()


def explicit(data: dict[str, Any], context: Context, ids: Ids, path: Path = ("explicit",)) -> Category:
    """The explicit half: rules on attributes."""
    return _category(data, path, _Half(context, ids, _attribute_rule, _NO_DECAY))


def implicit(data: dict[str, Any], context: Context, ids: Ids, path: Path = ("implicit",)) -> Category:
    """The implicit half: rules on activities; the category's decay holds for rules that say nothing else."""
    inner = (*path, "decay")
    default = _NO_DECAY
    if "decay" in data:
        default = context.build(inner, lambda: _decay(data["decay"], inner, context), _NO_DECAY)
    return _category(data, path, _Half(context, ids, _implicit_rule, default))


def _category(data: dict[str, Any], path: Path, half: _Half) -> Category:
    context = half.context
    rules: list[Rule] = []
    for index, item in enumerate(data.get("rules") or ()):
        place = (*path, "rules", index)

        def one(item: Any = item, place: Path = place) -> Rule:
            _claim(item["id"], (*place, "id"), half)
            if "best_of" in item:
                return _best_of(item, place, half)
            return half.make(item, place, item["id"], context, half.decay)

        rule = context.build(place, one, None)
        if rule is not None:
            rules.append(rule)
    none: tuple[Group, ...] = ()
    groups = context.build((*path, "groups"), lambda: _groups(data.get("groups") or [], path, context, rules), none)
    inner = (*path, "range")
    bounds = context.build(inner, lambda: pair(data["range"], inner, context), None) if "range" in data else None
    lowest, highest = bounds or (None, None)
    return Category(tuple(rules), groups, lowest, highest)


def _claim(rule_id: str, path: Path, half: _Half) -> None:
    context, ids = half.context, half.ids
    line, _ = context.root.place(path)
    if rule_id in ids:
        context.say(path, f"the id `{rule_id}` is taken (line {ids[rule_id]})", "give each rule its own id")
    ids.setdefault(rule_id, line)


def _best_of(item: dict[str, Any], path: Path, half: _Half) -> BestOf:
    members: list[Single] = []
    for index, member in enumerate(item["best_of"]):
        place = (*path, "best_of", index)

        def one(member: Any = member, place: Path = place, index: int = index) -> Single:
            if "id" in member:
                _claim(member["id"], (*place, "id"), half)
            name = member.get("id") or f"{item['id']}[{index + 1}]"
            return half.make(member, place, name, half.context, half.decay)

        built = half.context.build(place, one, None)
        if built is not None:
            members.append(built)
    low, high = _clip(item, path, half.context)
    return BestOf(item["id"], tuple(members), number(item, "weight"), low, high, titles(item.get("title")))


def _attribute_rule(item: dict[str, Any], path: Path, rule_id: str, context: Context, _decay: Decay) -> AttributeRule:
    inner = (*path, "when")
    when = context.build(inner, lambda: field_condition(item["when"], inner, context), NOTHING)
    return AttributeRule(rule_id, when, float(item["points"]), titles(item.get("title")))


def _implicit_rule(
    item: dict[str, Any], path: Path, rule_id: str, context: Context, default: Decay
) -> ActivityRule | FrequencyRule:
    if "frequency" in item:
        asked = frequency(item["frequency"], (*path, "frequency"), context)
        return FrequencyRule(rule_id, asked, float(item["points"]), titles(item.get("title")))
    chosen = selector(item, path, context)
    points = _points(item["points"], context)
    limit = context.build((*path, "limit"), lambda: _limit(item.get("limit"), (*path, "limit"), context), None)
    place = (*path, "decay")
    decay = default
    if "decay" in item:
        decay = context.build(place, lambda: _decay(item["decay"], place, context), default)
    low, high = _clip(item, path, context)
    return ActivityRule(rule_id, chosen, points, decay, limit, low, high, titles(item.get("title")))


def _clip(item: dict[str, Any], path: Path, context: Context) -> tuple[float | None, float | None]:
    low, high = number(item, "min"), number(item, "max")
    if low is not None and high is not None and low > high:
        context.say((*path, "min"), f"`min` {low:g} is greater than `max` {high:g}", "exchange the two numbers")
    return low, high


def _points(data: Any, context: Context) -> Points:
    if not isinstance(data, dict):
        return Points(fixed=float(data))
    context.names.add(data["per"])
    return Points(per=data["per"], factor=float(data.get("factor", 1)), max=number(data, "max"))


def _limit(data: Any, path: Path, context: Context) -> Limit | None:
    if data is None:
        return None
    if data == "once":
        return Limit(1)
    if "by" in data:
        context.names.add(data["by"])
    return Limit(int(data["count"]), context.duration_of(data, "per", path), data.get("by"))


def _decay(data: Any, path: Path, context: Context) -> Decay:
    if data == "none":
        return _NO_DECAY
    (kind,) = data
    inner = (*path, kind)
    if kind != "steps":
        return Decay(kind, context.duration(data[kind], inner))
    steps = tuple((context.duration(age, (*inner, i, 0)), float(share)) for i, (age, share) in enumerate(data[kind]))
    for index in range(1, len(steps)):
        if steps[index][0] <= steps[index - 1][0]:
            remedy = "put the steps in order of age: [[7d, 1], [30d, 0.5]]"
            context.say((*inner, index), "this step does not come after the one before it", remedy)
    return Decay("steps", steps=steps)


def _groups(data: list[Any], path: Path, context: Context, rules: list[Rule]) -> tuple[Group, ...]:
    known = [rule.id for rule in rules]
    inside: dict[str, str] = {}
    taken: set[str] = set()
    groups: list[Group] = []
    for index, item in enumerate(data):
        place = (*path, "groups", index)
        if item["id"] in taken:
            context.say((*place, "id"), f"there are two groups `{item['id']}`", "give each group its own id")
        taken.add(item["id"])
        for position, name in enumerate(item["rules"]):
            spot = (*place, "rules", position)
            if name not in known:
                context.say(spot, f"there is no {path[-1]} rule `{name}`", did_you_mean(name, known))
            elif name in inside:
                remedy = "a rule can be in one group only: take it out of one"
                context.say(spot, f"the rule `{name}` is in the group `{inside[name]}` already", remedy)
            inside.setdefault(name, item["id"])
        low, high = _clip(item, place, context)
        groups.append(Group(item["id"], tuple(item["rules"]), low, high, titles(item.get("title"))))
    return tuple(groups)
