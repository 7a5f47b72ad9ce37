"""Starting, watching and stopping one program; a started one is remembered in a file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from pipeline.brokers import leash
from pipeline.errors import BrokerError

LOG_LINES_IN_ERROR = 15


@dataclass(frozen=True, slots=True)
class Running:
    """A program that was started. `birth` tells it from a later one with the same process id."""

    pid: int
    birth: str
    port: int
    kind: str
    log: str

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """What the file says, or None if it is not there or not ours."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        """Remember it."""
        file.write_text(json.dumps(asdict(self), indent=2) + "\n")

    def alive(self) -> bool:
        """Whether this very program still runs."""
        return self.birth == birth(self.pid) != ""


def birth(pid: int) -> str:
    """The process's start time in a form of the system's own; empty if there is no such process."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    else:  # noqa: RET505 - so that the type checker sees one branch for each system
        listing = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(listing, check=False, capture_output=True, text=True).stdout.strip()


def launch(command: Sequence[str], log: Path, *, detached: bool) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, its output in `log`; unless `detached` it dies with this thread."""
    if not detached:
        command = [sys.executable, "-I", leash.__file__, str(os.getpid()), *command]
    with log.open("ab") as output:
        return subprocess.Popen(
            # Never in our process group: Ctrl-C at a terminal is ours to handle, a broker must outlive its clients.
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[Any], log: Path, *, what: str, seconds: float
) -> None:
    """Return when `ready()`; raise BrokerError, with the end of the log, if the program ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise _failed(f"{what} ended with status {process.returncode} before it was ready", log)
        if time.monotonic() > deadline:
            stop(process.pid, process=process, grace_seconds=0)
            raise _failed(f"{what} was not ready within {seconds:g} s and was stopped", log)
        time.sleep(0.02)


def stop(pid: int, *, process: subprocess.Popen[Any] | None = None, grace_seconds: float = 10) -> None:
    """End the program: ask first, insist after the grace. Returns when it is gone."""
    born = birth(pid)
    for order, patience in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 5.0)):
        if patience == 0:
            continue
        with suppress(ProcessLookupError):
            os.kill(pid, order)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if process is not None:
                process.poll()
            if birth(pid) != born or not born:
                return
            time.sleep(0.01)
    message = f"process {pid} does not end; end it by hand: kill -9 {pid}"
    raise BrokerError(message)


def _failed(what: str, log: Path) -> BrokerError:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_IN_ERROR:] if log.exists() else []
    return BrokerError("\n".join([f"{what}. The end of its log ({log}):", *(f"  {line}" for line in lines)]))
