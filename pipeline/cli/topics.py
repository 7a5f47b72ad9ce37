"""`leadtide topics`: create the topics, and check them."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.errors import BrokerError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help="Create and check the topics."
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    **described(
        "Create the topics that are missing; existing ones are left as they are.",
        "leadtide topics create",
        "LEADTIDE_KAFKA__PARTITIONS=24 leadtide topics create",
    )
)
def create(as_json: _Json = False) -> None:
    from pipeline.settings import Settings, load
    from pipeline.topic_setup import administrator
    from pipeline.topic_setup import create as create_topics

    async def run(settings: Settings) -> list[str]:
        async with administrator(settings) as admin:
            return await create_topics(admin, settings)

    created = asyncio.run(run(load()))
    if as_json:
        typer.echo(json.dumps({"created": created}))
    else:
        for name in created:
            typer.echo(name)
        typer.echo(f"created {len(created)} topics" if created else "all topics are there", err=True)
    typer.echo("next: leadtide topics check", err=True)


@app.command(
    **described(
        "Compare the topics with what the pipeline needs; exit code 4 if one is wrong or missing.",
        "leadtide topics check",
        "leadtide topics check --json | jq '.findings[].remedy'",
    )
)
def check(as_json: _Json = False) -> None:
    from pipeline.settings import Settings, load
    from pipeline.topic_check import Finding
    from pipeline.topic_check import check as check_topics
    from pipeline.topic_setup import administrator

    async def run(settings: Settings) -> list[Finding]:
        async with administrator(settings) as admin:
            return await check_topics(admin, settings)

    findings = asyncio.run(run(load()))
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(f"{len(findings)} findings" if findings else "all topics are as they must be", err=True)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(BrokerError.exit_code)
    typer.echo("next: leadtide worker", err=True)
