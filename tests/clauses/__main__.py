"""Break each clause of the contracts in the code, and see its test fail: `python -m tests.clauses` (`make clauses`).

Names of clauses as arguments try these only: `python -m tests.clauses 1.1 5.`; `--page` writes docs/clauses.md anew.
Exit code 0 if every break was noticed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from multiprocessing import get_context

from tests.clauses.clauses import ROOT, Clause, clauses
from tests.clauses.mutant import Task, Verdict, judge
from tests.clauses.page import PAGE, page

LONGEST_SECONDS = 20
"""Of processor time, for one test; a usual one takes one."""


def try_out(chosen: Iterable[Clause], jobs: int = 1, seconds: float = LONGEST_SECONDS) -> Iterator[tuple[Verdict, str]]:
    """Run each clause's test under the changed code, in a process of its own; `jobs` at once, answers in order."""
    tasks = [Task(clause.file, clause.broken(), clause.test, seconds) for clause in chosen]
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.clauses.warm"])
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        verdicts = pool.imap(judge, tasks)
        for _ in tasks:
            yield verdicts.next(timeout=50 * LONGEST_SECONDS)


def all_fit(chosen: list[Clause]) -> bool:
    """Whether each text to be changed is in the code, once."""
    findings = []
    for clause in chosen:
        try:
            clause.broken()
        except ValueError as error:
            findings.append(str(error))
    for finding in findings:
        say(finding)
    return not findings


def all_pass(chosen: list[Clause]) -> bool:
    """Whether the tests of these clauses pass on the code as it is."""
    tests = dict.fromkeys(clause.test for clause in chosen)
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        say(done.stdout + done.stderr)
        say("The tests of the list must pass before anything is broken.")
    return not done.returncode


def say(text: str) -> None:
    """A message."""
    print(text, file=sys.stderr)  # noqa: T201 - a tool that prints


def main(arguments: list[str]) -> int:
    """Print a table; tell what to do about each break that nobody noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.clauses", description=__doc__)
    parser.add_argument("names", nargs="*", help="clauses, or the beginnings of their names (default: all)")
    parser.add_argument("--page", action="store_true", help="write docs/clauses.md, and break nothing")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="how many at once")
    given = parser.parse_args(arguments)
    if given.page:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    chosen = [c for c in clauses() if not given.names or c.id.startswith(tuple(given.names))]
    began = time.monotonic()
    if not chosen or not all_fit(chosen) or not all_pass(chosen):
        return 2
    missed = []
    for clause, (verdict, what) in zip(chosen, try_out(chosen, given.jobs), strict=True):
        print(f"{clause.id:8} {verdict.name.lower():9} {clause.says}", flush=True)  # noqa: T201 - the table
        if verdict is not Verdict.NOTICED:
            missed.append((clause, verdict, what))
    for clause, verdict, what in missed:
        say(f"\n{clause.id} broken by: {clause.how} ({clause.file})\n{clause.test}\n{verdict.value}")
        say("\n".join(what.splitlines()[-8:]))
    took = time.monotonic() - began
    print(f"{len(chosen) - len(missed)} of {len(chosen)} breaks are noticed ({took:.0f} s)")  # noqa: T201 - the sum
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
