"""`leadtide export`: the files that replay writes, from the topics."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Write scores, stage changes, signals and dead letters from the topics, as replay writes them from files.

        Scores are evaluated at --until, changes and signals are those up to then. Workers should have caught up.""",
        "leadtide tick --until 2026-05-01T00:00:00Z && leadtide status --wait",
        "leadtide export --until 2026-05-01T00:00:00Z --out exported",
        "leadtide replay --until 2026-05-01T00:00:00Z --out replayed events.ndjson && diff exported replayed",
    )
)
def export(
    *,
    until: Annotated[str, typer.Option("--until", help="T: ISO-8601 with an offset, or a date in UTC.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for the files; it is made.")],
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    attributes: Annotated[str, typer.Option("--attributes", help="More columns, such as job_title,industry.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Add the ledger to every score.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Totals as JSON.")] = False,
) -> None:
    """Write from the topics the files that replay writes."""
    from pipeline.cli.display import print_totals
    from pipeline.cli.files import require_folder
    from pipeline.cli.instants import instant
    from pipeline.cli.population import running_model
    from pipeline.clients.exporting import Export
    from pipeline.settings import load

    require_folder(out)
    settings = load()
    names = tuple(name for name in attributes.split(",") if name)
    exported = Export(settings, running_model(settings, model), instant(until), names, ledger=explain)
    print_totals(f"exported into {out}", asyncio.run(exported.write(out)), as_json=as_json)
