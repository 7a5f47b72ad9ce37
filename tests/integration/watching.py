"""A process that is watched: what its /metrics, /livez and /readyz say."""

import asyncio
import socket
import sys
from collections.abc import Iterable
from importlib.metadata import version
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from pipeline import topics
from pipeline.codec import decode
from pipeline.events import Event
from pipeline.metrics import OTHER, REASONS, SIGNALS, Direction, Form, Projection, RedisError, Result
from pipeline.scoring.model import Model
from pipeline.simulation.stream import Record
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

    async def exposition(self) -> str:
        """What Prometheus would get."""
        status, text = await self.get("/metrics")
        assert status == 200, text
        return text

    async def samples(self) -> dict[tuple, float]:
        """(name, label values in the order of the labels' names …) → value."""
        text = await self.exposition()
        return {
            (
                sample.name.removeprefix("leadtide_"),
                *(value for _, value in sorted(sample.labels.items())),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


KNOWN_LABELS: dict[str, set[str]] = {
    "topic": {topic.name for topic in topics.CATALOGUE},
    "result": {*Result, *Projection},
    "form": set(Form),
    "direction": set(Direction),
    "reason": REASONS | {OTHER},
    "signal": SIGNALS | {OTHER},
    "error": set(RedisError),
}


def names_of(records: Iterable[Record]) -> set[str]:
    """Everything in simulated records by which a person, a visit or an account could be told."""
    found = {record.key for record in records if record.key}
    for record in records:
        event = decode(record.value)
        if isinstance(event, Event):
            found |= {event.event_id, *(event.external_ids or {}).values()}
            found |= {name for name in (event.lead_id, event.visitor_id, event.email, event.account) if name}
            found |= {value for value in event.properties.values() if isinstance(value, str) and "@" in value}
    return found


def assert_nobody_is_named(exposition: str, people: set[str], model: Model, partitions: int) -> None:
    """No label holds an id or an address: each value is one of those known beforehand, and none is a person's."""
    stages = {stage.id for stage in model.lifecycle.stages} | {OTHER}
    known = KNOWN_LABELS | {"from_stage": stages, "to_stage": stages, "partition": set(map(str, range(partitions)))}
    known |= {"model": {model.id}, "version": {model.model_version, version("leadtide")}}
    values = set()
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label not in {"le", "python"}:
                    assert value in known[label], sample
                values.add(value)
    assert values, "an exposition without a label shows too little"
    assert not values & people
    assert "@" not in exposition
    assert not [name for name in people if len(name) > 5 and name in exposition]
