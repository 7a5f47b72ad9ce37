"""`leadtide project`: keep the read model."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich", add_completion=False)

_SHOWN = 20


@app.command(
    **described(
        """Keep Redis equal to the outputs: lead documents, addresses, rankings and counts by stage.

        Runs until SIGTERM or Ctrl-C. Start two for a quick replacement: one writes, the other stands by. Redis may be
        down, slow, full or flushed: the projector waits, goes on where it was, or builds anew; scoring never waits
        for it. What stands where in Redis: docs/read-model.md.""",
        "LEADTIDE_REDIS__URL=redis://127.0.0.1:6379/0 leadtide project",
        "leadtide project --rebuild                      # from the topics, beside the old one until it is whole",
        "leadtide project --once                         # catch up and end (cron, tests)",
        "leadtide project --check --json                 # compare Redis with the topics; exit code 1: they differ",
    )
)
def project(
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read the topics from the start, take over from others.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="End when Redis holds what the topics hold now.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing: compare, print differences.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What --check and --once found, as JSON.")] = False,
) -> None:
    """Keep Redis equal to the outputs."""
    from pipeline.errors import InputError
    from pipeline.settings import load
    from pipeline.sinks.read_model.running import run

    settings = load()
    if not check:
        records = asyncio.run(run(settings, once=once, rebuild=rebuild))
        if once and as_json:
            typer.echo(json.dumps({"records": records}))
        return
    if rebuild or once:
        raise InputError("--check compares only: leave out --rebuild and --once")
    from pipeline.sinks.read_model.checking import check as compare

    report = asyncio.run(compare(settings))
    if as_json:
        typer.echo(json.dumps(report.document(), ensure_ascii=False))
    else:
        for difference in report.differences[:_SHOWN]:
            typer.echo(str(difference))
        more = len(report.differences) - _SHOWN
        typer.echo(f"{report.leads} leads compared, {len(report.differences)} differences", err=True)
        if more > 0:
            typer.echo(f"{more} more: leadtide project --check --json", err=True)
    if report.differences:
        typer.echo("next: leadtide project --rebuild", err=True)
        raise typer.Exit(1)
