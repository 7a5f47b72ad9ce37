"""A schema registry in memory, over HTTP: what `pipeline.codec.registry` asks of a real one, and no more.

It passes the same contract suite as Apicurio (test_contract.py). `is_down` makes it answer 503 to everything.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid5

from aiohttp import web

from pipeline.codec.compatibility import breaks

_NAMESPACE = UUID("00000000-0000-0000-0000-000000000000")


def guid_of(schema: str) -> UUID:
    return uuid5(_NAMESPACE, schema)


class Twin:
    def __init__(self) -> None:
        self.url = ""
        self.is_down = False
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        self._schemas: list[str] = []
        self._subjects: dict[str, list[int]] = {}
        self._rules: dict[str, str] = {}

    def add(self, schema: str) -> int:
        """A schema of no subject; its id."""
        if schema not in self._schemas:
            self._schemas.append(schema)
        return self._schemas.index(schema) + 1

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._noted])
        app.add_routes(
            [
                web.get(r"/schemas/ids/{id:\d+}", self._schema),
                web.get("/schemas/guids/{guid}", self._schema_by_guid),
                web.get("/subjects/{subject}/versions", self._versions),
                web.post("/subjects/{subject}", self._lookup),
                web.post("/subjects/{subject}/versions", self._register),
                web.post("/compatibility/subjects/{subject}/versions/latest", self._compatible),
                web.put("/config/{subject}", self._configure),
            ]
        )
        return app

    @web.middleware
    async def _noted(self, request, handler):
        self.asked.append(f"{request.method} {request.path}")
        self.credentials.append(request.headers.get("Authorization"))
        return web.Response(status=503, text="down for a while") if self.is_down else await handler(request)

    async def _schema(self, request):
        return self._known(int(request.match_info["id"]))

    async def _schema_by_guid(self, request):
        guid = request.match_info["guid"]
        return self._known(next((n for n, text in enumerate(self._schemas, 1) if str(guid_of(text)) == guid), 0))

    async def _versions(self, request):
        versions = self._subjects.get(request.match_info["subject"])
        return _said(list(range(1, len(versions) + 1))) if versions else _missing(40401)

    async def _lookup(self, request):
        schema = (await request.json())["schema"]
        versions = self._subjects.get(request.match_info["subject"])
        if not versions:
            return _missing(40401)
        number = next((number for number in versions if self._schemas[number - 1] == schema), None)
        return _missing(40403) if number is None else _said({"id": number, "schema": schema})

    async def _register(self, request):
        subject, schema = request.match_info["subject"], (await request.json())["schema"]
        found = self._broken(subject, schema)
        if found:
            return _said({"error_code": 409, "message": "; ".join(found)}, status=409)
        number = self.add(schema)
        versions = self._subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return _said({"id": number})

    async def _compatible(self, request):
        schema = (await request.json())["schema"]
        found = self._broken(request.match_info["subject"], schema)
        return _said({"is_compatible": not found, "messages": found})

    async def _configure(self, request):
        body = await request.json()
        self._rules[request.match_info["subject"]] = body["compatibility"]
        return _said(body)

    def _known(self, number):
        is_known = 1 <= number <= len(self._schemas)
        return _said({"schema": self._schemas[number - 1]}) if is_known else _missing(40403)

    def _broken(self, subject, schema):
        rule = self._rules.get(subject, "NONE")
        versions = [json.loads(self._schemas[number - 1]) for number in self._subjects.get(subject, [])]
        return [] if rule == "NONE" else breaks([*versions, json.loads(schema)], full=rule.startswith("FULL"))


def _said(document, status=200):
    return web.Response(status=status, text=json.dumps(document), content_type="application/vnd.schemaregistry.v1+json")


def _missing(code):
    return _said({"error_code": code, "message": "not found"}, status=404)


@contextmanager
def running() -> Iterator[Twin]:
    """A twin that answers while the block lasts, on a port of its own."""
    twin, loop, ready = Twin(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(twin.application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        twin.url = f"http://127.0.0.1:{port}"
        ready.set()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        assert ready.wait(30)
        yield twin
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
