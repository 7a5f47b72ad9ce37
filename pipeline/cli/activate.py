"""`leadtide model activate`: another model for the running system."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

if TYPE_CHECKING:
    from pipeline.clients.activating import Stored
    from pipeline.engine.activating import ModelChange
    from pipeline.settings import Settings


def activate(
    ref: Annotated[str, typer.Argument(metavar="FILE|preset:NAME", help="A model file, or a preset.")],
    *,
    at: Annotated[str | None, typer.Option("--at", help="From this instant on. Default: now, by the pipeline.")] = None,
    rename: Annotated[
        list[str] | None, typer.Option("--map", metavar="OLD=NEW", help="What becomes of a stage that is gone.")
    ] = None,
    accept_incomplete: Annotated[
        bool, typer.Option("--accept-incomplete", help="Although earlier facts lack what the model reads.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once it is sent.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds to wait at most.", min=0)] = 600,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Put another model in force."""
    from pipeline.cli.display import progress
    from pipeline.cli.instants import instant
    from pipeline.clients import activating
    from pipeline.codec.instants import format_instant
    from pipeline.engine.activating import ModelChange
    from pipeline.errors import InputError
    from pipeline.models import load_model
    from pipeline.settings import load

    model, settings, renamed = load_model(ref), load(), _renamed(rename or [])
    stored = asyncio.run(activating.read_stored(settings))
    running = activating.in_force(stored)
    if running is None:
        raise InputError("no worker has written a checkpoint yet: set LEADTIDE_MODEL and start `leadtide worker`")
    if running.text == model.text:
        typer.echo(f"{running.name} is in force already", err=True)
        return
    lost = activating.missing_stages(running, model, renamed)
    if lost:
        options = " ".join(f"--map {stage}=STAGE" for stage in lost)
        raise InputError(f"{model.id} has no stage {', '.join(lost)}: say where their leads belong: {options}")
    missing = activating.missing_names(running, model)
    if missing and not accept_incomplete:
        raise InputError(
            f"{model.id} reads {', '.join(missing)}, which earlier facts were not kept with: stop the workers and "
            f"score the log again with `leadtide rebuild --model {ref}`, or count it from now on only with "
            "--accept-incomplete"
        )
    since = _now(settings, stored) if at is None else instant(at)
    change = ModelChange(str(uuid4()), since, model.text, model.digest, renamed)
    with progress("trying") as report:
        leads, moves = activating.forecast(settings, stored, change, report)
    name = f"{model.id} {model.model_version}"
    said: dict[str, Any] = {"model": name, "instead_of": running.name, "instant": format_instant(since)}
    said |= {"incomplete": missing}
    said |= {"moves": [{"from": a, "to": b, "leads": n} for (a, b), n in sorted(moves.items())]}
    if not as_json:
        _show(name, running.name, format_instant(since), leads, moves)
    if not dry_run:
        _confirm(yes=yes)
        said["partitions"] = asyncio.run(activating.send(settings, change))
        if not no_wait:
            with progress("partitions") as report:
                asyncio.run(activating.wait(settings, change, timeout, report))
            typer.echo(f"{name} is in force; set LEADTIDE_MODEL to it for new installations", err=True)
        typer.echo(f"the same in one process: leadtide replay --then {format_instant(since)}={ref}", err=True)
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))


def _renamed(options: list[str]) -> dict[str, str]:
    from pipeline.errors import InputError

    pairs = [option.partition("=") for option in options]
    wrong = next((a + b + c for a, b, c in pairs if not (a and b and c)), None)
    if wrong is not None:
        raise InputError(f"--map {wrong or repr(wrong)}: write OLD=NEW, such as --map mql=lead")
    return {old: new for old, _, new in pairs}


def model_changes(then: list[str], rename: list[str]) -> list[ModelChange]:
    """The changes of model that `INSTANT=FILE` options mean. Raises InputError or ModelError."""
    from pipeline.cli.instants import instant
    from pipeline.engine.activating import ModelChange
    from pipeline.errors import InputError
    from pipeline.models import load_model

    found, renamed = [], _renamed(rename)
    if renamed and not then:
        raise InputError(f"--map {rename[0]} needs another model: name it with --then INSTANT=FILE")
    for number, option in enumerate(then):
        at, equals, ref = option.partition("=")
        if not (at and equals and ref):
            raise InputError(f"--then {option}: write INSTANT=FILE, such as --then 2026-03-01T00:00:00Z=new.yaml")
        model = load_model(ref)
        found.append(ModelChange(f"then-{number}", instant(at), model.text, model.digest, renamed))
    return found


def _now(settings: Settings, stored: dict[int, Stored]) -> int:
    """The present instant of the pipeline's clock: where time is in the events, the latest one of any partition."""
    if settings.clock_spec.kind == "live":
        return time.time_ns() // 1_000_000
    return max(int(str(each.state.get("time", 0))) for each in stored.values())


def _confirm(*, yes: bool) -> None:
    from pipeline.errors import InputError

    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody is there to ask: add --yes to put the model in force, or --dry-run to only look")
    typer.confirm("Put it in force?", abort=True, err=True)


def _show(name: str, running: str, since: str, leads: int, moves: Counter[tuple[str, str]]) -> None:
    from rich.table import Table

    from pipeline.cli.display import stdout

    console = stdout()
    console.print(f"{name} instead of {running} from {since} on: {leads} profiles, {moves.total()} stage changes")
    if moves:
        table = Table("from", "to", "changes", box=None, pad_edge=False)
        for (source, target), count in sorted(moves.items()):
            table.add_row(source, target, str(count))
        console.print(table)
