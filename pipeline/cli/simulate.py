"""`leadtide simulate`: lifelike sample events."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.files import writable
from pipeline.cli.helptext import described
from pipeline.errors import InputError

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Write lifelike sample events: journeys of people, crawlers and sales, with faults in them.

        The same options give the same bytes. Some lines are bad on purpose and become dead letters.""",
        "leadtide simulate --events 20000 --out events.ndjson",
        "leadtide simulate --people 50 --days 30 --seed 7 --poison 0 | leadtide produce -",
    )
)
def simulate(
    *,
    out: Annotated[str, typer.Option("--out", help="Where the events go; - is standard output.")] = "-",
    events: Annotated[int | None, typer.Option("--events", help="About how many lines.", min=1)] = None,
    people: Annotated[int | None, typer.Option("--people", help="How many people, instead.", min=1)] = None,
    days: Annotated[int, typer.Option("--days", help="How long it lasts.", min=1, max=3650)] = 120,
    start: Annotated[str, typer.Option("--start", help="When it begins.")] = "2025-01-06T00:00:00Z",
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    poison: Annotated[float, typer.Option("--poison", help="Share of bad records.", min=0, max=1)] = 0.004,
    as_json: Annotated[
        bool, typer.Option("--json", help="Totals as JSON (on stderr where the events are on stdout).")
    ] = False,
) -> None:
    """Write lifelike sample events."""
    from pipeline import simulation
    from pipeline.cli.display import print_totals
    from pipeline.cli.instants import instant

    if events is not None and people is not None:
        raise InputError("--events and --people exclude each other: give one of them")
    if events is None and people is None:
        events = 20_000
    totals = {"lines": 0, "poison": 0}
    with writable(out) as sink:
        for record in simulation.simulate(
            seed, events=events, people=people, start=instant(start), days=days, poison=poison
        ):
            sink.write(record.value + b"\n")
            totals["lines"] += 1
            totals["poison"] += record.poison is not None
    print_totals("simulated", totals, as_json=as_json, to_stderr=out == "-")
    if out != "-":
        typer.echo(f"next: leadtide replay --out scores {out}", err=True)
