"""Names of time zones."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pipeline.models.context import Context
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean

_OFFSET = re.compile(r"(?:Etc/)?(?:GMT|UTC?|Z)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE)
_PLACES = {
    "-10:00": "Pacific/Honolulu",
    "-09:00": "America/Anchorage",
    "-08:00": "America/Los_Angeles",
    "-07:00": "America/Denver",
    "-06:00": "America/Chicago",
    "-05:00": "America/New_York",
    "-04:00": "America/Halifax",
    "-03:30": "America/St_Johns",
    "-03:00": "America/Sao_Paulo",
    "+00:00": "UTC",
    "+01:00": "Europe/Berlin",
    "+02:00": "Europe/Helsinki",
    "+03:00": "Europe/Istanbul",
    "+03:30": "Asia/Tehran",
    "+04:00": "Asia/Dubai",
    "+04:30": "Asia/Kabul",
    "+05:00": "Asia/Karachi",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:00": "Asia/Dhaka",
    "+06:30": "Asia/Yangon",
    "+07:00": "Asia/Bangkok",
    "+08:00": "Asia/Shanghai",
    "+09:00": "Asia/Tokyo",
    "+09:30": "Australia/Adelaide",
    "+10:00": "Australia/Sydney",
    "+12:00": "Pacific/Auckland",
}
"""Offset from UTC, in winter where there is a summer time → a zone that many mean by it."""
_SHORT = {
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "CDT": ("America/Chicago", "America/Havana"),
    "EDT": ("America/New_York",),
    "MDT": ("America/Denver",),
    "PDT": ("America/Los_Angeles",),
    "CEST": ("Europe/Berlin",),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "HKT": ("Asia/Hong_Kong",),
    "SGT": ("Asia/Singapore",),
    "AEST": ("Australia/Sydney",),
}
"""Abbreviations that are no names of zones → the zones that are called so."""


def zone_name(name: str, path: Path, context: Context) -> str:
    """`name` if it names a zone of the IANA database; else a finding, and UTC."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        context.say(path, f"there is no time zone `{name}`", _remedy(name))
        return "UTC"
    return name


def _remedy(name: str) -> str:
    offset = _OFFSET.fullmatch(name.strip())
    if offset:
        return _of_offset(*offset.groups())
    meant = _SHORT.get(name.strip().upper(), ())
    if meant:
        names = " or ".join(f"`{zone}`" for zone in meant)
        return f"several zones are called so: write {names}" if len(meant) > 1 else f"write {names}"
    zones = sorted(available_timezones())
    by_city = [zone for zone in zones if zone.rpartition("/")[2].casefold() == name.casefold().replace(" ", "_")]
    if by_city:
        return f"did you mean `{by_city[0]}`?"
    return did_you_mean(name, zones, "write an IANA name such as `Asia/Shanghai`")


def _of_offset(sign: str, hours: str, minutes: str | None) -> str:
    """A place, or the name in `Etc/`, whose sign is the other way round than everybody's (POSIX: west is positive)."""
    sign = "+" if int(hours) == 0 and not int(minutes or 0) else sign
    offset = f"{sign}{int(hours):02}:{minutes or '00'}"
    place = _PLACES.get(offset)
    if place == "UTC":
        return "write `UTC`"
    turned = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    fixed = not int(minutes or 0) and turned in available_timezones()
    named = f"name a place with it, such as `{place}`" if place else "name a place with it, such as `Asia/Shanghai`"
    if place and fixed:
        return f"{named}, or write `{turned}` (in these names the sign is turned round: it is UTC{offset})"
    if fixed:
        return f"write `{turned}` (in these names the sign is turned round: it is UTC{offset}), or name a place"
    return named if place else "no zone has this offset: write an IANA name such as `Asia/Shanghai`"
