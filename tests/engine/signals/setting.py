"""Leads about which there is something to tell, and what was told."""

from __future__ import annotations

from tests.engine.driving import SITE, go
from tests.scoring.making import doc

T = 1_760_000_000_000
FADING = {**SITE, "decay": {"half_life": "10d"}}
WARM = go("visitor", "lead", {"implicit": {"at_least": 20}}, leave={"implicit": {"at_least": 10}}, id="warm")
WON = go(["visitor", "lead"], "won", {"action": "crm.opportunity_won"}, id="won")
PRODUCT = {
    "implicit": {"rules": [{"id": "b", "on": "web.page_viewed", "points": 10, "decay": {"window": "1d"}}]},
    "signal": {"cross_sell": {"at_least": 20, "stages": ["won"]}},
}


def views(prefix, first, count, *, every=1_000, **more):
    return [doc(f"{prefix}{n}", "web.page_viewed", first + n * every, **more) for n in range(count)]


def raised(drive, *names):
    """Name, instant and details of the signals of these names."""
    return [(s["signal"], s["occurred_at"], s["details"]) for s in drive.signals if not names or s["signal"] in names]


def told_of(drive, name):
    return [s["occurred_at"] for s in drive.signals if s["signal"] == name]


def claim(name, instant, owner, lead="L1", **more):
    return doc(name, "crm.claimed", instant, lead_id=lead, owner=owner, **more)


NURSED = {"nurture": {"track": "win-back", "title": {"en": "Win back", "zh-CN": "再次赢回"}}}
