"""One installation on a real broker, used as its operators use it: through the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LEADTIDE = (sys.executable, "-m", "pipeline.cli")
FILES = ("scores", "stage-changes", "signals", "dead-letters")
DEATH = re.compile(r"FAILPOINT (?P<point>\w+) pid=\d+ transaction=(?P<transaction>\w+) lag=(?P<lag>\d+)")
_PATIENCE_SECONDS = 600


class Installation:
    """Topics under a prefix of their own. `directory` takes what is written."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path, *, partitions: int = 12) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
            "LEADTIDE_KAFKA__TOPIC_PREFIX": prefix,
            "LEADTIDE_KAFKA__PARTITIONS": str(partitions),
            "LEADTIDE_CLOCK": "stream",
            "LEADTIDE_SESSION_TIMEOUT_SECONDS": "3",
        }
        self.run("topics", "create")

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        """Run a command; returns its stdout. It must end with `code`."""
        done = subprocess.run(
            [*LEADTIDE, *map(str, arguments)],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == code, (
            f"leadtide {arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    @contextmanager
    def worker(self, *options: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker while the block lasts; then it is told to stop and must do so cleanly."""
        process = self.start_worker(*options, **environment)
        try:
            yield process
            process.terminate()
            assert process.wait(60) == 0, self.worker_log()
        finally:
            process.kill()
            process.wait()

    def start_worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """A worker process; its output goes to a file of its own."""
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*LEADTIDE, "worker", *options], env=os.environ | self.environment | environment, stdout=log, stderr=log
            )

    def worker_log(self) -> str:
        """What all workers said."""
        return self._log.read_text()

    def run_to(self, until: str, out: Path) -> Path:
        """Let a worker score all there is up to `until`, and export it."""
        with self.worker():
            self.run("tick", "--until", until)
            self.run("status", "--wait", "--timeout", str(_PATIENCE_SECONDS))
        self.run("export", "--until", until, "--out", out)
        return out

    @property
    def _log(self) -> Path:
        return self.directory / "worker.log"


def replayed(events: Path, until: str, out: Path, model: str | Path = "preset:standard-b2b") -> Path:
    """The reference: the same events in one process, without a broker."""
    command = [*LEADTIDE, "replay", "--model", model, "--until", until, "--out", out, events]
    subprocess.run(command, check=True, capture_output=True)
    return out


def rows(directory: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a result file."""
    return [json.loads(line) for line in (directory / f"{name}.ndjson").read_bytes().splitlines()]


def assert_equal(exported: Path, reference: Path) -> None:
    """Scores, changes and signals are equal to the byte; dead letters are the same records for the same reasons."""
    for name in FILES[:3]:
        assert (exported / f"{name}.ndjson").read_bytes() == (reference / f"{name}.ndjson").read_bytes(), name
    ours, theirs = (
        sorted((row["reason"], row["sha256"]) for row in rows(directory, "dead-letters"))
        for directory in (exported, reference)
    )
    assert ours == theirs
