"""The list: each clause of a contract, the test that proves it, and a change of the code that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACTS = ("lifecycle", "scoring")


@dataclass(frozen=True, slots=True)
class Clause:
    """`says` is the contract's own words; putting `new` for `old` (once in `file`) makes `test` fail.

    `test` is a node id of pytest and `file` a path, both from the project's root; `how` is the change in words.
    """

    id: str
    says: str
    test: str
    how: str
    file: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        """The file to break."""
        return ROOT / self.file

    def broken(self) -> str:
        """The file's text with the change in it. Raises ValueError if the old text is not there exactly once."""
        text = self.path.read_text(encoding="utf-8")
        found = text.count(self.old)
        if found != 1:
            raise ValueError(
                f"{self.id}: the text to be changed is in {self.file} {found} times, not once. The code has moved on:"
                f" give the list a change of today's code that breaks {self.says!r}.\n{self.old}"
            )
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A rule or paragraph of the contract."""

    title: str
    clauses: tuple[Clause, ...]


def chapters(contract: str) -> tuple[Chapter, ...]:
    """The list of one contract, in its order."""
    found = YAML(typ="safe").load(HERE / f"{contract}.yaml")
    return tuple(
        Chapter(title, tuple(Clause(id=str(name), **clause) for name, clause in clauses.items()))
        for title, clauses in found.items()
    )


def clauses() -> Iterator[Clause]:
    """All of them."""
    for contract in CONTRACTS:
        for chapter in chapters(contract):
            yield from chapter.clauses
