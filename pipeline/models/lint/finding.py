"""What lint says of a model that loads: a place, a kind, what is odd there, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pipeline.models.lint.context import LintContext
    from pipeline.scoring.model import Model


@dataclass(frozen=True, slots=True, order=True)
class LintFinding:
    """One odd thing at `line` and `column` (both from 1) of `file`; `kind` is the code of its lint kind."""

    line: int
    column: int
    kind: str
    message: str
    remedy: str
    file: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.kind}: {self.message} — {self.remedy}"

    def as_json(self) -> dict[str, Any]:
        """The finding as a JSON-ready map."""
        return asdict(self)


class Kind(Protocol):
    """A lint kind: a module of `pipeline.models.lint.kinds`. `CODE` names it, `ABOUT` says in a line what it finds."""

    CODE: str
    ABOUT: str

    def findings(self, model: Model, context: LintContext) -> Iterator[LintFinding]:
        """Everything of this kind in the model."""
