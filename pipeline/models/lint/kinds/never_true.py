"""Conditions that nothing can satisfy: their rule never pays, their transition never fires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models import words
from pipeline.models.findings import Path
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "never-true"
ABOUT = "a condition that nothing can satisfy"


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """The smallest part of each condition that contradicts itself."""
    del model
    for placed in context.conditions:
        search = _Search(context, of_lead=placed.of_lead)
        yield from search.within(placed.data, placed.path)
    for path, data in context.lifecycles:
        for index, item in enumerate(data.get("transitions") or ()):
            place = (*path, "transitions", index)
            yield from _never_with_leave(item, place, context)


class _Search:
    def __init__(self, context: LintContext, *, of_lead: bool) -> None:
        self._context = context
        self._of_lead = of_lead

    def _never(self, data: Any) -> bool:
        return self._context.is_impossible(data, of_lead=self._of_lead)

    def within(self, data: Any, path: Path) -> Iterator[LintFinding]:
        """Parts of the condition at `path` that never hold; else the whole of it."""
        if not isinstance(data, dict):
            return
        found = [finding for key, value in data.items() for finding in self._part(key, value, (*path, key))]
        yield from found
        if not found and self._never(data):
            yield self._finding(path, data, key=False)

    def _part(self, key: str, value: Any, path: Path) -> Iterator[LintFinding]:
        if key in ("all", "any"):
            for index, item in enumerate(value):
                yield from self.within(item, (*path, index))
        elif key != "not" and self._never({key: value}):
            yield self._finding(path, {key: value}, key=True)

    def _finding(self, path: Path, data: Any, *, key: bool) -> LintFinding:
        message = f"this can never hold: {words.condition(data)}"
        return self._context.finding(CODE, path, message, _remedy(data, self._context), key=key)


def _remedy(data: dict[str, Any], context: LintContext) -> str:
    empty = [name for name in _lists_in(data) if not (context.data.get("lists") or {}).get(name, True)]
    if empty:
        return f"the list `{empty[0]}` is empty: put values into it, or drop the condition"
    return "let one of the tests go, or put them into `any` if one of them is enough"


def _lists_in(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "in_list":
                yield str(value)
            else:
                yield from _lists_in(value)
    elif isinstance(data, list):
        for item in data:
            yield from _lists_in(item)


def _never_with_leave(item: dict[str, Any], path: Path, context: LintContext) -> Iterator[LintFinding]:
    """A transition with `leave` fires only where its `leave` holds too."""
    if "leave" not in item or any(context.is_impossible(item[key], of_lead=True) for key in ("when", "leave")):
        return
    if context.is_impossible({"all": [_as_map(item["when"]), _as_map(item["leave"])]}, of_lead=True):
        when, leave = words.condition(item["when"]), words.condition(item["leave"])
        message = f"it never fires: `when` ({when}) and `leave` ({leave}) never hold together"
        remedy = "`leave` says what must stay true: let it hold wherever `when` does"
        yield context.finding(CODE, (*path, "leave"), message, remedy, key=True)


def _as_map(data: Any) -> Any:
    return {"identified": True} if data == "identified" else data
