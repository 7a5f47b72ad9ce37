"""What is wrong with a model file: every finding with its place and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.errors import ModelError

Path = tuple[str | int, ...]
"""Where a value stands in the document: keys and (0-based) positions from the top."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong at `line` and `column` (both from 1) of `file`; `remedy` says what to write instead."""

    line: int
    column: int
    message: str
    remedy: str
    file: str

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{text} — {self.remedy}" if self.remedy else text


class ModelFindings(ModelError):  # noqa: N818 - named after what it holds
    """A model file that cannot be used. `findings` holds everything that is wrong with it, sorted by line."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(str(f) for f in self.findings))

    def as_json(self) -> list[dict[str, Any]]:
        """The findings as JSON-ready maps: file, line, column, message, remedy."""
        return [asdict(finding) for finding in self.findings]


class UnreadableModel(ModelFindings):
    """The text is no YAML document that could be looked at more closely."""
