"""`leadtide rebuild`: the table of a stopped system, made anew under a model that needs what was not kept."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from pipeline.clients.rebuilding import Plan, Rebuild
    from pipeline.settings import Settings

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Read all inputs again and score them under another model: for one that reads what earlier facts were not
        kept with (otherwise `leadtide model activate` does, with the workers running).

        Stop all workers first. Scores and stages become those that the model would always have given; a lead whose
        stage is another than the one announced last gets one stage change with the cause model_change. Killed in the
        middle, each partition is as before or new: run it again before a worker starts.""",
        "leadtide rebuild --model scoring.yaml --dry-run",
        "leadtide rebuild --model scoring.yaml --yes",
    )
)
def rebuild(
    *,
    model: Annotated[str, typer.Option("--model", metavar="FILE|preset:NAME", help="A model file, or a preset.")],
    accept_incomplete: Annotated[
        bool, typer.Option("--accept-incomplete", help="Although the topics do not hold all events any more.")
    ] = False,
    assume_stopped: Annotated[
        bool, typer.Option("--assume-stopped", help="No worker runs, whatever the broker says (an embedded one).")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Make the table anew under another model."""
    from pipeline.bootstrap import wire_of
    from pipeline.clients.rebuilding import Rebuild
    from pipeline.models import load_model
    from pipeline.settings import load

    scoring, settings = load_model(model), load()

    async def run() -> Plan:
        wire = await wire_of(settings)
        task = Rebuild(
            settings, scoring, wire.decoder, accept_incomplete=accept_incomplete, assume_stopped=assume_stopped
        )
        if dry_run:
            return await _planned(task, as_json=as_json)
        await task.require_nobody()  # before anybody is fenced
        async with task.fenced():
            plan = await _planned(task, as_json=as_json)
            _confirm(yes=yes)
            from pipeline.cli.display import progress

            with progress("partitions") as report:
                await task.write(plan, wire, report)
        return plan

    plan = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(_document(settings, plan, written=not dry_run), ensure_ascii=False))
    if not dry_run:
        typer.echo(f"{plan.model.name} is in force: start the workers, with LEADTIDE_MODEL set to it", err=True)


async def _planned(task: Rebuild, *, as_json: bool) -> Plan:
    from pipeline.cli.display import progress, stdout

    with progress("scoring") as report:
        plan = await task.plan(report)
    moves = Counter(move for part in plan.parts.values() for move in part.moves)
    profiles, gone = (sum(getattr(part, name) for part in plan.parts.values()) for name in ("profiles", "gone"))
    if not as_json:
        console = stdout()
        console.print(
            f"{plan.model.name}: {plan.events} events, {profiles} profiles, {gone} of before are gone, "
            f"{moves.total()} stage changes"
        )
        for (source, target), count in sorted(moves.items()):
            console.print(f"  {source} → {target}  {count}")
    return plan


def _document(settings: Settings, plan: Plan, *, written: bool) -> dict[str, Any]:
    moves = Counter(move for part in plan.parts.values() for move in part.moves)
    return {
        "model": plan.model.name,
        "events": plan.events,
        "profiles": sum(part.profiles for part in plan.parts.values()),
        "gone": sum(part.gone for part in plan.parts.values()),
        "moves": [{"from": a, "to": b, "leads": n} for (a, b), n in sorted(moves.items())],
        "partitions": settings.kafka.partitions if written else 0,
    }


def _confirm(*, yes: bool) -> None:
    import sys

    from pipeline.errors import InputError

    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody is there to ask: add --yes to write the new table, or --dry-run to only look")
    typer.confirm("Write the new table?", abort=True, err=True)
