"""Conditions of the model file as the core's data.

A condition is a map: names with what is asked of them, connectives and keywords; several keys must all hold.
Rules' conditions (on activities and on attributes) know names and `all any not exists attribute`; the lifecycle's
know everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeline.models.context import Context, number
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.models.patterns import Predicate, compile_glob, compile_pattern
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    Condition,
    DueDate,
    Frequency,
    Gained,
    GradeIn,
    Happened,
    Identified,
    InStageFor,
    Not,
    Scalar,
    ScoreIs,
    Selector,
    Test,
    equality_key,
)

NOTHING: Condition = All(())
"""Stands in for a condition that could not be built."""

Read = Callable[[str], None]
"""Is told every name that a condition reads."""


def _ignore(_name: str) -> None:
    return


def field_condition(data: Any, path: Path, context: Context, read: Read = _ignore) -> Condition:
    """A rule's condition on an activity or on attributes."""
    return joined(list(_field_parts(data, path, context, read)))


def lead_condition(data: Any, path: Path, context: Context) -> Condition:
    """A lifecycle's condition."""
    if data == "identified":
        return Identified()
    return joined(list(_lead_parts(data, path, context)))


def selector(data: dict[str, Any], path: Path, context: Context) -> Selector:
    """The activities that `on` and `when` mean. The names read are kept."""
    when = None
    if "when" in data:
        inner = (*path, "when")
        when = context.build(inner, lambda: field_condition(data["when"], inner, context, context.names.add), NOTHING)
    return Selector(context.types(data["on"], (*path, "on")), when)


def frequency(data: dict[str, Any], path: Path, context: Context) -> Frequency:
    """A number of activities in a time."""
    asked = [key for key in ("at_least", "exactly", "between") if key in data]
    if not asked:
        context.say(path, "it is not said how many", "write `at_least: 3`, `exactly: 1` or `between: [2, 4]`")
    elif len(asked) > 1:
        context.say((*path, asked[1]), f"`{asked[0]}` and `{asked[1]}` cannot stand together", "keep one", key=True)
    if "sum" in data:
        context.names.add(data["sum"])
    return Frequency(
        selector=selector(data, path, context),
        within_ms=context.duration_of(data, "within", path),
        at_least=number(data, "at_least"),
        exactly=number(data, "exactly"),
        between=pair(data["between"], (*path, "between"), context) if "between" in data else None,
        sum=data.get("sum"),
    )


def pair(data: Any, path: Path, context: Context) -> tuple[float, float]:
    """Least and greatest; a finding if they stand the wrong way round."""
    low, high = float(data[0]), float(data[1])
    if low > high:
        remedy = f"write `[{data[1]}, {data[0]}]`"
        context.say(path, f"{data[0]} is greater than {data[1]}: nothing can lie between", remedy)
    return low, high


def joined(parts: list[Condition]) -> Condition:
    """The one condition that says all of these."""
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _each(data: list[Any], path: Path, make: Callable[[Any, Path], Condition]) -> tuple[Condition, ...]:
    return tuple(make(item, (*path, index)) for index, item in enumerate(data))


def connective(key: str, data: Any, path: Path, make: Callable[[Any, Path], Condition]) -> Condition:
    """`all`, `any` or `not` (the key) of conditions that `make` builds."""
    if key == "not":
        return Not(make(data, path))
    return All(_each(data, path, make)) if key == "all" else AnyOf(_each(data, path, make))


def _field_parts(data: dict[str, Any], path: Path, context: Context, read: Read) -> Iterator[Condition]:
    for key, value in data.items():
        inner = (*path, key)
        if key in ("all", "any", "not"):
            yield connective(key, value, inner, lambda d, p: field_condition(d, p, context, read))
        else:
            yield from _about_names(key, value, inner, context, read)


def _about_names(key: str, value: Any, path: Path, context: Context, read: Read) -> Iterator[Condition]:
    if key == "exists":
        read(value)
        yield Test(value, "exists", operand=True)
    elif key == "attribute":
        for name, asked in value.items():
            read(name)
            yield from _tests(name, asked, (*path, name), context)
    else:
        read(key)
        yield from _tests(key, value, path, context)


