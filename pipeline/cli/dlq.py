"""`leadtide dlq`: what could not be read."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from pipeline.clients.dead_letters import DeadLetter
    from pipeline.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="List, show and send again what could not be read.",
)

_Reason = Annotated[str | None, typer.Option("--reason", help="Only those with this reason code.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Limit = Annotated[int | None, typer.Option("--limit", help="At most so many.", min=1)]


@app.command(
    "list",
    **described(
        "List dead letters: id, where they came from, why.",
        "leadtide dlq list",
        "leadtide dlq list --reason bad_time --limit 20",
        "leadtide dlq list --json | jq -r .reason | sort | uniq -c",
    ),
)
def list_(*, reason: _Reason = None, limit: _Limit = None, as_json: _Json = False) -> None:
    """List dead letters."""
    from pipeline.settings import load

    letters = asyncio.run(_selected(load(), reason, limit))
    if as_json:
        for letter in letters:
            typer.echo(json.dumps(letter.document(), ensure_ascii=False))
        return
    from rich.console import Console

    from pipeline.cli.lines import dead_letter

    console = Console(highlight=False, soft_wrap=True)
    for letter in letters:
        console.print(dead_letter(letter.document()))
    typer.echo(f"{len(letters)} dead letters", err=True)
    if letters:
        typer.echo(f"next: leadtide dlq show {letters[0].id}", err=True)


@app.command(
    **described(
        "Show one dead letter: where it came from, why, its headers and its value.",
        "leadtide dlq show leads.web-behavior.v1.dlq/3/17",
        "leadtide dlq show leads.web-behavior.v1.dlq/3/17 --json | jq -r .value",
    )
)
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `leadtide dlq list` shows it.")],
    *,
    as_json: _Json = False,
) -> None:
    """Show one dead letter."""
    from pipeline.clients.dead_letters import find_dead_letter
    from pipeline.settings import load

    document = asyncio.run(find_dead_letter(load(), identifier)).document(whole=True)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    value = document.pop("value")
    headers = document.pop("headers")
    for name, text in document.items():
        typer.echo(f"{name}: {_printable(text)}")
    for name, text in headers.items():
        typer.echo(f"header {name}: {_printable(text)}")
    typer.echo(f"value: {_printable(value)}")


@app.command(
    **described(
        """Send dead letters back to the topics they came from, after what was wrong with them (or with us) is mended.

        They go with the key, value and headers they had. An event that arrives twice counts once.""",
        "leadtide dlq replay --reason unsupported_format --dry-run",
        "leadtide dlq replay --reason unsupported_format",
    )
)
def replay(
    *,
    reason: _Reason = None,
    limit: _Limit = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    as_json: _Json = False,
) -> None:
    """Send dead letters back to the topics they came from."""
    from pipeline.cli.display import print_totals
    from pipeline.clients.dead_letters import send_back
    from pipeline.settings import load

    settings = load()
    letters = asyncio.run(_selected(settings, reason, limit))
    sent = 0 if dry_run else asyncio.run(send_back(settings, letters))
    print_totals("dead letters", {"selected": len(letters), "sent": sent}, as_json=as_json)
    typer.echo("next: leadtide status --wait" if sent else "nothing was sent", err=True)


async def _selected(settings: Settings, reason: str | None, limit: int | None) -> list[DeadLetter]:
    from pipeline.clients.dead_letters import read_dead_letters

    selected: list[DeadLetter] = []
    async with aclosing(read_dead_letters(settings)) as letters:
        async for letter in letters:
            if reason in (None, letter.reason):
                selected.append(letter)
                if len(selected) == limit:
                    break
    return selected


def _printable(text: object) -> str:
    """What came from outside must not move the cursor or ring the bell."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
