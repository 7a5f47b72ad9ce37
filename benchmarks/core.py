"""What scoring costs in memory: simulated events through one engine, by phases, in CPU seconds of this process.

    python -m benchmarks.core --events 20000 --checkpoint 4000 --model preset:standard-b2b

`decode`: bytes to events; `apply`: everything an event makes the engine do; `tick`: to the end of the last day;
`take`: what a checkpoint writes (score records, packed profiles). The same seed gives the same events, so that two
revisions can be compared; compare ratios on one machine, not seconds of two.
"""

from __future__ import annotations

import argparse
import gc
import time
from contextlib import suppress

from pipeline.codec import decode
from pipeline.engine.engine import Engine
from pipeline.engine.errors import Refused
from pipeline.events import Event
from pipeline.models import load_model
from pipeline.simulation import simulate


def main() -> None:
    """Run once and print a row for each phase."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", type=int, default=4_000, help="events between two checkpoints; 0: none")
    parser.add_argument("--model", default="preset:standard-b2b")
    asked = parser.parse_args()

    lines = [record.value for record in simulate(asked.seed, events=asked.events)]
    engine = Engine(load_model(asked.model), now_ms=lambda: 0)
    spent: dict[str, float] = {}
    gc.collect()

    began = time.process_time()
    events = [event for line in lines if isinstance(event := decode(line), Event)]
    spent["decode"] = time.process_time() - began
    events.sort(key=lambda event: (event.occurred_at, event.event_id))

    for name in ("apply", "tick", "take"):
        spent[name] = 0.0
    changes = 0
    for number, event in enumerate(events, 1):
        began = time.process_time()
        with suppress(Refused):
            engine.apply(event)
        spent["apply"] += time.process_time() - began
        if asked.checkpoint and number % asked.checkpoint == 0:
            began = time.process_time()
            changes += len(engine.take().stage_changes)
            spent["take"] += time.process_time() - began
    began = time.process_time()
    engine.tick(events[-1].occurred_at)
    spent["tick"] = time.process_time() - began
    began = time.process_time()
    changes += len(engine.take().stage_changes)
    spent["take"] += time.process_time() - began

    print(f"{len(events):,} events, {len(engine):,} subjects, {changes:,} stage changes")
    for name, seconds in [*spent.items(), ("all", sum(spent.values()))]:
        print(f"{name:8}{seconds:8.2f} s {1e6 * seconds / len(events):8.1f} µs/event {len(events) / seconds:10,.0f}/s")


if __name__ == "__main__":
    main()
