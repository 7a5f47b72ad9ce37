"""Both jobs as Faust's documentation would have them written: an agent, a JSON model, a table. At least once.

The whole job calls the same scoring core as our worker does (`pipeline.engine`). Run by `faust -A`, with
BENCH_JOB (full or sum), BENCH_PREFIX (of the topics), BENCH_APP (the id), BENCH_MODEL and BENCH_BROKER.
"""

from __future__ import annotations

import os
from typing import Any

import faust

from pipeline.codec.instants import parse_instant
from pipeline.engine.engine import Engine
from pipeline.events import INPUT_TOPICS
from pipeline.events import Event as Fact
from pipeline.models import load_model

PREFIX = os.environ["BENCH_PREFIX"]
COMMIT_SECONDS = 0.2
"""Faust's default, 2.8 s, would make the measuring coarse; commits cost next to nothing."""

app = faust.App(
    os.environ["BENCH_APP"],
    broker=f"kafka://{os.environ['BENCH_BROKER']}",
    store="memory://",
    topic_partitions=1,
    topic_disable_leader=True,
    broker_commit_interval=COMMIT_SECONDS,
    web_enabled=False,
)


class Event(faust.Record, serializer="json"):
    """One inbound event."""

    event_id: str
    type: str
    occurred_at: Any
    lead_id: str | None = None
    visitor_id: str | None = None
    email: str | None = None
    source: str | None = None
    properties: dict[str, Any] = {}  # noqa: RUF012 - Faust's way to give a default
    context: dict[str, str] = {}  # noqa: RUF012 - as above


inputs = app.topic(PREFIX + INPUT_TOPICS["web"], value_type=Event, key_type=bytes)

if os.environ["BENCH_JOB"] == "sum":
    totals = app.Table("totals", default=int)

    @app.agent(inputs)
    async def sum_points(events: Any) -> None:
        """Points per lead."""
        async for event in events:
            totals[event.lead_id] += event.properties["n"]

else:
    profiles = app.Table("profiles", key_type=bytes, value_type=bytes)
    outputs = {
        "stage_changes": app.topic(f"{app.conf.id}-stage-changes", value_serializer="json"),
        "scores": app.topic(f"{app.conf.id}-scores", value_serializer="json"),
        "signals": app.topic(f"{app.conf.id}-signals", value_serializer="json"),
    }
    engine = Engine(load_model(os.environ["BENCH_MODEL"]))

    @app.agent(inputs)
    async def score(events: Any) -> None:
        """Score each event's lead, keep its profile, and announce what came of it."""
        async for event in events:
            engine.apply(
                Fact(
                    event.event_id,
                    event.type,
                    parse_instant(event.occurred_at),
                    lead_id=event.lead_id,
                    visitor_id=event.visitor_id,
                    email=event.email,
                    source=event.source,
                    properties=event.properties,
                    context=event.context,
                )
            )
            effects = engine.take()
            for key, value in effects.changelog:
                profiles[key] = value
            for name, topic in outputs.items():
                for record in getattr(effects, name):
                    await topic.send(key=record.key, value=record.value)
