"""`leadtide produce`: send events to the input topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from pipeline.ndjson import Line


class Form(StrEnum):
    """Forms that events are sent in."""

    JSON = "json"
    AVRO = "avro"
    CONFLUENT = "confluent"


app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Send NDJSON events to the input topics, each under its lead's key, and wait until the broker has them.

        With --format json a line's bytes are sent as they are; avro is single-object encoding, confluent Avro in the
        framing of the schema registry (LEADTIDE_REGISTRY__URL). A line that is no event is sent as it is, too: the
        worker keeps it as a dead letter.""",
        "leadtide produce events.ndjson",
        "leadtide simulate --events 2000 | leadtide produce -",
        "leadtide produce --rate 200 jan.ndjson.gz feb.ndjson.gz",
        "leadtide produce --format avro --cloudevents events.ndjson",
    )
)
def produce(
    files: Annotated[list[str], typer.Argument(help="NDJSON files, plain or gzip; - reads standard input.")],
    *,
    rate: Annotated[float | None, typer.Option("--rate", help="At most so many events a second.", min=0.001)] = None,
    form: Annotated[Form, typer.Option("--format", help="How events are sent.")] = Form.JSON,
    cloudevents: Annotated[
        bool, typer.Option("--cloudevents", help="With CloudEvents headers; an event without `source` gets one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Totals as JSON.")] = False,
) -> None:
    """Send NDJSON events to the input topics."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pipeline.cli.display import print_totals, stderr
    from pipeline.clients import producing
    from pipeline.clients.sending import sending_of
    from pipeline.ndjson import read_lines, require_files
    from pipeline.settings import load

    require_files(files)
    settings = load()
    console = stderr()
    total = sum(size for file in files if (size := _size(file)))
    bar = Progress(
        TextColumn("sending"), BarColumn(), TextColumn("{task.fields[sent]:,} events"), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=total or None, sent=0)

        def counted(lines: Iterable[Line]) -> Iterator[Line]:
            for line in lines:
                yield line
                bar.advance(task, len(line.value) + 1)

        def progress(so_far: producing.Produced) -> None:
            bar.update(task, sent=so_far.records.total())

        async def run() -> producing.Produced:
            way = await sending_of(settings, form.value, cloudevents=cloudevents)
            return await producing.produce(
                settings, counted(read_lines(files)), rate=rate, progress=progress, sending=way
            )

        produced = asyncio.run(run())
    for line in produced.unsendable:
        typer.echo(
            f"{line.file}:{line.number}: {len(line.value)} bytes are more than a topic takes, not sent", err=True
        )
    totals = {"sent": produced.records.total()} | dict(sorted(produced.records.items()))
    totals |= {"not_sent": len(produced.unsendable), "dead_letters_to_be": produced.rejected.total()}
    totals |= {f"reason {reason}": count for reason, count in sorted(produced.rejected.items())}
    print_totals("produced", totals, as_json=as_json)
    typer.echo("next: leadtide status --wait, or leadtide tail stage-changes", err=True)


def _size(file: str) -> int | None:
    """How many bytes to expect, None where that is not known beforehand (a pipe, a compressed file)."""
    path = Path(file)
    return path.stat().st_size if path.is_file() and not file.endswith(".gz") else None
