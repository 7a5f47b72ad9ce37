"""docs/clauses.md, made from the list."""

from __future__ import annotations

from tests.clauses.clauses import CONTRACTS, ROOT, chapters

PAGE = ROOT / "docs" / "clauses.md"
INTRODUCTION = """\
# Clauses and their tests
<!-- Made by `python -m tests.clauses --page` from tests/clauses/*.yaml: change it there. -->

Each clause of `lifecycle.md`, and of the sections "Interest signals" and "Bots and insiders" of `scoring.md`, has a
test, and each test has been seen to fail: `make clauses` breaks the code in one place for each line below (in a
process of its own, nothing is written), runs the test named there, and wants a failed assertion. An error, a test
that passes all the same, and a place that is no longer in the code are findings; so the list cannot rot.
`python -m tests.clauses 5. 12.3` tries the clauses whose names begin so.

Who changes a line of code that the list names finds that out from `make test`, which checks that each text is there
once: give the clause a break of today's code, try it, and make this page anew.
"""


def page() -> str:
    """The whole text."""
    return INTRODUCTION + "".join(_of(contract) for contract in CONTRACTS)


def _of(contract: str) -> str:
    parts = [f"\n## {contract}.md\n"]
    for chapter in chapters(contract):
        parts.append(f"\n### {chapter.title}\n| | the contract says | test | broken by | in |\n|---|---|---|---|---|\n")
        for clause in chapter.clauses:
            path, _, name = clause.test.partition("::")
            test = f"[{name}](../{path})"
            file = f"[{clause.file.removeprefix('pipeline/')}](../{clause.file})"
            parts.append(f"| {clause.id} | {_cell(clause.says)} | {test} | {_cell(clause.how)} | {file} |\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").strip()
