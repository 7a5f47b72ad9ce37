"""`leadtide status`: have the workers caught up?"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.helptext import described

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.clients.lag import Progress

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Say how far the workers are: what is still to be read, which worker has which partition, and since when
        it was last checkpointed.

        With --wait the exit code is 0 when everything is worked off (ticks and forwards included), 1 when the time
        is over before.""",
        "leadtide status",
        "leadtide produce events.ndjson && leadtide status --wait --timeout 60",
        "leadtide status --json | jq .lag",
        "leadtide status --json | jq '.workers[] | {id, partitions}'",
    )
)
def status(
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the workers have caught up.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds to wait at most.", min=0)] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say whether the workers have caught up."""
    from pipeline.clients import lag
    from pipeline.settings import load

    settings = load()
    found = asyncio.run(lag.wait_until_caught_up(settings, timeout) if wait else lag.progress(settings))
    if as_json:
        typer.echo(json.dumps(found.document()))
    else:
        _show(found)
    if not found.members and not found.caught_up:
        typer.echo("next: leadtide worker", err=True)
    if wait and not found.caught_up:
        typer.echo(f"not caught up after {timeout:g} s", err=True)
        raise typer.Exit(1)


def _show(found: Progress) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("topic", "committed", "end", "lag", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for topic in dict.fromkeys(lag.topic for lag in found.lags):
        lags = [lag for lag in found.lags if lag.topic == topic]
        sums = (sum(lag.committed or 0 for lag in lags), sum(lag.end for lag in lags), sum(lag.lag for lag in lags))
        table.add_row(topic, *(str(number) for number in sums))
    Console(highlight=False).print(table)
    readers = f"{found.members} worker{'s' if found.members > 1 else ''}, {found.group.state.lower()}"
    typer.echo(f"group {found.name}: {readers if found.members else 'no worker runs'}")
    Console(highlight=False).print(_assignment(found))
    if found.group.standing_by:
        typer.echo(f"{found.group.standing_by} without a partition stand by: there are more workers than partitions")
    undecided = f"deciding leads in {len(found.undecided)} partitions" if found.undecided else "caught up"
    typer.echo(f"behind by {found.lag} records" if found.lag else undecided)


def _assignment(found: Progress) -> Table:
    """Partition by partition: who has it, how far behind it is, its last checkpoint."""
    from rich.table import Table

    from pipeline.cli.instants import local_time

    table = Table("partition", "worker", "lag", "last checkpoint", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    owners = found.group.owners
    # The embedded broker does not tell who has what.
    unknown = "?" if any(worker.partitions is None for worker in found.group.workers) else "nobody"
    for partition in sorted({lag.partition for lag in found.lags}):
        written_at = found.checkpoints.get(partition)
        table.add_row(
            str(partition),
            owners[partition].name if partition in owners else unknown,
            str(sum(lag.lag for lag in found.lags if lag.partition == partition)),
            "" if written_at is None else local_time(written_at),
        )
    return table
