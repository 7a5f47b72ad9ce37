"""`leadtide broker`: a broker on this machine for development and tests."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.brokers.kafka_jars import classpath
from pipeline.brokers.local import DEFAULT_PORT, Kind, open_broker
from pipeline.cli.helptext import described
from pipeline.errors import BrokerError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Run a broker on this machine, for development.",
)

_Kind = Annotated[Kind, typer.Option("--kind", help="embedded: a binary in memory; kafka: Apache Kafka (Java 17).")]
_Port = Annotated[int, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)]
_Directory = Annotated[
    Path | None, typer.Option("--dir", help="Where it keeps its files.", show_default=".leadtide/broker-KIND")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    **described(
        """Start a broker that goes on running, and print its address once it is ready.

        What a kafka broker stores lies in its directory and outlives a restart; the embedded one keeps nothing.""",
        "leadtide broker start",
        "leadtide broker start --kind kafka --port 9192",
    )
)
def start(
    kind: _Kind = "embedded", port: _Port = DEFAULT_PORT, directory: _Directory = None, as_json: _Json = False
) -> None:
    broker = open_broker(kind, port=port, directory=directory)
    before = broker.status().pid
    began = time.monotonic()
    if before is None:
        typer.echo(f"starting the {kind} broker …", err=True)
    address = broker.start()
    status = broker.status()
    typer.echo(json.dumps(asdict(status)) if as_json else address)
    typer.echo(
        f"ready after {time.monotonic() - began:.1f} s, log: {status.log}" if before is None else "it runs already",
        err=True,
    )
    prefix = "" if address.endswith(f":{DEFAULT_PORT}") else f"LEADTIDE_KAFKA__BOOTSTRAP_SERVERS={address} "
    typer.echo(f"next: {prefix}leadtide topics create", err=True)


@app.command(
    **described(
        "Say whether the broker runs and answers; exit code 4 if it does not.",
        "leadtide broker status --kind kafka --json",
    )
)
def status(kind: _Kind = "embedded", directory: _Directory = None, as_json: _Json = False) -> None:
    found = open_broker(kind, directory=directory).status()
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    elif found.pid is None:
        typer.echo(f"{kind}: not running")
    else:
        typer.echo(f"{kind}: {'ready' if found.ready else 'not answering'} on {found.bootstrap}, process {found.pid}")
        typer.echo(f"log: {found.log}", err=True)
    if found.pid is None:
        typer.echo(f"next: leadtide broker start --kind {kind}", err=True)
    if not found.ready:
        raise typer.Exit(BrokerError.exit_code)


@app.command(**described("Stop the broker.", "leadtide broker stop --kind kafka --wipe"))
def stop(
    kind: _Kind = "embedded",
    directory: _Directory = None,
    wipe: Annotated[bool, typer.Option("--wipe", help="Forget what it stored, too.")] = False,
    as_json: _Json = False,
) -> None:
    broker = open_broker(kind, directory=directory)
    stopped = broker.stop(wipe=wipe)
    if as_json:
        typer.echo(json.dumps(asdict(broker.status())))
    else:
        typer.echo(f"{kind}: {'stopped' if stopped else 'was not running'}")


@app.command(
    **described(
        "Fetch beforehand what the broker needs (Apache Kafka's jars), and print where it lies.",
        "leadtide broker fetch --kind kafka",
    )
)
def fetch(kind: _Kind = "kafka") -> None:
    typer.echo(classpath() if kind == "kafka" else "nothing to fetch: the embedded broker comes with its wheel")
