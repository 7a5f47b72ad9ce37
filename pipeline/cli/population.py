"""Where `leads` and `explain` look: in event files, in the read model, or in the running system's table."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Sequence
from typing import NamedTuple

import typer

from pipeline.analysis.outputs import Row
from pipeline.analysis.people import Population
from pipeline.cli.display import progress
from pipeline.cli.instants import shown_instant
from pipeline.errors import StoreError
from pipeline.models import load_model
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile
from pipeline.settings import Settings, load


class Listing(NamedTuple):
    """Leads by total, and where they come from: `files`, `read_model` or `table`.

    `overdue`: lead id → what people owe it (`Population.overdue`); the read model does not say.
    """

    rows: list[Row]
    source: str
    overdue: dict[str, list[Row]]


def listing(population: Population, stage: str | None, top: int, source: str, *, overdue: bool = False) -> Listing:
    """The best of a population, with `overdue` only of those to whom people owe something."""
    if not overdue:
        best = population.rows(stage, top)
        return Listing(best, source, population.overdue(row["lead_id"] for row in best))
    late = population.overdue()
    rows = [row | {"overdue": late[row["lead_id"]]} for row in population.rows(stage) if row["lead_id"] in late]
    return Listing(rows[:top], source, late)


def ranked(model: Model, stage: str | None, top: int) -> Listing:
    """The leads of the running system, each as of its latest record: out of the read model where it is current.

    Out of the table, each lead is evaluated at the instant at which it was decided last, which gives the same rows.
    Raises BrokerError.
    """
    return asyncio.run(_ranked(load(), model, stage, top))


def population(files: list[str], model: str | None, at: str | None, language: str = "en") -> Population:
    """The leads of the event files under the model at the instant; without files, those of the running system.

    `language`: of the titles. Raises InputError or BrokerError, with the way out.
    """
    settings = load()
    if not files:
        return asyncio.run(_running(settings, running_model(settings, model), at, language))
    scoring = load_model(model or settings.model)
    from pipeline.analysis.replay import replay
    from pipeline.ndjson import read_lines

    with progress("scoring") as report:
        result = replay(scoring, read_lines(files), until=None if at is None else shown_instant(at), progress=report)
    return Population.of(scoring, result.engine.profiles(), result.until, language)


def again(events: list[str] | None, model: str | None, at: str | None, language: str | None) -> str:
    """The options of a command that looks at the same leads in the same way, each after a blank."""
    given = [("--model", model), *(("--events", file) for file in events or []), ("--at", at), ("--language", language)]
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given if value is not None)


def looked_up(name: str, model: str | None, at: str | None, language: str = "en") -> Population | None:
    """A population of the one lead that `name` means, by way of the read model.

    None where there is no read model, it is not current, or does not know the name: then ask the whole table.
    """
    settings = load()
    return asyncio.run(_looked_up(settings, running_model(settings, model), name, at, language))


def running_model(settings: Settings, model: str | None) -> Model:
    """The model that was asked for, else the one in force on the running system, else that of the settings.

    Raises InputError or BrokerError.
    """
    from pipeline.clients import activating

    return load_model(model) if model else asyncio.run(activating.running_model(settings)) or load_model(settings.model)


async def _ranked(settings: Settings, model: Model, stage: str | None, top: int) -> Listing:
    from pipeline.sinks.read_model.reading import current

    if settings.redis.url is not None:
        try:
            async with current(settings) as read_model:
                documents = await read_model.top(top, stage)
            rows = [{k: v for k, v in document["score"].items() if k != "reasons"} for document in documents]
            return Listing(rows, "read_model", {})
        except StoreError as error:
            _note(error)
    # Nobody was decided before this instant, so that each is evaluated at its own.
    return listing(Population.of(model, await _profiles(settings), 0), stage, top, "table")


async def _looked_up(settings: Settings, model: Model, name: str, at: str | None, language: str) -> Population | None:
    from pipeline.partitioning import partition_of
    from pipeline.sinks.read_model.reading import current

    if settings.redis.url is None:
        return None
    try:
        async with current(settings) as read_model:
            lead_id = await read_model.find(name)
    except StoreError as error:
        _note(error)
        return None
    if lead_id is None:
        return None
    found = await _profiles(settings, [partition_of(lead_id.encode(), settings.kafka.partitions)])
    mine = [profile for profile in found if profile.subject == lead_id]
    return Population.of(model, mine, await _now(settings, at), language) if mine else None


async def _running(settings: Settings, model: Model, at: str | None, language: str) -> Population:
    return Population.of(model, await _profiles(settings), await _now(settings, at), language)


async def _profiles(settings: Settings, partitions: Sequence[int] | None = None) -> list[Profile]:
    from pipeline.engine.packing import unpack
    from pipeline.streaming.profiles import read_profiles

    return [unpack(value) async for _, value in read_profiles(settings, partitions)]


async def _now(settings: Settings, at: str | None) -> int:
    """The instant asked for, else the present one of the pipeline's clock."""
    from pipeline.streaming.markers import read_markers

    if at is not None:
        return shown_instant(at)
    if settings.clock == "live":
        return time.time_ns() // 1_000_000
    markers = await read_markers(settings)
    return max((marker.state.get("time", 0) for marker in markers.values()), default=0)


def _note(error: StoreError) -> None:
    typer.echo(f"{error} Reading the table instead.", err=True)
