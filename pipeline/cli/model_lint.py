"""`leadtide model lint`: what loads and is most likely not meant."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.models import read_model_text
from pipeline.models.lint import ABOUT
from pipeline.models.lint import lint as run

HELP = described(
    """Find what loads and is most likely not meant, with line, column and remedy.

    A comment `# lint: allow KIND` behind a line, or alone on the line before it, says that it is meant as it is.

    Exit code 0, with or without findings; with --strict 1 if there are any; 3 if the model does not load.""",
    "leadtide model lint scoring.yaml",
    "leadtide model lint scoring.yaml --strict",
    "leadtide model lint scoring.yaml --json | jq '.findings[].kind'",
)
HELP["help"] += "\n\n\b\nKinds:\n" + "\n".join(f"  {code:<18}{about}" for code, about in ABOUT.items())


def lint(
    ref: Annotated[str, typer.Argument(metavar="FILE|preset:NAME", help="A model file, or a preset.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are findings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what is odd about a model."""
    findings = run(*read_model_text(ref))
    if as_json:
        typer.echo(json.dumps({"findings": [each.as_json() for each in findings]}, ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(str(finding))
        count = len(findings)
        said = f"{count} thing{'s' if count > 1 else ''} to look at" if count else "nothing odd"
        typer.secho(f"{said} in {ref}", err=True, fg=typer.colors.YELLOW if count else None)
    if findings and strict:
        raise typer.Exit(1)
