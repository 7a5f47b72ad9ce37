"""The server for those who watch, over real sockets."""

import asyncio
import json
from collections.abc import Callable

import pytest

from pipeline import health
from pipeline.errors import InputError
from pipeline.health import HealthServer, Readiness, State


class Served:
    """A server on a free port; `readiness` is how it is."""

    def __init__(self) -> None:
        self.readiness = Readiness(State.NOT_READY, "recovering")
        self.server = HealthServer(metrics=self.exposition, readiness=lambda: self.readiness)
        self.port = 0
        self.broken = False

    def exposition(self) -> bytes:
        if self.broken:
            raise RuntimeError("no numbers")
        return b"leadtide_leads 3\n"

    async def ask(self, raw: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(raw)
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(body) in head
        return int(head.split()[1]), body

    async def get(self, path: str) -> tuple[int, bytes]:
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


async def soon(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come about")


async def cut_off(reader: asyncio.StreamReader) -> bool:
    """Whether the connection ends without an answer."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@pytest.fixture
async def served():
    one = Served()
    one.port = await one.server.start("127.0.0.1", 0)
    yield one
    await one.server.stop()


async def test_it_is_alive_before_it_is_ready(served):
    assert await served.get("/livez") == (200, b'{"status":"alive"}\n')
    code, body = await served.get("/readyz")
    assert (code, json.loads(body)) == (503, {"status": "not_ready", "reason": "recovering"})
    served.readiness = Readiness(State.READY)
    assert await served.get("/readyz") == (200, b'{"status":"ready"}\n')


async def test_metrics_are_given_as_they_are(served):
    assert await served.get("/metrics?name=x") == (200, b"leadtide_leads 3\n")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/admin", "/../etc/passwd", "//metrics"])
async def test_there_is_nothing_else(path, served):
    assert (await served.get(path))[0] == 404


async def test_only_get_is_answered(served):
    assert (await served.ask(b"POST /livez HTTP/1.1\r\n\r\n"))[0] == 404


@pytest.mark.parametrize("raw", [b"hello\r\n\r\n", b"\r\n\r\n", b"GET /livez\r\n\r\n", b"GET /livez HTTP/2\r\n\r\n"])
async def test_what_is_no_request_is_refused(raw, served):
    assert (await served.ask(raw))[0] == 400


async def test_a_head_that_is_too_long_is_refused(served):
    assert (await served.ask(b"GET /livez HTTP/1.1\r\nX: " + b"x" * health.HEAD_BYTES + b"\r\n\r\n"))[0] == 431


async def test_a_slow_client_is_left(served, monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"GET /livez HTTP/1.1\r\n")
    assert await asyncio.wait_for(cut_off(reader), 5)
    writer.close()


async def test_more_clients_than_allowed_are_turned_away_and_the_others_served(served, monkeypatch):
    monkeypatch.setattr(health, "MAX_CONNECTIONS", 1)
    _, first = await asyncio.open_connection("127.0.0.1", served.port)
    await soon(lambda: served.server._open == 1)
    reader, second = await asyncio.open_connection("127.0.0.1", served.port)
    second.write(b"GET /livez HTTP/1.1\r\n\r\n")
    assert await asyncio.wait_for(cut_off(reader), 5)
    first.close()
    second.close()
    await soon(lambda: served.server._open == 0)
    assert (await served.get("/livez"))[0] == 200


async def test_metrics_that_fail_do_not_end_the_server(served, caplog):
    served.broken = True
    assert await served.get("/metrics") == (500, b'{"error":"see the log"}\n')
    assert "no numbers" in caplog.text
    assert (await served.get("/livez"))[0] == 200


async def test_an_address_that_is_taken_is_told_with_the_setting(served):
    other = HealthServer(metrics=bytes, readiness=lambda: Readiness(State.READY))
    with pytest.raises(InputError, match=f"127.0.0.1:{served.port}.*LEADTIDE_METRICS__PORT"):
        await other.start("127.0.0.1", served.port)
