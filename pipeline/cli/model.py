"""`leadtide model`: validate a model file, show what it says, print its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.activate import activate
from pipeline.cli.helptext import described
from pipeline.cli.language import LanguageOption, chosen_language
from pipeline.cli.model_diff import HELP as DIFF_HELP
from pipeline.cli.model_diff import diff
from pipeline.cli.model_lint import HELP as LINT_HELP
from pipeline.cli.model_lint import lint
from pipeline.cli.model_new import LIST_HELP, NEW_HELP, listing, new
from pipeline.models import DEFAULT_MODEL, ModelFindings, load_model, schema_text

if TYPE_CHECKING:
    from pipeline.scoring.model import Model

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Scoring models: begin one, check, read, compare, put in force.",
)

_Ref = Annotated[str, typer.Argument(metavar="FILE|preset:NAME", help="A model file, or a preset.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    **described(
        """Check a model file: everything that is wrong with it, with line, column and remedy.

        Exit code 0 if it can be used, 3 if not.""",
        "leadtide model validate scoring.yaml",
        "leadtide model validate preset:standard-b2b --json",
    )
)
def validate(ref: _Ref, as_json: _Json = False) -> None:
    """Load the model and say what it holds."""
    try:
        model = load_model(ref)
    except ModelFindings as wrong:
        if as_json:
            typer.echo(json.dumps({"ok": False, "findings": wrong.as_json()}, ensure_ascii=False))
        else:
            for finding in wrong.findings:
                typer.echo(str(finding), err=True)
            count = len(wrong.findings)
            typer.secho(f"{count} thing{'s' if count > 1 else ''} to mend in {ref}", err=True, fg=typer.colors.RED)
        raise typer.Exit(ModelFindings.exit_code) from None
    if as_json:
        head = {"ok": True, "id": model.id, "model_version": model.model_version, "digest": model.digest}
        typer.echo(json.dumps({**head, "warnings": list(model.warnings)}, ensure_ascii=False))
        return
    typer.echo(_summary(model))
    for warning in model.warnings:
        typer.secho(f"{ref}: {warning}", err=True, fg=typer.colors.YELLOW)


def _summary(model: Model) -> str:
    rules = f"{len(model.explicit.rules)} explicit and {len(model.implicit.rules)} implicit rules"
    ways = f"{len(model.lifecycle.stages)} stages, {len(model.lifecycle.transitions)} transitions"
    return f"{model.id} {model.model_version}: {rules}, {ways}"


app.command(**LINT_HELP)(lint)
app.command(**DIFF_HELP)(diff)
app.command("list", **LIST_HELP)(listing)
app.command(**NEW_HELP)(new)


@app.command(
    **described(
        "Show a model in words: rules with points, limits and decay, stages and transitions.",
        "leadtide model show",
        "leadtide model show scoring.yaml --json",
        "leadtide model show --language zh-CN",
        "leadtide model show --running > running.yaml",
    )
)
def show(
    ref: _Ref = DEFAULT_MODEL,
    running: Annotated[bool, typer.Option("--running", help="The running system's model, its text.")] = False,
    language: LanguageOption = None,
    as_json: _Json = False,
) -> None:
    """Print the outline of a model."""
    if running:
        _print_running()
        return
    from dataclasses import asdict

    from pipeline.cli.display import stdout
    from pipeline.cli.model_tables import show_outline
    from pipeline.models.outline import outline
    from pipeline.wording import words_of

    model, told = load_model(ref), chosen_language(language)
    rows = outline(model, told)
    if as_json:
        head = {"id": model.id, "model_version": model.model_version, "digest": model.digest}
        kept = {"kept_names": sorted(model.kept_names), "warnings": list(model.warnings)}
        typer.echo(json.dumps({**head, **asdict(rows), **kept}, ensure_ascii=False, indent=2))
        return
    console = stdout()
    console.print(_summary(model), style="bold", markup=False)
    show_outline(console, model, rows, words_of(told))


def _print_running() -> None:
    import asyncio

    from pipeline.clients.activating import running_model
    from pipeline.errors import InputError
    from pipeline.settings import load

    found = asyncio.run(running_model(load()))
    if found is None:
        raise InputError("no worker has written a checkpoint yet")
    typer.echo(found.text, nl=not found.text.endswith("\n"))


@app.command(
    **described(
        "Print the JSON Schema of model files, for editors.",
        "leadtide model schema --out scoring-model.schema.json",
    )
)
def schema(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Print the schema, or write it to a file."""
    if out is None:
        typer.echo(schema_text(), nl=False)
        return
    from pipeline.errors import InputError

    try:
        out.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}. Name a file in a folder that exists.") from None


app.command(
    **described(
        """Put another model in force on the running system: says first what it would do, and asks.

        All leads are scored again at its instant, beside the stream; what moves is announced with cause model_change.
        Leads keep their stages; a stage that the model does not have needs --map.""",
        "leadtide model activate scoring.yaml --dry-run",
        "leadtide model activate scoring.yaml --yes",
        "leadtide model activate scoring.yaml --map mql=lead --at 2026-03-01T00:00:00Z",
    )
)(activate)
