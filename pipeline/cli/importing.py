"""`leadtide import`: make events of other data."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from pipeline.cli.helptext import described
from pipeline.errors import InputError

if TYPE_CHECKING:
    from datetime import tzinfo

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="Make events of other data.")

_SHOWN = 10


@app.callback()
def _group() -> None:
    """Make events of other data."""


@app.command(
    "access-log",
    **described(
        """Make page views of a web server's access log (combined format, plain or gzip).

        A page is a successful GET (2xx or 304) of a document; everything else is counted and left out.
        A visitor is an address together with a user agent.""",
        "leadtide import access-log access.log.gz --out visits.ndjson",
        "zcat access.log.*.gz | leadtide import access-log - | leadtide produce -",
    ),
)
def access_log(
    file: Annotated[str, typer.Argument(help="The log; - reads standard input.")],
    out: Annotated[str, typer.Option("--out", help="Where the events go; - is standard output.")] = "-",
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Where times without an offset are read, such as Asia/Shanghai.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Totals as JSON (on stderr where the events are on stdout).")
    ] = False,
) -> None:
    """Make page views of a web server's access log."""
    from pipeline.codec import encode
    from pipeline.events import Event
    from pipeline.importers.access_log import Skip, page_views
    from pipeline.ndjson import read_lines

    counts = Counter({"pages": 0} | {reason.value: 0 for reason in Skip})
    visitors: set[str | None] = set()
    with _writable(out) as sink:
        for result in page_views(read_lines([file]), _zone(timezone)):
            if isinstance(result, Event):
                counts["pages"] += 1
                visitors.add(result.visitor_id)
                sink.write(encode(result) + b"\n")
            else:
                counts[result.reason.value] += 1
                if result.reason is Skip.MALFORMED and counts[Skip.MALFORMED.value] <= _SHOWN:
                    typer.echo(f"{result.line.file}:{result.line.number}: {result.message}", err=True)
    totals = {"lines": counts.total(), **counts, "visitors": len(visitors)}
    to_stderr = out == "-"
    if as_json:
        typer.echo(json.dumps(totals), err=to_stderr)
        return
    from pipeline.cli.display import print_counts

    print_counts("access log", totals)
    if not to_stderr:
        typer.echo(f"next: leadtide replay --out scores {out}", err=True)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{name!r} is no time zone: use a name such as Asia/Shanghai or UTC") from error


def _writable(out: str) -> AbstractContextManager[IO[bytes]]:
    if out == "-":
        return nullcontext(sys.stdout.buffer)
    try:
        return Path(out).open("wb")
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}") from error
