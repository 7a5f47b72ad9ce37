"""What the builders of one model share: the document, the findings, and what the model says for all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.models.document import Node
from pipeline.models.durations import parse_duration
from pipeline.models.findings import Finding, Path
from pipeline.models.hints import event_type_hint
from pipeline.models.shape import Flaw
from pipeline.scoring.conditions import Scalar

T = TypeVar("T")

_SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError)


@dataclass(slots=True)
class Context:
    """Builders read plain data and say what is wrong with `say`; only a model without findings is used."""

    root: Node
    file: str
    flaws: list[Flaw]
    findings: list[Finding] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    lists: dict[str, list[Scalar]] = field(default_factory=dict)
    fold: bool = False
    grades: frozenset[str] = frozenset()
    names: set[str] = field(default_factory=set)
    """Activity values that some rule reads."""

    def say(self, path: Path, message: str, remedy: str, *, key: bool = False) -> None:
        """Record a finding, unless the shape of this very place is wrong already."""
        if any(path[: len(f.path)] == f.path or f.path[: len(path)] == path for f in self.flaws if f.path):
            return
        self.findings.append(Finding(*self.root.place(path, key=key), message, remedy, self.file))

    def warn(self, path: Path, text: str) -> None:
        """Record something that loads but deserves a word."""
        line, _ = self.root.place(path, key=True)
        self.warnings.append((line, f"line {line}: {text}"))

    def build(self, path: Path, make: Callable[[], T], otherwise: T) -> T:
        """`make()`; if the shape below `path` is wrong, whatever it can find, and `otherwise`."""
        try:
            return make()
        except _SHAPE_ERRORS:
            if any(f.path[: len(path)] == path or path[: len(f.path)] == f.path for f in self.flaws):
                return otherwise
            raise

    def duration(self, text: Any, path: Path) -> int:
        """A duration in ms (1 if it is none; that is a finding)."""
        try:
            return parse_duration(text)
        except ValueError as error:
            self.say(path, *error.args)
            return 1

    def duration_of(self, data: dict[str, Any], key: str, path: Path) -> int | None:
        """The duration under `key`, or None."""
        return self.duration(data[key], (*path, key)) if key in data else None

    def types(self, value: Any, path: Path) -> frozenset[str]:
        """The event types under `on` or `action`."""
        listed = value if isinstance(value, list) else [value]
        for index, name in enumerate(listed):
            place = (*path, index) if isinstance(value, list) else path
            hint = event_type_hint(name)
            prefix, dot, rest = name.partition(".")
            if not (prefix and dot and rest) or any(c.isspace() for c in name):
                remedy = f"did you mean `{hint}`?" if hint else "write source.what_happened, such as `web.page_viewed`"
                self.say(place, f"`{name}` is no type of event", remedy)
            elif hint:
                self.warn(place, f"`{name}` is no type of the event contract; did you mean `{hint}`?")
        return frozenset(listed)


def number(data: dict[str, Any], key: str) -> float | None:
    """The number under `key` as a float, or None."""
    value = data.get(key)
    return None if value is None else float(value)


def titles(value: Any) -> dict[str, str]:
    """Titles by language; a plain text stands under ''."""
    if value is None:
        return {}
    return {"": value} if isinstance(value, str) else {str(k): str(v) for k, v in value.items()}
