"""One test under changed code, in a process of its own. Nothing is written: the changed module exists there only."""

from __future__ import annotations

import importlib
import signal
import sys
from contextlib import redirect_stdout
from enum import Enum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
USUAL = (
    *("aiohttp", "aiokafka", "babel", "fastavro", "hypothesis", "jsonschema"),
    *("msgspec", "re2", "redis", "ruamel.yaml", "structlog", "typer.testing"),
)
"""What most tests import of others' libraries, once for all processes."""

OPTIONS = (
    *("-x", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of what is loaded already
)


class Task(NamedTuple):
    """Run `test` with `text` in place of what `file` holds, for `seconds` of processor time at most."""

    file: str
    text: str
    test: str
    seconds: float


class Verdict(Enum):
    """What a test says of changed code, and what to do about it."""

    NOTICED = ""
    SURVIVED = "the test passes all the same: make it look at what the clause says"
    CRASHED = "an error is no verdict: choose a change after which the code runs and does something else"
    NOT_RUN = "the test was not run, or does not load the file that is changed: correct the list"
    HANGS = "the test does not end: choose a change that does not go round in circles"


class Hangs(BaseException):
    """The time is up."""


class _Loader(SourceFileLoader):
    """Loads other text than its file holds, and keeps no byte code."""

    text = ""

    def get_code(self, fullname):  # noqa: ARG002 - the import system's
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Mutant(MetaPathFinder):
    """Takes the place of one module."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        names = path.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(names[:-1] if names[-1] == "__init__" else names)
        self.loaded = False

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:  # noqa: ARG002 - the import system's
        if fullname != self._name:
            return None
        loader = _Loader(fullname, str(self._path))
        loader.text, self.loaded = self._text, True
        return spec_from_file_location(fullname, self._path, loader=loader)


class _Witness:
    """Tells a failed assertion of a test from an error."""

    def __init__(self) -> None:
        self.found: dict[Verdict, str] = {}

    def pytest_collectreport(self, report):
        if report.failed:
            self.found[Verdict.CRASHED] = report.longreprtext

    def pytest_runtest_makereport(self, call):
        if call.excinfo is None:
            if call.when == "call":
                self.found[Verdict.SURVIVED] = ""
        elif not call.excinfo.errisinstance(pytest.skip.Exception):
            verdict = _verdict(call.excinfo.value) if call.when == "call" else Verdict.CRASHED
            self.found[verdict] = call.excinfo.exconly()


def _verdict(error: BaseException) -> Verdict:
    if isinstance(error, Hangs):
        return Verdict.HANGS
    if isinstance(error, BaseExceptionGroup):  # Hypothesis found several
        found = {_verdict(one) for one in error.exceptions}
        return found.pop() if len(found) == 1 else Verdict.CRASHED
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    is_products = frame is not None and Path(frame.tb_frame.f_code.co_filename).is_relative_to(ROOT / "pipeline")
    is_ours = isinstance(error, (AssertionError, pytest.fail.Exception)) and not is_products
    return Verdict.NOTICED if is_ours else Verdict.CRASHED


def judge(task: Task) -> tuple[Verdict, str]:
    """The verdict, and what failed. Call it in a process that has loaded nothing of the product, and end that then."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pipeline"]:
        del sys.modules[name]
    mutant, witness = Mutant(ROOT / task.file, task.text), _Witness()
    sys.meta_path.insert(0, mutant)
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, task.seconds)
    with redirect_stdout(StringIO()):
        pytest.main([*OPTIONS, task.test], plugins=[witness])
    for verdict in (Verdict.HANGS, Verdict.CRASHED, Verdict.NOTICED, Verdict.SURVIVED):
        if verdict in witness.found and mutant.loaded:
            return verdict, witness.found[verdict]
    return Verdict.NOT_RUN, ""


def _stop(_number: int, _frame: object) -> None:
    raise Hangs


def warm_up() -> None:
    """Load what is others', so that each process need not."""
    for name in USUAL:
        importlib.import_module(name)
