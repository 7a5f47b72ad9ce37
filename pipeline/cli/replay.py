"""`leadtide replay`: score event files in one process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Score event files in one process, without a broker. The result is the reference for the worker's.

        Writes scores.ndjson, stage-changes.ndjson, signals.ndjson and dead-letters.ndjson into --out, and
        accounts.ndjson if the model has accounts.""",
        "leadtide replay --out scores events.ndjson",
        "leadtide replay --model old.yaml --then 2026-03-01T00:00:00Z=new.yaml --out scores events.ndjson",
        "leadtide replay --model my.yaml --until 2026-03-01T00:00:00Z --explain --out scores web.ndjson crm.ndjson.gz",
    )
)
def replay(
    files: Annotated[list[str], typer.Argument(metavar="EVENTS.ndjson…", help="Files of events; - is standard input.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder for the files; it is made.")],
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Later events are not read. Default: the last.")] = None,
    then: Annotated[
        list[str] | None, typer.Option("--then", metavar="INSTANT=FILE", help="Another model from this instant on.")
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option("--map", metavar="OLD=NEW", help="What becomes of a stage that is gone.")
    ] = None,
    as_arrived: Annotated[bool, typer.Option("--as-arrived", help="Do not sort the events by time.")] = False,
    language: LanguageOption = None,
    attributes: Annotated[str, typer.Option("--attributes", help="More columns, such as job_title,industry.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Add the ledger to every score.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are dead letters.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Totals as JSON on stdout.")] = False,
) -> None:
    """Score event files in one process, without a broker."""
    from pipeline.analysis.replay import replay as run
    from pipeline.cli.activate import model_changes
    from pipeline.cli.display import print_totals, progress
    from pipeline.cli.files import require_folder
    from pipeline.cli.instants import instant
    from pipeline.models import load_model
    from pipeline.ndjson import read_lines
    from pipeline.settings import load

    scoring, told = load_model(model or load().model), chosen_language(language)
    changes = model_changes(then or [], rename or [])
    end = instant(until) if until is not None else None
    require_folder(out)
    with progress("scoring") as report:
        result = run(
            scoring,
            read_lines(files),
            until=end,
            as_arrived=as_arrived,
            then=changes,
            language=told,
            progress=report,
        )
    names = [name for name in attributes.split(",") if name]
    totals = {"events": result.events} | result.write(out, names, ledger=explain)
    print_totals(f"replayed into {out}", totals, as_json=as_json)
    if until is not None and not result.events:
        typer.echo(f"no event lies at or before {until} (--until): nothing was scored", err=True)
    if strict and totals["dead_letters"]:
        raise typer.Exit(1)
