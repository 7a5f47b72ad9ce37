"""All signals of one decision."""

from __future__ import annotations

from pipeline.scoring.raised import Raised
from pipeline.scoring.signals.claims import claim_conflicts
from pipeline.scoring.signals.cooling import cooling
from pipeline.scoring.signals.moment import Moment
from pipeline.scoring.signals.nurture import nurture
from pipeline.scoring.signals.offers import offers
from pipeline.scoring.signals.re_engaged import re_engaged
from pipeline.scoring.signals.surge import surge

_HERE = "@"
"""Begins what is remembered of one instant only."""


def watch(moment: Moment) -> list[Raised]:
    """The signals that the lead raises now, none of them twice at one instant however often that is decided."""
    said, instant = moment.said, moment.instant
    if said:
        for key in [key for key, at in said.items() if key.startswith(_HERE) and at != instant]:
            del said[key]
    found = [raised for signal in (surge, re_engaged, cooling, nurture) if (raised := signal(moment)) is not None]
    found += claim_conflicts(moment)
    found += offers(moment)
    fresh = []
    for raised in found:
        key = f"{_HERE}{raised.name}:{raised.key}"
        if key not in said:
            said[key] = instant
            fresh.append(raised)
    return fresh
