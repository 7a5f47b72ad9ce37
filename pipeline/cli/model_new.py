"""`leadtide model list` and `leadtide model new`: which presets there are, and beginning a model from one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language

LIST_HELP = described(
    """List the presets: models that ship with the project.

    Each can be used by its name wherever a model is asked for: preset:NAME.""",
    "leadtide model list",
    "leadtide model list --json",
)
NEW_HELP = described(
    """Begin a model of your own as a copy of a preset: its own id, version 1, comments kept.

    The JSON Schema is written beside it, so that an editor completes and checks it. What is there already is kept,
    unless you say --force.""",
    "leadtide model new acme --from preset:direct-sales",
    "leadtide model new acme --from preset:standard-b2b --out models/acme.yaml",
)


def listing(
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """Print the presets with title, a sentence and their stages."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from pipeline.cli.display import stdout
    from pipeline.models.beginning import presets
    from pipeline.scoring.ledger import title_of

    told = chosen_language(language)
    table = Table("preset", "title", "what it is", "stages", box=SIMPLE_HEAD, pad_edge=False)
    for preset in presets():
        title = title_of(preset.model.titles, preset.name, told)
        stages = [stage.id for stage in preset.model.lifecycle.stages]
        name, version = f"preset:{preset.name}", preset.model.model_version
        if as_json:
            row = {"name": name, "title": title, "about": preset.about, "stages": stages, "model_version": version}
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            table.add_row(name, Text(title), Text(preset.about), ", ".join(stages))
    if not as_json:
        stdout().print(table)
        typer.echo("next: leadtide model new NAME --from preset:NAME", err=True)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id of the new model.")],
    *,
    origin: Annotated[str, typer.Option("--from", metavar="preset:NAME|FILE", help="What to begin with.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: NAME.yaml here.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Write the copy and the schema."""
    from pipeline.errors import InputError
    from pipeline.models import schema_text
    from pipeline.models.beginning import SCHEMA_FILE, begin, is_name

    if not is_name(name):
        raise InputError(f"{name!r} cannot be a model's id: write letters, digits, `.`, `_` and `-`, such as acme")
    text = begin(origin, name)
    path = out or Path(f"{name}.yaml")
    beside = path.parent / SCHEMA_FILE
    try:
        if path.exists() and not force:
            raise InputError(f"{path} is there already: name another file with --out, or write over it with --force")
        if beside.exists() and not force and beside.read_text(encoding="utf-8") != schema_text():
            raise InputError(f"{beside} is another schema: name another folder with --out, or replace it with --force")
        path.write_text(text, encoding="utf-8")
        beside.write_text(schema_text(), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text file"
        raise InputError(f"{path} cannot be written: {said}. Name a file in a folder that exists.") from None
    typer.echo(str(path))
    typer.echo(
        f"next: change {path}, then\n"
        f"  leadtide model lint {path}\n"
        f"  leadtide model diff {origin} {path} --events events.ndjson\n"
        f"  LEADTIDE_MODEL={path} leadtide worker",
        err=True,
    )
