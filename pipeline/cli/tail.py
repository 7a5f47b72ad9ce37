"""`leadtide tail`: watch what the pipeline writes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.text import Text

    from pipeline.settings import Settings

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


class Output(StrEnum):
    """What can be watched."""

    STAGE_CHANGES = "stage-changes"
    SCORES = "scores"
    SIGNALS = "signals"
    DLQ = "dlq"


@app.command(
    **described(
        """Watch stage changes, scores, signals or dead letters as they come (only what is committed).

        Times are local. Ctrl-C ends it.""",
        "leadtide tail stage-changes",
        "leadtide tail scores --from-beginning --no-follow --json > scores.ndjson",
        "leadtide tail dlq --from-beginning --limit 10",
    )
)
def tail(
    what: Annotated[Output, typer.Argument(help="What to watch.")],
    *,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Begin with the oldest.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on when all is shown, or end.")] = True,
    limit: Annotated[int | None, typer.Option("--limit", help="End after so many.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The documents themselves, one a line.")] = False,
) -> None:
    """Watch what the pipeline writes."""
    from pipeline.settings import load

    asyncio.run(_tail(load(), what, from_beginning=from_beginning, follow=follow, limit=limit, as_json=as_json))


async def _tail(
    settings: Settings, what: Output, *, from_beginning: bool, follow: bool, limit: int | None, as_json: bool
) -> None:
    from rich.console import Console

    from pipeline import topics
    from pipeline.cli import lines
    from pipeline.clients.dead_letters import DeadLetter
    from pipeline.clients.reading import document_of, output_reader, read
    from pipeline.models import load_model

    watched = {
        Output.STAGE_CHANGES: [topics.STAGE_CHANGES],
        Output.SCORES: [topics.SCORES],
        Output.SIGNALS: [topics.SIGNALS],
        Output.DLQ: [topics.dead_letters(topic) for topic in topics.CONSUMED],
    }[what]
    show: Callable[[Any, lines.Titles], Text] = {
        Output.STAGE_CHANGES: lines.stage_change,
        Output.SCORES: lines.score,
        Output.SIGNALS: lines.signal,
        Output.DLQ: lambda document, _titles: lines.dead_letter(document),
    }[what]
    console = Console(highlight=False, soft_wrap=True)
    titles = {} if as_json else lines.stage_titles(load_model(settings.model), settings.language)
    names = topics.names(watched, settings.kafka.topic_prefix)
    outputs = output_reader(settings)
    shown = 0
    async with aclosing(read(settings, names, from_beginning=from_beginning, follow=follow)) as records:
        async for record in records:
            document: Any = (
                DeadLetter.of(record).document() if what is Output.DLQ else await document_of(outputs, record)
            )
            if document is None:
                continue
            if as_json:
                typer.echo(_dumped(document))
            else:
                console.print(show(document, titles))
            shown += 1
            if shown == limit:
                return


def _dumped(document: Any) -> str:
    import orjson

    return orjson.dumps(document).decode()
