"""The interface of a broker on this machine, and the one implementation that every kind shares."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol, get_args

from pipeline.brokers import embedded, kafka
from pipeline.brokers.port import HOST, answers, free_port, is_taken
from pipeline.brokers.process import Running, birth, launch, stop, wait_until
from pipeline.errors import BrokerError

Kind = Literal["embedded", "kafka"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEFAULT_PORT = 9092
START_SECONDS = 60
LET_GO_SECONDS = 10

# A kind is what it does before it starts: (directory, port, advertised port) → command line.
_PREPARE: Mapping[Kind, Callable[[Path, int, int], list[str]]] = MappingProxyType(
    {"embedded": embedded.prepare, "kafka": kafka.prepare}
)


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a broker. `ready`: it answers requests; `pid`: its process, None when it does not run."""

    kind: str
    directory: str
    pid: int | None = None
    bootstrap: str | None = None
    log: str | None = None
    ready: bool = False


class Broker(Protocol):
    """A broker that outlives this process."""

    def start(self) -> str:
        """Start it, or find it running, and return its bootstrap address once it is ready. Raises BrokerError."""

    def status(self) -> Status:
        """Whether it runs, where, and since which process."""

    def stop(self, *, wipe: bool = False) -> bool:
        """Stop it; with `wipe` forget what it stored. Whether there was anything to stop."""


@dataclass(frozen=True, slots=True)
class LocalBroker:
    """A broker of one kind in a directory. `advertised_port`: what clients are told, for a proxy in between."""

    kind: Kind
    directory: Path
    port: int = DEFAULT_PORT
    advertised_port: int | None = None

    @property
    def _memory(self) -> Path:
        return self.directory / "broker.json"

    def start(self) -> str:
        """As `Broker.start`. Port 0 takes a free one."""
        if (running := self._answering()) is not None:
            if self.port not in (0, running.port):
                message = (
                    f"the {self.kind} broker in {self.directory} runs on port {running.port} already: "
                    f"stop it first (leadtide broker stop --kind {self.kind}), or use another --dir"
                )
                raise BrokerError(message)
            return _address(running.port)
        port = self.port or free_port()
        self._let_go(port)
        _require_free(port)
        self.directory.mkdir(parents=True, exist_ok=True)
        log = (self.directory / "broker.log").absolute()
        log.unlink(missing_ok=True)
        command = _PREPARE[self.kind](self.directory, port, self.advertised_port or port)
        process = launch(command, log, detached=True)
        Running(process.pid, birth(process.pid), port, self.kind, str(log)).write(self._memory)
        wait_until(lambda: answers(port), process, log, what=f"the {self.kind} broker", seconds=START_SECONDS)
        # It is not ours to wait for: it lives on. Without this, Popen warns when it is collected.
        process.returncode = 0
        return _address(port)

    def status(self) -> Status:
        """As `Broker.status`."""
        running = self._running()
        if running is None:
            return Status(self.kind, str(self.directory))
        return Status(
            self.kind,
            str(self.directory),
            running.pid,
            _address(running.port),
            running.log,
            ready=answers(running.port),
        )

    def stop(self, *, wipe: bool = False) -> bool:
        """As `Broker.stop`."""
        running = self._running()
        if running is not None:
            stop(running.pid)
        self._memory.unlink(missing_ok=True)
        if wipe:
            shutil.rmtree(self.directory, ignore_errors=True)
        return running is not None

    def _answering(self) -> Running | None:
        """The running broker once it answers; None if there is none, or it dies instead."""
        deadline = time.monotonic() + START_SECONDS
        while (running := self._running()) is not None and not answers(running.port):
            if time.monotonic() > deadline:
                message = (
                    f"the {self.kind} broker in {self.directory} runs (process {running.pid}) but does not answer: "
                    f"see {running.log}, or stop it (leadtide broker stop --kind {self.kind})"
                )
                raise BrokerError(message)
            time.sleep(0.02)
        return running

    def _let_go(self, port: int) -> None:
        """Wait for a port that a broker of ours, killed a moment ago, holds still: a large process dies slowly."""
        died = Running.read(self._memory)
        deadline = time.monotonic() + LET_GO_SECONDS
        while died is not None and died.port == port and is_taken(port) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _running(self) -> Running | None:
        running = Running.read(self._memory)
        return running if running is not None and running.alive() else None


def open_broker(kind: Kind, *, port: int = DEFAULT_PORT, directory: Path | None = None) -> Broker:
    """The broker of this kind in the directory (default `.leadtide/broker-<kind>`), running or not."""
    return LocalBroker(kind, directory or Path(".leadtide") / f"broker-{kind}", port)


@contextmanager
def running(kind: Kind, *, port: int = 0) -> Iterator[str]:
    """A broker for the length of the block; yields its bootstrap address. Port 0 takes a free one.

    It is killed with the thread that entered the block, however that ends, and leaves nothing behind.
    """
    port = port or free_port()
    _require_free(port)
    with tempfile.TemporaryDirectory(prefix=f"leadtide-{kind}-") as name:
        log = Path(name, "broker.log")
        process = launch(_PREPARE[kind](Path(name), port, port), log, detached=False)
        try:
            wait_until(lambda: answers(port), process, log, what=f"the {kind} broker", seconds=START_SECONDS)
            yield _address(port)
        finally:
            # What it stores is thrown away, so there is nothing to shut down cleanly.
            process.kill()
            process.wait()


def _require_free(port: int) -> None:
    if is_taken(port):
        message = (
            f"port {port} is taken by another program (a broker that was started elsewhere?): "
            f"use it as it is (LEADTIDE_KAFKA__BOOTSTRAP_SERVERS={_address(port)}), "
            f"or choose another port (--port {port + 100})"
        )
        raise BrokerError(message)


def _address(port: int) -> str:
    return f"{HOST}:{port}"
