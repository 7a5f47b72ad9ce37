"""How many output records a second a projector applies: `python -m benchmarks.projection [RECORDS]`.

A log in memory and a real Redis-compatible server, so that neither broker nor network is measured: decoding, documents,
rankings, names and commits are.
"""

from __future__ import annotations

import asyncio
import sys
import time

from pipeline import stores
from pipeline.settings import RedisSettings, Settings
from tests.sinks.read_model.driving import project
from tests.sinks.read_model.worlds import Memory, World, change, own_aliases, score

LEADS = 10_000


def world(records: int) -> World:
    """Ten thousand leads; of seven records six are scores, one is a stage change."""
    made = World()
    for number in range(records):
        lead = f"lead-{number % LEADS}"
        if number % 7 == 6:
            made.changed(change(lead, 1 + number // LEADS))
        else:
            email = f"{lead}@acme.example"
            stage = ("lead", "mql", "sql")[number // LEADS % 3]
            made.scored(
                lead, score(lead, stage=stage, total=float(number % 97), email=email, aliases=own_aliases(email))
            )
    return made


def main() -> None:
    """Measure once."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    made = world(records)
    with stores.running() as url:
        settings = Settings(redis=RedisSettings(url=url))
        began, cpu = time.perf_counter(), time.process_time()
        asyncio.run(project(settings, Memory(made)))
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"{records / seconds:,.0f} records/s, {used / records * 1e6:.0f} µs of CPU a record")


if __name__ == "__main__":
    main()
