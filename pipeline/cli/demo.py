"""`leadtide demo`: everything, for a minute."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Run the whole pipeline on sample traffic and watch leads move.

        An embedded broker and a worker are started, and eleven weeks of journeys pass in a minute: people read, ask
        for demos, are won and lost; interest fades and leads step down by themselves. Nothing is left behind.
        Of the LEADTIDE_ variables only those of metrics count: the worker answers on the port after the demo's.""",
        "leadtide demo",
        "leadtide demo --seconds 20 --seed 3",
        "leadtide demo --speed 3600                      # an hour a second",
        "LEADTIDE_METRICS__PORT=9464 leadtide demo       # curl 127.0.0.1:9465/metrics: the worker's",
    )
)
def demo(
    *,
    seconds: Annotated[float | None, typer.Option("--seconds", help="How long it lasts.", min=1)] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", help="How many times faster than life.", min=1, show_default="as needed")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another story.")] = 12,
    model: Annotated[str, typer.Option("--model", help="A model file, or preset:NAME.")] = "preset:standard-b2b",
    as_json: Annotated[bool, typer.Option("--json", help="Only the summary, as JSON.")] = False,
) -> None:
    """Run the whole pipeline on sample traffic."""
    from pathlib import Path

    from pipeline.cli.lines import stage_titles
    from pipeline.demo.play import play
    from pipeline.demo.script import Script
    from pipeline.demo.show import Show
    from pipeline.models import load_model
    from pipeline.settings import load

    # The worker runs in a folder of its own.
    chosen = model if model.startswith("preset:") else str(Path(model).absolute())
    settings = load()
    with Show(stage_titles(load_model(chosen), settings.language), as_json=as_json) as show:
        tally = asyncio.run(play(Script.of(seconds, speed, seed), chosen, show, settings.metrics))
    show.summary(tally)
