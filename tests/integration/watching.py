"""A process that is watched: what its /metrics, /livez and /readyz say."""

import asyncio
import socket
import sys
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.harness import Installation, Worker, until

LEADTIDE = [sys.executable, "-m", "pipeline.cli"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Watched:
    """A process (`leadtide worker`, with the real engine, unless `command` is another), and what it tells."""

    def __init__(self, here: Installation, *, command: list[str] | None = None, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environment |= {"LEADTIDE_METRICS__PORT": str(self.port)}
        self.worker = Worker(here, command=command or [*LEADTIDE, "worker"], **environment)
        self.readiness: list[tuple[int, str]] = []

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nobody listens."""

        def ask() -> tuple[int, str]:
            try:
                with urlopen(self.address + path, timeout=5) as answer:  # noqa: S310 - our own http address
                    return answer.status, answer.read().decode()
            except HTTPError as refused:
                with refused:
                    return refused.code, refused.read().decode()
            except (URLError, ConnectionError):
                return 0, ""

        return await asyncio.to_thread(ask)

    async def ready(self) -> None:
        async def done() -> bool:
            assert self.worker.process.poll() is None, self.worker.said()
            answer = await self.get("/readyz")
            if answer[0]:
                self.readiness.append(answer)
            return answer[0] == 200

        await until(done, "readiness")

    async def samples(self) -> dict[tuple, float]:
        """(name, label values in the order of the labels' names …) → value."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            (
                sample.name.removeprefix("leadtide_"),
                *(value for _, value in sorted(sample.labels.items())),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
