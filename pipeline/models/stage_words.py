"""SLAs, approvals, nurture programs, calendars, signals and offers of a model file in words, for people."""

from __future__ import annotations

from typing import Any

from pipeline.models import words


def sla(data: Any) -> str:
    """How fast sales must act, what satisfies it, and who is told otherwise."""
    text = f"{_within(data)}" + (f", until {words.listed(data['until'])}" if "until" in data else "")
    return text + _told(data)


def approvals(data: Any) -> str:
    """The steps in their order, each with its deadline."""
    steps = (step["step"] + (f" ({_within(step)}{_told(step)})" if "within" in step else "") for step in data or ())
    return ", then ".join(steps)


def nurture(data: Any) -> str:
    """The program of a stage."""
    return str(data["track"] if isinstance(data, dict) else data)


def calendar(data: Any) -> str:
    """When people work."""
    asked = data or {}
    parts = [words.listed(asked[key]) for key in ("days", "hours") if key in asked]
    parts += [asked["timezone"]] if "timezone" in asked else []
    if asked.get("holidays"):
        parts.append(f"without {words.listed(asked['holidays'])}")
    return ", ".join(parts) or "as usual"


def signal(data: Any) -> str:
    """The figures of an interest signal."""
    return ", ".join(f"{key} {words.value(value)}" for key, value in (data or {}).items()) or "as usual"


def offer(data: Any) -> str:
    """When a named score offers something."""
    where = f", in {words.listed(data['stages'])}" if data.get("stages") else ""
    return f"total ≥ {data['at_least']:g}{where}"


def _within(data: Any) -> str:
    return f"within {data['within']}" + (f" of {data['calendar']}" if "calendar" in data else "")


def _told(data: Any) -> str:
    return f", else {data['escalate']} is told" if "escalate" in data else ""
