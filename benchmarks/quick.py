"""One worker of ours beside idiomatic Faust on the same log, in under three minutes (`make bench-quick`)."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from benchmarks import traffic
from benchmarks.engines import ENGINES, MODEL, Broker, Job, delivery, ground
from benchmarks.measuring import Measurement
from benchmarks.rows import Row, table, write
from pipeline import brokers
from pipeline.errors import BrokerError

RESULTS = Path(__file__).with_name("results-quick.json")


def main() -> None:
    """Measure, print the medians, write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, help="events of each log (default: 50,000 and 300,000)")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8, help="how long an engine is measured at most")
    parser.add_argument("--kind", choices=brokers.KINDS, default="kafka")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    jobs = [
        Job("full", traffic.site, options.events or 50_000, ("pipeline.cli", "worker")),
        Job("sum", traffic.points, options.events or 300_000, ("benchmarks.sum_worker",)),
    ]
    with ExitStack() as stack:
        broker = _broker(stack, options.kind)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = _rounds(jobs, broker, directory, options.rounds, options.seconds)
    print(f"medians of {options.rounds} rounds on the {broker.kind} broker; one worker, one partition, {MODEL}")
    Console(highlight=False, width=110).print(table(found))
    events = {job.name: job.events for job in jobs}
    write(options.out, found, broker=broker.kind, model=MODEL, events=events, seconds=options.seconds)
    print(f"rows: {options.out}", file=sys.stderr)


def _broker(stack: ExitStack, kind: brokers.Kind) -> Broker:
    """A broker. Without Java or Maven the embedded one stands in for Kafka."""
    try:
        return Broker(kind, stack.enter_context(brokers.running(kind)))
    except BrokerError as error:
        if kind == "embedded":
            raise
        print(f"{error}\nGoing on with the embedded broker: at least once, and its own speed counts", file=sys.stderr)
        return Broker("embedded", stack.enter_context(brokers.running("embedded")))


def _rounds(jobs: list[Job], broker: Broker, directory: Path, rounds: int, seconds: float) -> list[Row]:
    """Every engine on every job, round by round, so that what else the machine does meets all alike."""
    found: dict[tuple[str, str], Row] = {}
    for number in range(rounds):
        for job in jobs:
            here = ground(job, broker, directory, number, seconds)
            for engine, run in ENGINES.items():
                row = found.setdefault((job.name, engine), Row(engine, job.name, delivery(engine, broker), "json"))
                measured = run(here)
                row.add(measured)
                _say(number, row, measured)
    return list(found.values())


def _say(number: int, row: Row, measured: Measurement) -> None:
    print(
        f"round {number + 1}, {row.job}, {row.engine}: {measured.events_per_s:,.0f} events/s, "
        f"{measured.cpu_us_per_event:,.1f} µs of CPU an event ({measured.events:,} events)",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
