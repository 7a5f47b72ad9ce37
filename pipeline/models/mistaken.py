"""What is named as a model and is none: a preset without `preset:`, a file of events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath

from pipeline.models.findings import Finding
from pipeline.models.hints import near


def preset_meant(ref: str, presets: Iterable[str]) -> str | None:
    """The preset that somebody meant who named a file that is not there, or None."""
    name = PurePath(ref).name.removesuffix(".yaml").removesuffix(".yml")
    return near(name, presets)


def events_instead(head: str, name: str) -> Finding | None:
    """A finding if the text begins as a file of events does (NDJSON); `head`: its first lines at least."""
    line = next((line for line in head.splitlines() if line.strip()), "")
    try:
        first = json.loads(line) if line.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(first, dict) or "type" not in first or not {"event_id", "occurred_at"} & set(first):
        return None
    return Finding(1, 1, "this looks like a file of events, not like a model", "name a model's file here", name)
