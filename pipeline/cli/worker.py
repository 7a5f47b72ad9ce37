"""`leadtide worker`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich", add_completion=False)


@app.command(
    **described(
        """Score: read the input topics, write scores, stage changes and signals.

        Runs until SIGTERM or Ctrl-C, then writes a last checkpoint and leaves. Start as many as there are partitions
        at most. The broker, the model, the clock and delivery are LEADTIDE_ variables (.env.reference).""",
        "leadtide broker start && leadtide topics create && leadtide worker",
        "LEADTIDE_MODEL=my-model.yaml leadtide worker",
        "LEADTIDE_REGISTRY__URL=http://127.0.0.1:8081 leadtide worker        # Avro in Confluent's framing",
        "LEADTIDE_CLOCK=stream leadtide worker --announce-from 2026-03-01   # back-fill",
    )
)
def worker(
    *,
    announce_from: Annotated[
        str | None,
        typer.Option("--announce-from", help="Transitions before this instant are marked as history (back-fills)."),
    ] = None,
    json_outputs: Annotated[
        bool, typer.Option("--json-outputs", help="Write stage changes, scores and signals as JSON, not as Avro.")
    ] = False,
) -> None:
    """Run a worker."""
    import os
    from importlib import import_module

    from pipeline.bootstrap import run_worker
    from pipeline.cli.instants import instant
    from pipeline.codec.instants import format_instant

    if announce_from is not None:
        # The app reads its settings when it is imported, from one place.
        os.environ["LEADTIDE_ANNOUNCE_FROM"] = format_instant(instant(announce_from))
    if json_outputs:
        os.environ["LEADTIDE_JSON_OUTPUTS"] = "true"
    # The agents sit on top of the pipeline, which knows them by name only.
    agents = import_module("agents.app")
    # For the tests that kill a worker at a named point (pipeline/streaming/failpoints.py).
    run_worker(agents.app, failpoint=os.environ.get("LEADTIDE_FAILPOINT"))
