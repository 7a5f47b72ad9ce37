"""A model as lint looks at it: the loaded one beside the file it came from, so that everything found has its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.models import sections
from pipeline.models.conditions import field_condition, lead_condition
from pipeline.models.context import Context
from pipeline.models.document import Node
from pipeline.models.findings import Path
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.solving import impossible
from pipeline.scoring.conditions import Condition
from pipeline.scoring.model import Category, Model, Rule


@dataclass(frozen=True, slots=True)
class Placed:
    """A condition's plain data and where it stands; `of_lead`: one of the lifecycle, not of a rule."""

    path: Path
    data: Any
    of_lead: bool


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule, its plain data, and where it stands."""

    path: Path
    data: dict[str, Any]
    rule: Rule


@dataclass(frozen=True, slots=True)
class Half:
    """The explicit or implicit half of the model, or of one of its named scores (`score`, else '')."""

    score: str
    name: str
    path: Path
    data: dict[str, Any]
    category: Category

    @property
    def rules(self) -> list[PlacedRule]:
        """The rules in declared order."""
        found = zip(self.data.get("rules") or (), self.category.rules, strict=True)
        return [PlacedRule((*self.path, "rules", i), data, rule) for i, (data, rule) in enumerate(found)]


class LintContext:
    """The file of a model that loads. `data` is the plain document."""

    def __init__(self, root: Node, file: str, model: Model) -> None:
        self.file = file
        self.data: dict[str, Any] = root.data()
        self._root = root
        self._model = model
        self._builder = Context(root, file, [])
        self._builder.fold = self.data.get("fold") == "case"
        self._builder.lists = sections.lists(self.data)
        self._builder.grades = sections.all_grades(model.grades)

    def finding(self, kind: str, path: Path, message: str, remedy: str, *, key: bool = False) -> LintFinding:
        """A finding at the value that stands at `path`, or with `key` at its key."""
        return LintFinding(*self._root.place(path, key=key), kind, message, remedy, self.file)

    def line(self, path: Path) -> int:
        """The line at which the value at `path` stands."""
        return self._root.place(path)[0]

    def condition(self, data: Any, *, of_lead: bool) -> Condition:
        """The core's condition of plain data that the loader has accepted."""
        build = lead_condition if of_lead else field_condition
        return build(data, (), self._builder)

    def is_impossible(self, data: Any, *, of_lead: bool) -> bool:
        """Whether the condition holds of nothing at all."""
        return impossible(self.condition(data, of_lead=of_lead))

    @cached_property
    def halves(self) -> tuple[Half, ...]:
        """Both halves of the model, then those of its named scores."""
        return tuple(
            Half(score, name, (*path, name), data.get(name) or {}, category)
            for score, path, data, categories in self._scored()
            for name, category in zip(("explicit", "implicit"), categories, strict=True)
        )

    def _scored(self) -> Iterator[tuple[str, Path, dict[str, Any], tuple[Category, Category]]]:
        """The model itself and its named scores: name or '', path, data, both halves."""
        model = self._model
        yield "", (), self.data, (model.explicit, model.implicit)
        for score in model.scores:
            yield score.name, ("scores", score.name), self.data["scores"][score.name], (score.explicit, score.implicit)

    @cached_property
    def lifecycles(self) -> tuple[tuple[Path, dict[str, Any]], ...]:
        """The lifecycle of leads and that of accounts, as far as the model writes them, each with its path."""
        account = (self.data.get("account") or {}).get("lifecycle")
        found = [(("lifecycle",), self.data.get("lifecycle")), (("account", "lifecycle"), account)]
        return tuple((path, data) for path, data in found if data)

    @cached_property
    def transitions(self) -> tuple[tuple[Path, dict[str, Any]], ...]:
        """Every transition, of leads and of accounts, with its path."""
        return tuple(
            ((*path, "transitions", i), item)
            for path, data in self.lifecycles
            for i, item in enumerate(data.get("transitions") or ())
        )

    @cached_property
    def conditions(self) -> tuple[Placed, ...]:
        """Every condition of the file: of rules, transitions and roles, those within `happened` and `count` too."""
        found: list[Placed] = []
        for half in self.halves:
            for placed in half.rules:
                found += _of_rule(placed.data, placed.path)
        for path, item in self.transitions:
            for key in ("when", "leave"):
                if key in item:
                    found.append(Placed((*path, key), item[key], of_lead=True))
                    found += _selected(item[key], (*path, key))
        for role, data in ((self.data.get("account") or {}).get("roles") or {}).items():
            found.append(Placed(("account", "roles", role), data, of_lead=False))
        return tuple(found)


def _of_rule(data: dict[str, Any], path: Path) -> Iterator[Placed]:
    for index, member in enumerate(data.get("best_of") or ()):
        yield from _of_rule(member, (*path, "best_of", index))
    holder, place = (data["frequency"], (*path, "frequency")) if "frequency" in data else (data, path)
    if "when" in holder:
        yield Placed((*place, "when"), holder["when"], of_lead=False)


def _selected(data: Any, path: Path) -> Iterator[Placed]:
    """The conditions on activities within one of the lifecycle."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _selected(item, (*path, index))
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in ("happened", "count") and isinstance(value, dict) and "when" in value:
                yield Placed((*path, key, "when"), value["when"], of_lead=False)
            elif key in ("all", "any", "not"):
                yield from _selected(value, (*path, key))
