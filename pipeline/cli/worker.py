"""`leadtide worker`."""

from __future__ import annotations

import typer

from pipeline.cli.helptext import described

app = typer.Typer()


@app.command(
    **described(
        """Score: read the input topics, write scores, stage changes and signals.

        Runs until SIGTERM or Ctrl-C, then writes a last checkpoint and leaves. Start as many as there are partitions
        at most. The broker, the model, the clock and delivery are LEADTIDE_ variables (.env.reference).""",
        "leadtide broker start && leadtide topics create && leadtide worker",
        "LEADTIDE_MODEL=my-model.yaml leadtide worker",
        "LEADTIDE_CLOCK=stream leadtide worker          # back-fill: time is the events' own",
    )
)
def worker() -> None:
    """Run a worker."""
    import os
    from importlib import import_module

    from pipeline.bootstrap import run_worker

    # The agents sit on top of the pipeline, which knows them by name only.
    agents = import_module("agents.app")
    # For the tests that kill a worker at a named point (pipeline/streaming/failpoints.py).
    run_worker(agents.app, failpoint=os.environ.get("LEADTIDE_FAILPOINT"))