def _lead_parts(data: dict[str, Any], path: Path, context: Context) -> Iterator[Condition]:
    for key, value in data.items():
        inner = (*path, key)
        if key in ("all", "any", "not"):
            yield connective(key, value, inner, lambda d, p: lead_condition(d, p, context))
        elif key in _KEYWORDS:
            yield _KEYWORDS[key](value, inner, context)
        else:
            yield from _about_names(key, value, inner, context, _ignore)


def score_is(value: Any, path: Path, context: Context) -> Condition:
    """The score that the key names (the end of `path`) lies within limits."""
    low, high = number(value, "at_least"), number(value, "at_most")
    if low is not None and high is not None and low > high:
        context.say(path, f"`{path[-1]}` cannot be {low:g} or more and {high:g} or less", "exchange the two numbers")
    return ScoreIs(str(path[-1]), low, high)


def _grade(value: Any, path: Path, context: Context) -> Condition:
    asked = value if isinstance(value, dict) else {"equals": value}
    parts: list[Condition] = []
    for operator, operand in asked.items():
        inner = (*path, operator) if isinstance(value, dict) else path
        grades = operand if isinstance(operand, list) else [operand]
        for index, grade in enumerate(grades):
            if grade not in context.grades:
                place = (*inner, index) if isinstance(operand, list) else inner
                best, last = min(context.grades), max(context.grades)
                context.say(
                    place, f"no lead can have the grade `{grade}`", f"the grades are {best} … {last} (`grades`)"
                )
        one = GradeIn(frozenset(grades))
        parts.append(Not(one) if operator in ("not", "not_in") else one)
    return joined(parts)


def _gained(value: Any, _path: Path, _context: Context) -> Condition:
    return Gained(float(value["implicit"]))


_KEYWORDS: dict[str, Callable[[Any, Path, Context], Condition]] = {
    "identified": lambda value, _path, _context: Identified() if value else Not(Identified()),
    "explicit": score_is,
    "implicit": score_is,
    "total": score_is,
    "grade": _grade,
    "count": frequency,
    "happened": lambda value, path, context: Happened(selector(value, path, context)),
    "action": lambda value, path, context: Happened(Selector(context.types(value, path))),
    "gained": _gained,
    "in_stage_for": lambda value, path, context: InStageFor(context.duration(value, path)),
    "due": lambda value, _path, _context: DueDate(value),
}


def _tests(name: str, asked: Any, path: Path, context: Context) -> Iterator[Condition]:
    if not isinstance(asked, dict):
        yield Test(name, "equals", _folded(asked, fold=context.fold), context.fold)
        return
    for operator, operand in asked.items():
        kind, ready = _operand(operator, operand, (*path, operator), context)
        yield Test(name, kind, ready, context.fold, operand if operator in ("matches", "glob") else "")


def _folded(value: Scalar, *, fold: bool) -> Scalar:
    return value.casefold() if fold and isinstance(value, str) else value


def _operand(operator: str, operand: Any, path: Path, context: Context) -> tuple[str, Any]:
    fold = context.fold
    if operator in ("in", "not_in", "in_list"):
        values = _list(operand, path, context) if operator == "in_list" else operand
        kind = "in" if operator == "in_list" else operator
        return kind, frozenset(equality_key(value, fold=fold) for value in values)
    if operator in ("at_least", "at_most"):
        return operator, float(operand)
    if operator == "between":
        return operator, pair(operand, path, context)
    if operator in ("matches", "glob"):
        return operator, _predicate(operator, operand, path, context)
    return operator, _folded(operand, fold=fold)


def _predicate(operator: str, text: str, path: Path, context: Context) -> Predicate:
    if operator == "glob":
        return compile_glob(text.casefold() if context.fold else text)
    try:
        return compile_pattern(text)
    except ValueError as error:
        context.say(path, *error.args)
        return str.isascii


def _list(name: str, path: Path, context: Context) -> list[Scalar]:
    if name not in context.lists:
        context.say(path, f"there is no list `{name}`", did_you_mean(name, context.lists))
    return context.lists.get(name, [])
