"""`leadtide import`: make events of other data."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from pipeline.cli.files import writable
from pipeline.cli.helptext import described

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help="Make events of other data."
)

_SHOWN = 10


@app.callback()
def _group() -> None:
    """Make events of other data."""


@app.command(
    "access-log",
    **described(
        """Make page views of a web server's access log (combined format, plain or gzip).

        A page is a successful GET (2xx or 304) of a document; everything else is counted and left out.
        A visitor is an address together with a user agent. Lines up to ten minutes late are put in order.""",
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
    from pipeline.cli.display import print_totals
    from pipeline.cli.instants import zone
    from pipeline.codec import encode
    from pipeline.errors import InputError
    from pipeline.events import Event
    from pipeline.importers.access_log import Skip, in_time_order, page_views
    from pipeline.ndjson import read_lines

    counts = Counter({"pages": 0} | {reason.value: 0 for reason in Skip})
    visitors: set[str | None] = set()
    views = page_views(read_lines([file]), zone(timezone) if timezone else None)
    with writable(out) as sink:
        for result in in_time_order(views):
            if isinstance(result, Event):
                counts["pages"] += 1
                visitors.add(result.visitor_id)
                sink.write(encode(result) + b"\n")
            else:
                counts[result.reason.value] += 1
                if result.reason is Skip.MALFORMED and counts[Skip.MALFORMED.value] <= _SHOWN:
                    typer.echo(f"{result.line.file}:{result.line.number}: {result.message}", err=True)
    if counts.total() and counts[Skip.MALFORMED.value] == counts.total():
        raise InputError(f"{file}: no line of it is one of the combined log format; is it another file?")
    totals = {"lines": counts.total(), **counts, "visitors": len(visitors)}
    print_totals("access log", totals, as_json=as_json, to_stderr=out == "-")
    if out != "-":
        typer.echo(f"next: leadtide replay --out scores {out}", err=True)
