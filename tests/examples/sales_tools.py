"""A sales tool out of `examples/` as a process, and what it told its CRM."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 90
Row = dict[str, Any]


class SalesTool:
    """One example with its CRM; every run is a process of its own."""

    def __init__(self, command: list[str], broker: str, topic: str, directory: Path) -> None:
        self._command = command
        self._topic = topic
        self._environment = {"KAFKA": broker, "TOPIC": topic, "PYTHONIOENCODING": "utf-8"}
        self._crm = directory / "crm.ndjson"
        self._log = directory / "sales-tool.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, group: str = "sales-tool", **environment: str) -> None:
        """Run it, in a consumer group of this topic alone: tests share a broker."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, str(self._crm)],
                env=os.environ | self._environment | {"GROUP": f"{self._topic}.{group}"} | environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """As `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def rows(self) -> list[Row]:
        """What the CRM was told, in order."""
        return [json.loads(line) for line in self._crm.read_bytes().splitlines()] if self._crm.exists() else []

    def alerts(self) -> list[str]:
        """What sales was told."""
        return [line for line in self.said().splitlines() if " → " in line]

    def said(self) -> str:
        return self._log.read_text()

    def wait_for_rows(self, count: int) -> None:
        """Wait until the CRM has so many rows; more are found by whoever looks at them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.rows()) < count:
            assert self._process is not None
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{len(self.rows())} of {count} rows\n{self.said()}"
            time.sleep(0.05)


@contextmanager
def registry(schemas: dict[int, str]) -> Iterator[str]:
    """The one call of a schema registry that a consumer makes: a schema by its number. Yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.removeprefix("/schemas/ids/")
            schema = schemas.get(int(number)) if number.isdigit() else None
            answer = json.dumps({"schema": schema}).encode()
            self.send_response(404 if schema is None else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
