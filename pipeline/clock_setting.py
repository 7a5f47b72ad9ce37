"""The text of the setting LEADTIDE_CLOCK, taken apart."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

_SCALED = re.compile(r"scaled:(?P<factor>\d+(?:\.\d+)?)(?:@(?P<origin>.+))?")


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """Where time comes from.

    `live`: the wall clock. `stream`: the latest event time applied. `scaled`: `factor` times faster than the wall
    clock, from `origin` on (None: from the start of the process).
    """

    kind: Literal["live", "stream", "scaled"]
    factor: float = 1.0
    origin: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `live`, `stream`, `scaled:N` or `scaled:N@INSTANT` (ISO-8601 with offset). Raises ValueError."""
        if text in ("live", "stream"):
            return cls("live" if text == "live" else "stream")
        found = _SCALED.fullmatch(text)
        if found is None or float(found["factor"]) <= 0:
            message = f"{text!r} is none of live, stream, scaled:N, scaled:N@INSTANT (N above 0)"
            raise ValueError(message)
        origin = datetime.fromisoformat(found["origin"]) if found["origin"] else None
        if origin is not None and origin.tzinfo is None:
            message = f"the instant in {text!r} needs an offset, for example 2026-01-01T00:00:00Z"
            raise ValueError(message)
        return cls("scaled", float(found["factor"]), origin)
