"""What an idle worker costs: CPU seconds a minute with few and with many leads (`make bench-idle`).

Leads are real ones: each has sent a form, so each has an instant at which it will change by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from pipeline import brokers

LEADTIDE = (sys.executable, "-m", "pipeline.cli")
SETTLE_SECONDS = 10


def main() -> None:
    """Measure and print one JSON row for each population."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[100, 100_000])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kind", choices=("embedded", "kafka"), default="kafka")
    options = parser.parse_args()
    with brokers.running(options.kind) as bootstrap, tempfile.TemporaryDirectory() as folder:
        for leads in options.leads:
            print(json.dumps(measure(bootstrap, leads, options.seconds, Path(folder))), flush=True)


def measure(bootstrap: str, leads: int, seconds: float, folder: Path) -> dict[str, float]:
    """CPU seconds that a worker uses while nothing happens."""
    environment = os.environ | {
        "LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
        "LEADTIDE_KAFKA__TOPIC_PREFIX": f"idle-{leads}.",
        "LEADTIDE_CLOCK": "live",
    }
    events = folder / f"{leads}.ndjson"
    events.write_text("".join(_events(leads)))

    def run(*arguments: str) -> None:
        subprocess.run([*LEADTIDE, *arguments], env=environment, check=True, stdout=sys.stderr)

    run("topics", "create")
    run("produce", str(events))
    with (folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen([*LEADTIDE, "worker"], env=environment, stdout=log, stderr=log)
    try:
        run("status", "--wait", "--timeout", "3000")
        time.sleep(SETTLE_SECONDS)
        process = psutil.Process(worker.pid)
        before = process.cpu_times()
        time.sleep(seconds)
        after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        return {
            "leads": leads,
            "seconds": seconds,
            "cpu_seconds": round(used, 3),
            "rss_mib": process.memory_info().rss >> 20,
        }
    finally:
        worker.terminate()
        worker.wait(30)


def _events(leads: int) -> list[str]:
    lines = []
    start = datetime.now(UTC) - timedelta(hours=1)
    for number in range(leads):
        at = (start + timedelta(milliseconds=number * 10)).isoformat(timespec="milliseconds")
        form = {"form_id": "idle", "form_type": "whitepaper", "job_title": "CTO", "employees": 500}
        event = {
            "event_id": f"idle-{number}",
            "type": "form.submitted",
            "occurred_at": at,
            "lead_id": f"lead-{number}",
            "properties": form,
        }
        lines.append(json.dumps(event) + "\n")
    return lines


if __name__ == "__main__":
    main()
