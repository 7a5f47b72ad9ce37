"""`leadtide explain`: why this lead, why now, and what comes next."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Say why a lead has its score, what it would take to move it on, and what happens by itself.

        A lead is named by its address, a CRM id, a visitor id or its lead id, an account by a: and its key. Looks into
        the running system, or with --events into event files.""",
        "leadtide explain ann@acme.example",
        "leadtide explain 0035g00001 --at 2026-03-01T09:00:00Z --events events.ndjson",
        "leadtide explain ann@acme.example --language zh-TW",
        "leadtide explain a:acme.example",
        "leadtide explain ann@acme.example --json | jq .what_it_takes",
    )
)
def explain(
    lead: Annotated[str, typer.Argument(metavar="LEAD|ADDRESS", help="An address, a CRM id, a visitor or lead id.")],
    *,
    at: Annotated[
        str | None, typer.Option("--at", help="As of this instant; without offset in the zone shown.")
    ] = None,
    events: Annotated[list[str] | None, typer.Option("--events", help="Event files instead of the system.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    all_facts: Annotated[bool, typer.Option("--all", help="Show every fact, also what pays nothing.")] = False,
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole explanation as one JSON document.")] = False,
) -> None:
    """Say why a lead has its score."""
    from pipeline.cli.account_tables import show_account
    from pipeline.cli.explanation import show
    from pipeline.cli.population import again, looked_up, population
    from pipeline.codec.instants import format_instant
    from pipeline.errors import HistoryError, InputError
    from pipeline.scoring.accounts import PREFIX, is_account

    told = chosen_language(language)
    # Of an account all its contacts are told, so that one profile would not do.
    one = None if events or lead.startswith(PREFIX) else looked_up(lead, model, at, told)
    people = one or population(events or [], model, at, told)
    try:
        profile = next(iter(one.profiles.values())) if one else people.find(lead)
    except InputError as error:
        raise (error if at is None else InputError(f"as of {at}, {error}")) from None
    if at is not None and profile.clock > people.instant:
        when = format_instant(people.instant)
        message = f"the table knows this lead as of {format_instant(profile.clock)}, not as of {when}; "
        others = again(None, model, when, language)
        raise HistoryError(message + f"ask the log: leadtide explain {lead}{others} --events EVENTS.ndjson")
    explained = people.explain_account(profile) if is_account(profile) else people.explain(profile)
    found = explained | {
        "source": "files" if events else "table",
        "looked_up_in": "read_model" if one else "files" if events else "table",
    }
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, sort_keys=True, indent=2))
        return
    if is_account(profile):
        show_account(found, people.model, told)
        return
    show(found, people.model, all_facts=all_facts, language=told)
