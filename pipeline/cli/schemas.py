"""`leadtide schemas`: our schemas, and what a registry has of them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from pipeline.registration import Subject
    from pipeline.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help="List schemas, and register them."
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", **described("List the schemas of this release.", "leadtide schemas list --json"))
def list_(as_json: _Json = False) -> None:
    from pipeline.codec.schemas import all_names, current, direction_of, fingerprint_of, history

    rows = [
        {
            "schema": name,
            "direction": direction_of(name),
            "version": len(history(name)),
            "fingerprint": fingerprint_of(current(name)).hex(),
        }
        for name in all_names()
    ]
    _print(rows, as_json=as_json)


@app.command(
    **described(
        """Compare the registry's subjects with our schemas; exit code 8 if one is missing or holds what ours breaks.

        LEADTIDE_REGISTRY__URL says where the registry is.""",
        "leadtide schemas check",
    )
)
def check(as_json: _Json = False) -> None:
    from pipeline.errors import RegistryError

    rows = asyncio.run(_compare())
    _print(rows, as_json=as_json)
    if any(row["state"] != "registered" for row in rows):
        typer.echo("next: leadtide schemas register", err=True)
        raise typer.Exit(RegistryError.exit_code)


@app.command(
    **described(
        """Register the schemas of all input and output topics, with their compatibility. What is there stays.

        A worker registers those of its outputs by itself, if it may.""",
        "LEADTIDE_REGISTRY__URL=http://127.0.0.1:8081 leadtide schemas register",
    )
)
def register(as_json: _Json = False) -> None:
    from pipeline.settings import load

    _print(asyncio.run(_register(load())), as_json=as_json)


async def _register(settings: Settings) -> list[dict[str, Any]]:
    from pipeline import registration
    from pipeline.codec.registry import Registry

    registry = Registry(settings.registry)
    return [
        _row(subject, settings, "registered", await registration.register(registry, settings, subject))
        for subject in registration.SUBJECTS
    ]


async def _compare() -> list[dict[str, Any]]:
    from pipeline import registration
    from pipeline.codec.registry import Registry
    from pipeline.codec.schemas import current
    from pipeline.settings import load

    settings = load()
    registry, rows = Registry(settings.registry), []
    for subject in registration.SUBJECTS:
        name, schema = subject.name(settings), current(subject.schema)
        with registration.told():
            known = await registry.id_of(name, schema)
            fits = known is not None or (await registry.is_compatible(name, schema))[0]
        rows.append(_row(subject, settings, "registered" if known else "missing" if fits else "incompatible", known))
    return rows


def _row(subject: Subject, settings: Settings, state: str, schema_id: int | None) -> dict[str, Any]:
    return {
        "subject": subject.name(settings), "schema": subject.schema, "rule": subject.rule, "state": state,
        "id": schema_id,
    }  # fmt: skip


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    for row in rows:
        plain = "  ".join("—" if value is None else str(value) for value in row.values())
        typer.echo(json.dumps(row) if as_json else plain)
