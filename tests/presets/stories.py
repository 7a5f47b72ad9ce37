"""The presets' samples, what they are expected to come to, and what `leadtide replay` makes of them.

`expected/NAME.json` says for each person (the address, else the lead's id) the final stage, grade and scores, the stage
changes and the signals. It was reasoned out from the contract; `because` and `arithmetic` say how.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.testing import CliRunner

from pipeline import cli

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "models"
NAMES = tuple(sorted(path.stem for path in (HERE / "samples").glob("*.ndjson")))
CHANGE = ("seq", "from", "to", "direction", "cause", "occurred_at", "trigger_event_id")

Row = dict[str, Any]


def sample(name: str) -> Path:
    """The preset's sample events."""
    return HERE / "samples" / f"{name}.ndjson"


def expected(name: str) -> dict[str, Row]:
    """What the sample is expected to come to, by person."""
    story: dict[str, Row] = json.loads((HERE / "expected" / f"{name}.json").read_text())
    return story


def preset_text(name: str) -> str:
    """The preset's YAML."""
    return (files("pipeline.models") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")


def replay(model: str, events: Path, *options: str) -> dict[str, list[Row]]:
    """The rows of the files that `leadtide replay` writes, by file name without ending; `said` is what it printed."""
    with TemporaryDirectory() as folder:
        command = ["replay", "--model", model, *options, "--out", folder, str(events)]
        result = CliRunner().invoke(cli.app, command)
        assert result.exit_code == 0, result.output
        found = {path.stem: _rows(path) for path in Path(folder).glob("*.ndjson")}
    return found | {"said": [{"text": result.output.replace(folder, "result").strip()}]}


@cache
def outcome(name: str) -> dict[str, list[Row]]:
    """What replay makes of the preset's sample; run once."""
    return replay(f"preset:{name}", sample(name))


def people(rows: dict[str, list[Row]]) -> dict[str, str]:
    """Lead id → the address, or the id itself of who has none."""
    return {row["lead_id"]: row.get("email") or row["lead_id"] for row in rows["scores"]}


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()]
