"""What the model wants said of a lead's interest: the section `signals`."""

from __future__ import annotations

from typing import Any

from pipeline.models.context import Context
from pipeline.models.findings import Path
from pipeline.scoring.model import Interest, Surge

_USUAL_MS = {"horizon": 2 * 86_400_000, "silence": 30 * 86_400_000}


def interest(data: dict[str, Any], context: Context) -> Interest:
    """Each signal that is named is on, with the usual figures for what is not said; the trend always is."""
    surge = None
    if "surge" in data:
        said = data["surge"] or {}
        window = context.duration_of(said, "window", ("signals", "surge"))
        usual = Surge()
        surge = Surge(
            window or usual.window_ms, _number(said, "factor", usual.factor), _number(said, "floor", usual.floor)
        )
    trend = data.get("trend") or {}
    everyday = Interest()
    return Interest(
        surge=surge,
        cooling_ms=_span(data, "cooling", "horizon", context),
        silence_ms=_span(data, "re_engaged", "silence", context),
        trend_ms=context.duration_of(trend, "window", ("signals", "trend")) or everyday.trend_ms,
        trend_band=_number(trend, "band", everyday.trend_band),
    )


def _span(data: dict[str, Any], signal: str, key: str, context: Context) -> int | None:
    if signal not in data:
        return None
    path: Path = ("signals", signal)
    return context.duration_of(data[signal] or {}, key, path) or _USUAL_MS[key]


def _number(data: dict[str, Any], key: str, usual: float) -> float:
    return float(data.get(key, usual))
