"""Where the time of a chunk goes, without a broker (`make bench-profile`): by the calls that a worker makes, by code.

Two passes over the same log: one with a stopwatch around the calls, one under cProfile, of which only the shares count
(its times are several times too long).
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
from collections import Counter
from itertools import islice
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from benchmarks import traffic
from benchmarks.engines import MODEL
from pipeline.codec import decode
from pipeline.engine.engine import Engine
from pipeline.events import Event
from pipeline.models import load_model

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=6_000, help="how many of the log's first 50,000 events")
    parser.add_argument("--chunk", type=int, default=500, help="events between two calls of `take`")
    parser.add_argument("--top", type=int, default=15, help="rows of each table")
    options = parser.parse_args()
    values = [record.value for record in islice(traffic.site(50_000), options.events)]
    console = Console(highlight=False, width=100)
    model = load_model(MODEL)
    console.print(_calls(_timed(Engine(model), values, options.chunk), len(values)))
    profile = cProfile.Profile()
    profile.runcall(_timed, Engine(model), values, options.chunk)
    for table in _profiled(profile, options.top):
        console.print(table)


def _timed(engine: Engine, values: list[bytes], chunk: int) -> Counter[str]:
    """Seconds by call, for a worker's way through the values."""
    seconds: Counter[str] = Counter()
    for start in range(0, len(values), chunk):
        began = perf_counter()
        events = [event for value in values[start : start + chunk] if isinstance(event := decode(value), Event)]
        decoded = perf_counter()
        for event in events:
            engine.apply(event)
        applied = perf_counter()
        engine.take()
        taken = perf_counter()
        seconds.update(decode=decoded - began, apply=applied - decoded, take=taken - applied)
    return seconds


def _calls(seconds: Counter[str], events: int) -> Table:
    shown = Table("call", "µs/event", "share", box=None)
    for name, spent in seconds.items():
        shown.add_row(name, f"{1e6 * spent / events:,.1f}", f"{spent / seconds.total():.0%}")
    return shown


def _profiled(profile: cProfile.Profile, top: int) -> tuple[Table, Table]:
    """Own time by file, and time with what is called by function."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for (file, _, function), (_, _, own_seconds, seconds, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file.startswith(str(ROOT / "pipeline")):
            name = str(Path(file).relative_to(ROOT))
            own[name] += own_seconds
            whole[f"{name} {function}"] += seconds
        else:
            own["(built in)" if file == "~" else f"({Path(file).stem})"] += own_seconds
    return _shares("own time in", own, own.total(), top), _shares(
        "time in, with what it calls", whole, own.total(), top
    )


def _shares(title: str, seconds: Counter[str], total: float, top: int) -> Table:
    shown = Table(title, "share", box=None)
    for name, spent in seconds.most_common(top):
        shown.add_row(name, f"{spent / total:.0%}")
    return shown


if __name__ == "__main__":
    main()
