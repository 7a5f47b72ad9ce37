"""The list of clauses fits the code, and its runner tells a test that notices from one that does not."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from tests.clauses.__main__ import main, try_out
from tests.clauses.clauses import ROOT, Clause, clauses
from tests.clauses.mutant import Verdict
from tests.clauses.page import PAGE, page

CLAUSES = list(clauses())
SAMPLE = Clause(
    id="0",
    says="a decimal string is its number",
    test="tests/clauses/test_clauses.py::test_sample",
    how="no text is a number",
    file="pipeline/scoring/conditions.py",
    old="        if not _DECIMAL.fullmatch(value):\n            return None\n        value = float(value)",
    new="        return None",
)


def test_sample():
    """What the runner's own tests break."""
    from pipeline.scoring.conditions import number_of

    assert number_of("1.5") == 1.5


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_each_break_fits_the_code(clause):
    """The text to be changed is there exactly once, changes something, and what comes out of it is Python."""
    assert clause.old != clause.new
    compile(clause.broken(), clause.file, "exec")


def test_each_test_of_the_list_is_there():
    """By file, name and case, as pytest finds it."""
    names = sorted({clause.test for clause in CLAUSES})
    collecting = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *names]
    found = subprocess.run(collecting, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]


def test_names_are_unique():
    """One line for each."""
    assert [name for name, count in Counter(clause.id for clause in CLAUSES).items() if count > 1] == []


def test_the_page_is_the_lists():
    """docs/clauses.md is up to date: `python -m tests.clauses --page` makes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_only_a_failed_assertion_is_a_verdict():
    """A change that does nothing survives; errors at import or in the code are no verdict."""
    expected = [
        ({}, Verdict.NOTICED),
        ({"new": SAMPLE.old + "\n        value = float(value)"}, Verdict.SURVIVED),
        ({"new": "        return nothing_of_that_name"}, Verdict.CRASHED),
        ({"new": "        assert value is None"}, Verdict.CRASHED),
        ({"old": "import re\n", "new": "import no_such_module\n"}, Verdict.CRASHED),
        ({"new": "        while True:\n            pass"}, Verdict.HANGS),
        ({"test": "tests/clauses/test_clauses.py::test_not_there"}, Verdict.NOT_RUN),
        ({"file": "pipeline/scoring/decay.py", "old": "HALF_LIVES = 20", "new": "HALF_LIVES = 2"}, Verdict.NOT_RUN),
    ]
    found = try_out([replace(SAMPLE, **change) for change, _ in expected], jobs=2, seconds=2)
    assert [verdict for verdict, _ in found] == [verdict for _, verdict in expected]


def test_a_place_that_is_no_longer_there_is_told():
    """With what to do."""
    with pytest.raises(ValueError, match=r"conditions\.py 0 times, not once"):
        list(try_out([replace(SAMPLE, old="no such text")]))


def test_nothing_chosen_is_no_success(capsys):
    """A misspelt name does not pass for a clause that holds."""
    assert main(["no-such-clause"]) == 2
    assert capsys.readouterr().out == ""
