"""`leadtide leads`: who is there, highest score first."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """List leads with their scores and stages, highest total first.

        Looks into the running system (the read model where it is there and current, else the table: the same rows),
        each lead as of when it was decided last; with --at all as of one instant, out of the table. With --events into
        event files.

        What is overdue (sales did not act within its SLA, or an approval is late) is marked with since when, except in
        rows of the read model; --overdue lists only that, out of the table.""",
        "leadtide leads --stage mql --top 20",
        "leadtide leads --top 20 --events events.ndjson",
        "leadtide leads --overdue --stage mql",
        "leadtide leads --json | jq .email",
    )
)
def leads(
    *,
    stage: Annotated[str | None, typer.Option("--stage", help="Only leads in this stage.")] = None,
    top: Annotated[int, typer.Option("--top", help="How many.", min=1)] = 20,
    events: Annotated[list[str] | None, typer.Option("--events", help="Event files instead of the system.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As of this instant; without offset in the zone shown.")
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only leads on whom sales, or whoever has to approve, is late.")
    ] = False,
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """List leads with their scores and stages."""
    from pipeline.cli.fitting import show_fitting
    from pipeline.cli.lead_tables import lead_columns
    from pipeline.cli.lines import stage_titles
    from pipeline.cli.population import again, listing, population, ranked, running_model
    from pipeline.cli.staying import times_in
    from pipeline.errors import InputError
    from pipeline.models import load_model
    from pipeline.settings import load
    from pipeline.wording import words_of

    settings, told = load(), chosen_language(language)
    words = words_of(told)
    chosen = load_model(model or settings.model) if events else running_model(settings, model)
    titles = stage_titles(chosen, told)
    if stage is not None and stage not in titles:
        raise InputError(f"the model {chosen.id} has no stage {stage!r}: it has {', '.join(titles)}")
    if events or at is not None or model is not None or overdue:
        people = population(events or [], model, at)
        rows, source, late = listing(people, stage, top, "files" if events else "table", overdue=overdue)
    else:
        rows, source, late = ranked(chosen, stage, top)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row | {"source": source}, ensure_ascii=False, sort_keys=True))
        return
    if not rows:
        if overdue:
            nobody = (
                words.gettext("no overdue leads in the stage {stage}") if stage else words.gettext("no overdue leads")
            )
        else:
            nobody = words.gettext("no leads in the stage {stage}") if stage else words.gettext("no leads")
        typer.echo(nobody.format(stage=titles.get(stage or "")), err=True)
        return
    typer.echo(times_in(rows[0]["as_of"], words), err=True)
    show_fitting(lead_columns(rows, titles, late, words), words)
    typer.echo(f"next: leadtide explain ADDRESS{again(events, model, at, language)}", err=True)
