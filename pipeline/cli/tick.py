"""`leadtide tick`: tell every partition what time it is."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Tell every partition that the time is T, so that interest decays and deadlines fall up to then.

        It ends a back-fill under LEADTIDE_CLOCK=stream; under a live clock the workers send ticks by themselves.""",
        "leadtide tick --until 2026-05-01T00:00:00Z",
    )
)
def tick(
    *,
    until: Annotated[str, typer.Option("--until", help="T: ISO-8601 with an offset, or a date in UTC.")],
    as_json: Annotated[bool, typer.Option("--json", help="Totals as JSON.")] = False,
) -> None:
    """Tell every partition what time it is."""
    from pipeline.cli.instants import instant
    from pipeline.clients import ticks
    from pipeline.codec.instants import format_instant
    from pipeline.settings import load

    milliseconds = instant(until)
    partitions = asyncio.run(ticks.tick(load(), milliseconds))
    if as_json:
        typer.echo(json.dumps({"instant": format_instant(milliseconds), "partitions": partitions}))
    else:
        typer.echo(f"told {partitions} partitions that it is {format_instant(milliseconds)}", err=True)
    typer.echo("next: leadtide status --wait", err=True)
