"""`leadtide model diff`: what changed between two models, and what it would do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from pipeline.analysis.trying import Move, Trial
    from pipeline.models.comparing import Comparison

HELP = described(
    """Say in words what changed between two models, which rules are touched, and what activating it needs.

    With --events both models score the same events from the first one on: leads per stage and signals before and
    after, and the leads that move.

    Exit code 0, whether they differ or not; with --strict 1 if they differ; 3 if one of them cannot be used.""",
    "leadtide model diff preset:standard-b2b scoring.yaml",
    "leadtide model diff old.yaml new.yaml --events events.ndjson",
    "leadtide model diff old.yaml new.yaml --json | jq .touched_rules",
)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A model file, or preset:NAME.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="A model file, or preset:NAME.")],
    *,
    events: Annotated[list[str] | None, typer.Option("--events", help="Event files: what would it do?")] = None,
    top: Annotated[int, typer.Option("--top", help="How many leads that move are shown.", min=0)] = 20,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if the models differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every lead that moves.")] = False,
) -> None:
    """Compare two models."""
    from pipeline.cli.display import progress
    from pipeline.models import load_model
    from pipeline.models.comparing import compare
    from pipeline.ndjson import read_lines

    found = compare(load_model(old), load_model(new))
    trial = None
    if events:
        from pipeline.analysis.trying import try_both

        with progress("scoring") as report:
            trial = try_both(found.old, found.new, list(read_lines(events)), report)
    if as_json:
        said = _as_json(found) | ({} if trial is None else {"trial": _trial_as_json(trial)})
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _show(found, new)
        if trial is not None:
            _show_trial(trial, top)
    if strict and not found.is_equal:
        raise typer.Exit(1)


def _as_json(found: Comparison) -> dict[str, Any]:
    from dataclasses import asdict

    heads = {
        side: {"id": model.id, "model_version": model.model_version, "digest": model.digest}
        for side, model in (("old", found.old), ("new", found.new))
    }
    return heads | {
        "equal": found.is_equal,
        "changes": [asdict(change) for change in found.changes],
        "touched_rules": found.touched,
        "vanished_stages": list(found.vanished),
        "newly_read": list(found.newly_read),
    }


def _trial_as_json(trial: Trial) -> dict[str, Any]:
    def side(row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("stage", "explicit", "implicit", "total", "grade")}

    return {
        "leads": trial.leads,
        "stages": {name: {"old": old, "new": new} for name, (old, new) in trial.stages.items()},
        "stage_changes": {"old": trial.announced[0], "new": trial.announced[1]},
        "signals": {name: {"old": old, "new": new} for name, (old, new) in trial.signals.items()},
        "moves": [
            {"lead_id": m.old["lead_id"], "email": m.old["email"], "old": side(m.old), "new": side(m.new)}
            for m in trial.moves
        ],
    }


def _show(found: Comparison, ref: str) -> None:
    old, new = (f"{model.id} {model.model_version}" for model in (found.old, found.new))
    typer.secho(f"{old} → {new}", bold=True)
    if not found.changes:
        same = "the same model" if found.is_equal else "another id or version, and nothing else that is told"
        typer.echo(same)
    section = ""
    for change in found.changes:
        if change.section != section:
            section = change.section
            typer.secho(section, bold=True)
        sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
        typer.echo(f"  {sign} {change}")
    if found.touched:
        typer.secho("rules touched", bold=True)
        for rule, why in found.touched.items():
            typer.echo(f"  {rule}: {', '.join(why)}")
    _say_what_it_needs(found, ref)


def _say_what_it_needs(found: Comparison, ref: str) -> None:
    if found.old.id == found.new.id and found.old.version == found.new.version and not found.is_equal:
        typer.secho(
            f"count `version` up: both are {found.new.id} {found.new.version}", err=True, fg=typer.colors.YELLOW
        )
    if found.vanished:
        options = " ".join(f"--map {stage}=STAGE" for stage in found.vanished)
        message = (
            f"gone: {', '.join(found.vanished)}; say where their leads belong: leadtide model activate {ref} {options}"
        )
        typer.secho(message, err=True, fg=typer.colors.YELLOW)
    if found.newly_read:
        names = ", ".join(found.newly_read)
        message = f"newly read: {names}; earlier facts were kept without: leadtide rebuild --model {ref}"
        typer.secho(message, err=True, fg=typer.colors.YELLOW)
    if not (found.is_equal or found.vanished or found.newly_read):
        typer.echo(f"it needs nothing more than: leadtide model activate {ref}", err=True)


def _show_trial(trial: Trial, top: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Column, Table
    from rich.text import Text

    from pipeline.cli.display import stdout

    def numbers(*names: str) -> list[Column]:
        return [Column(name, justify="right") for name in names]

    console = stdout()
    moved = [move for move in trial.moves if move.is_of_stage]
    changes = f"{trial.announced[0]} stage changes → {trial.announced[1]}"
    differing = f"{len(moved)} in another stage, {len(trial.moves)} with another score or stage"
    console.print(f"{trial.leads} leads: {differing}; {changes}", markup=False)
    for what, counted in (("stage", trial.stages), ("signal", trial.signals)):
        table = Table(what, *numbers("before", "after", "difference"), box=SIMPLE_HEAD, pad_edge=False)
        for name, (before, after) in counted.items():
            table.add_row(name, str(before), str(after), f"{after - before:+d}" if before != after else "")
        if counted:
            console.print(table)
    if trial.moves[:top]:
        leads = Table(Column("lead", overflow="fold", min_width=24), "stage", box=SIMPLE_HEAD, pad_edge=False)
        for column in ("explicit", "implicit", "total", "grade"):
            leads.add_column(column)
        for move in trial.moves[:top]:
            leads.add_row(Text(move.old["email"] or move.old["lead_id"]), *_cells(move))
        console.print(leads)
    if len(trial.moves) > top:
        typer.echo(f"and {len(trial.moves) - top} more: --top {len(trial.moves)}, or --json", err=True)


def _cells(move: Move) -> list[str]:
    """What is different, as `before → after`; what is not, once."""

    def cell(name: str) -> str:
        old, new = (_text(row[name]) for row in (move.old, move.new))
        return old if old == new else f"{old} → {new}"

    return [cell(name) for name in ("stage", "explicit", "implicit", "total", "grade")]


def _text(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
