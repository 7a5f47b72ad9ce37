"""Working hours that run through the night for more than half a day: start and end are most likely exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "night-shift"
ABOUT = "hours through the night for more than half a day"

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_DAY_MINUTES = 1440


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such span of a calendar; a shift of 22:00-06:00 is none."""
    del model
    for name, calendar in (context.data.get("calendars") or {}).items():
        hours = (calendar or {}).get("hours", [])
        for index, text in enumerate(hours if isinstance(hours, list) else [hours]):
            found = _HOURS.fullmatch(text)
            hour, minute, end_hour, end_minute = map(int, found.groups()) if found else (0, 0, 0, 0)
            start, end = hour * 60 + minute, end_hour * 60 + end_minute
            if start > end and _DAY_MINUTES - start + end > _DAY_MINUTES // 2:
                path = ("calendars", name, "hours", *([index] if isinstance(hours, list) else []))
                first, _, last = text.partition("-")
                length = f"{(_DAY_MINUTES - start + end) / 60:g}"
                message = f"`{text}` is a night shift of {length} hours: it ends on the next day"
                yield context.finding(CODE, path, message, f"for the hours of the day write `'{last}-{first}'`")
