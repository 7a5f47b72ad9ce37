"""What was measured, as rows: one an engine and job, with a list over the rounds."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.measuring import Measurement


@dataclass
class Row:
    """One engine on one job; `format` is that of the events."""

    engine: str
    job: str
    delivery: str
    format: str
    events_per_s: list[float] = field(default_factory=list)
    cpu_us_per_event: list[float] = field(default_factory=list)

    def add(self, measured: Measurement) -> None:
        """One more round."""
        self.events_per_s.append(round(measured.events_per_s, 1))
        self.cpu_us_per_event.append(round(measured.cpu_us_per_event, 2))


def write(path: Path, rows: list[Row], **about: Any) -> None:
    """The rows with when and where they were measured."""
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    document = {"measured_at": at, "machine": machine, **about, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(document, indent=2) + "\n")


def table(rows: list[Row]) -> Table:
    """Medians, and how many times as fast as each the first engine of the job is."""
    shown = Table(
        "job", "engine", "delivery", "events/s", "CPU µs/event", "ours is faster", "ours needs less", box=None
    )
    for column in shown.columns[3:]:
        column.justify = "right"
    for row in rows:
        ours = next(other for other in rows if other.job == row.job)
        is_ours = ours is row
        shown.add_row(
            row.job,
            row.engine,
            row.delivery,
            f"{median(row.events_per_s):,.0f}",
            f"{median(row.cpu_us_per_event):,.1f}",
            "" if is_ours else f"{median(ours.events_per_s) / median(row.events_per_s):.1f}×",
            "" if is_ours else f"{median(row.cpu_us_per_event) / median(ours.cpu_us_per_event):.1f}×",
        )
    return shown
