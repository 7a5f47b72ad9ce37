"""Where `leads` and `explain` look: in event files, or in the running system's table."""

from __future__ import annotations

import asyncio
import time

from pipeline.analysis.people import Population
from pipeline.cli.display import progress
from pipeline.cli.instants import instant
from pipeline.models import load_model
from pipeline.scoring.model import Model
from pipeline.settings import Settings, load


def population(files: list[str], model: str | None, at: str | None) -> Population:
    """The leads of the event files under the model at the instant; without files, those of the running system.

    Raises InputError or BrokerError, with the way out.
    """
    settings = load()
    scoring = load_model(model or settings.model)
    if not files:
        return asyncio.run(_running(settings, scoring, at))
    from pipeline.analysis.replay import replay
    from pipeline.ndjson import read_lines

    with progress("scoring") as report:
        result = replay(scoring, read_lines(files), until=None if at is None else instant(at), progress=report)
    return Population.of(scoring, result.engine.profiles(), result.until)


async def _running(settings: Settings, scoring: Model, at: str | None) -> Population:
    from pipeline.engine.packing import unpack
    from pipeline.streaming.markers import read_markers
    from pipeline.streaming.profiles import read_profiles

    profiles = [unpack(value) async for _, value in read_profiles(settings)]
    if at is not None:
        return Population.of(scoring, profiles, instant(at))
    if settings.clock == "live":
        return Population.of(scoring, profiles, time.time_ns() // 1_000_000)
    markers = await read_markers(settings)
    return Population.of(scoring, profiles, max((m.state.get("time", 0) for m in markers.values()), default=0))
