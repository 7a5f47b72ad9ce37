"""Names of time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pipeline.models.context import Context
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean


def zone_name(name: str, path: Path, context: Context) -> str:
    """`name` if it names a zone of the IANA database; else a finding, and UTC."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        context.say(path, f"there is no time zone `{name}`", _remedy(name))
        return "UTC"
    return name


def _remedy(name: str) -> str:
    zones = sorted(available_timezones())
    by_city = [zone for zone in zones if zone.rpartition("/")[2].casefold() == name.casefold().replace(" ", "_")]
    if by_city:
        return f"did you mean `{by_city[0]}`?"
    return did_you_mean(name, zones, "write an IANA name such as `Asia/Shanghai`")
