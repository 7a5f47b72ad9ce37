"""The composition root of a worker: settings → model → engines → app."""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from typing import NoReturn

import structlog

from pipeline import registration
from pipeline.calm import Calm
from pipeline.codec import Decoder
from pipeline.codec.library import Library
from pipeline.codec.outbound import json_forms, registered_forms, single_object_forms
from pipeline.codec.registry import Registry
from pipeline.codec.schemas import INBOUND
from pipeline.engine.engine import Engine
from pipeline.engine.port import PartitionEngine
from pipeline.metrics import WorkerMetrics
from pipeline.models import load_model
from pipeline.scoring.model import Model
from pipeline.settings import Settings
from pipeline.streaming.app import App
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.wire import Wire
from pipeline.streaming.worker import prepare, run

_NOISY = ("aiokafka", "asyncio", "faust", "mode")
"""Libraries that tell more than an operator wants to know: warnings and worse only, unless the level is debug."""


def new_engine(settings: Settings, model: Model, partition: int) -> PartitionEngine:
    """The engine of one partition, empty."""
    announce_from = settings.announce_from
    return Engine(
        model,
        partition=partition,
        partitions=settings.kafka.partitions,
        stream_time=settings.clock_spec.kind == "stream",
        announce_from=None if announce_from is None else int(announce_from.timestamp() * 1000),
        language=settings.language,
        erasure_salt=settings.salt,
    )


def metrics_of(model: Model, *, partitions: int = 1) -> WorkerMetrics:
    """The metrics of a worker with this model: its transitions are counted from 0 on."""
    lifecycle = model.lifecycle
    return WorkerMetrics(
        stages=[stage.id for stage in lifecycle.stages],
        moves=[(source, transition.to) for transition in lifecycle.transitions for source in transition.sources],
        model=(model.id, model.model_version),
        partitions=partitions,
    )


async def wire_of(settings: Settings) -> Wire:
    """How the worker reads and writes; with a registry its outputs' schemas are registered. Raises RegistryError."""
    registry = Registry(settings.registry) if settings.registry.url else None
    source = f"urn:leadtide:{settings.group_id}"
    if settings.json_outputs:
        forms = json_forms(source)
    elif registry is None:
        forms = single_object_forms(source)
    else:
        ids = {s.schema: await registration.register(registry, settings, s) for s in registration.OUTBOUND}
        forms = registered_forms(source, ids)
    return Wire(Decoder(Library(*INBOUND, registry=registry)), forms)


def set_up_logging(settings: Settings) -> int:
    """Log to stderr as the settings say; returns the level."""
    level = getattr(logging, settings.log_level.upper())
    at_terminal = sys.stderr.isatty()
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not at_terminal)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=at_terminal)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Calm())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(level if level <= logging.DEBUG else logging.WARNING)
    # Without transactions a broker is not asked for a producer id, which this client reports at every start.
    logging.getLogger("aiokafka.producer").setLevel(logging.ERROR)
    return int(level)


def run_worker(app: App, *, failpoint: str | None = None) -> NoReturn:
    """Run a worker until it is told to stop.

    Raises:
        LeadtideError: it cannot start; the text says what to do.
    """
    settings = app.settings
    level = set_up_logging(settings)
    model = load_model(settings.model)
    prepare(
        app,
        partial(new_engine, settings, model),
        failpoints=Failpoints.parse(failpoint),
        metrics=metrics_of(model, partitions=settings.kafka.partitions),
        wire=asyncio.run(wire_of(settings)),
    )
    run(app, log_level=level)
