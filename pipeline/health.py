"""A small HTTP server for those who watch a process: `/metrics`, `/livez`, `/readyz`, and nothing else.

GET only, one request a connection, no bodies. It runs on the process's event loop: if it answers, the loop is alive.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import orjson

from pipeline.errors import InputError
from pipeline.metrics import CONTENT_TYPE

logger = logging.getLogger(__name__)

HEAD_BYTES = 8 * 1024
"""A longer request line with its headers is refused."""

TIMEOUT_SECONDS = 5.0
"""For a whole exchange, from the connection to the last byte taken by the client."""

MAX_CONNECTIONS = 32
"""More at a time are closed unanswered."""


class State(StrEnum):
    """How a process is."""

    READY = "ready"
    STANDBY = "standby"
    """It has nothing to do and takes over as soon as it has; answered with 200, or a rollout would wait for ever."""
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/readyz` says: the state, and in a sentence why, unless all is as it must be."""

    state: State
    reason: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it is answered with 200."""
        return self.state is not State.NOT_READY


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"

    def packed(self) -> bytes:
        """The bytes on the wire."""
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + self.body


def _told(code: HTTPStatus, /, **document: str) -> Response:
    return Response(code, orjson.dumps(document) + b"\n")


class HealthServer:
    """Answers for one process.

    Args:
        metrics: the exposition, called once per scrape.
        readiness: how the process is now.
    """

    def __init__(self, *, metrics: Callable[[], bytes], readiness: Callable[[], Readiness]) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._open = 0
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen from now on; returns the port (a free one if `port` is 0). Raises InputError if it cannot."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, port), family=family)
        except OSError as error:
            raise InputError(
                f"metrics cannot be served on {host}:{port}: {error.strerror or error}; choose another port with "
                "LEADTIDE_METRICS__PORT (each process needs its own), or 0 for none"
            ) from error
        self._server = await asyncio.start_server(self._serve, sock=listening, limit=HEAD_BYTES)
        return int(listening.getsockname()[1])

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def respond(self, request_line: bytes) -> Response:
        """The answer to a request line such as `GET /livez HTTP/1.1`."""
        parts = request_line.split()
        if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
            return _told(HTTPStatus.BAD_REQUEST, error="no HTTP/1 request")
        target = parts[1].partition(b"?")[0] if parts[0] == b"GET" else b""
        if target == b"/metrics":
            return Response(HTTPStatus.OK, self._metrics(), CONTENT_TYPE)
        if target == b"/livez":
            return _told(HTTPStatus.OK, status="alive")
        if target != b"/readyz":
            return _told(HTTPStatus.NOT_FOUND, error="there are GET /metrics, /livez and /readyz")
        readiness = self._readiness()
        code = HTTPStatus.OK if readiness.is_ok else HTTPStatus.SERVICE_UNAVAILABLE
        why = {} if readiness.reason is None else {"reason": readiness.reason}
        return _told(code, status=readiness.state, **why)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._open += 1
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                writer.write((await self._exchange(reader)).packed())
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            # Too slow, or gone.
            writer.transport.abort()
        finally:
            self._open -= 1

    async def _exchange(self, reader: asyncio.StreamReader) -> Response:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _told(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, error=f"more than {HEAD_BYTES} bytes")
        try:
            return self.respond(head.partition(b"\r\n")[0])
        except Exception:
            logger.exception("a request for %s failed", head[:80])
            return _told(HTTPStatus.INTERNAL_SERVER_ERROR, error="see the log")
