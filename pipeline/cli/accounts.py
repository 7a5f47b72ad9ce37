"""`leadtide accounts`: the companies, highest score first, and who of the committee is still missing."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """List accounts with their stages, totals, contacts and buying committees, highest total first.

        The model must have a section [cyan]account[/]. Looks into the running system's table, or with --events into
        event files; each contact counts as it announced itself last.""",
        "leadtide accounts --stage engaged --top 20",
        "leadtide accounts --model preset:committee --events events.ndjson",
        "leadtide accounts --json | jq 'select(.roles_missing == [])'",
    )
)
def accounts(
    *,
    stage: Annotated[str | None, typer.Option("--stage", help="Only accounts in this stage.")] = None,
    top: Annotated[int, typer.Option("--top", help="How many.", min=1)] = 20,
    events: Annotated[list[str] | None, typer.Option("--events", help="Event files instead of the system.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="As of this instant; without offset in local time.")] = None,
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """List accounts."""
    from pipeline.cli.account_tables import account_columns, account_titles
    from pipeline.cli.fitting import show_fitting
    from pipeline.cli.population import again, population, running_model
    from pipeline.errors import InputError
    from pipeline.models import load_model
    from pipeline.settings import load
    from pipeline.wording import words_of

    settings, told = load(), chosen_language(language)
    chosen = load_model(model or settings.model) if events else running_model(settings, model)
    titles = {} if chosen.account is None else account_titles(chosen.account, told)
    if chosen.account is not None and stage is not None and stage not in titles:
        raise InputError(f"the accounts of {chosen.id} have no stage {stage!r}: they have {', '.join(titles)}")
    rows = population(events or [], model, at).accounts(stage, top)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False, sort_keys=True))
        return
    words = words_of(told)
    if not rows:
        nobody = words.gettext("no accounts in the stage {stage}") if stage else words.gettext("no accounts")
        typer.echo(nobody.format(stage=titles.get(stage or "")), err=True)
        return
    show_fitting(account_columns(rows, titles, words), words)
    typer.echo(f"next: leadtide explain {rows[0]['account_id']}{again(events, model, at, language)}", err=True)
