"""`claim_conflict`: somebody claims a lead that has an owner, which changes nothing: the first claim stays."""

from __future__ import annotations

from pipeline.scoring.raised import Raised
from pipeline.scoring.signals.moment import Moment

CLAIM_CONFLICT = "claim_conflict"


def claim_conflicts(moment: Moment) -> list[Raised]:
    """One for each claim by another than the owner, also where a late claim turns out to be the first."""
    claims = moment.known.claims
    if len(claims) < 2:
        return []
    owner, found = str(claims[0].fields["@owner"]), []
    for claim in claims[1:]:
        claimed_by, key = str(claim.fields["@owner"]), f"{CLAIM_CONFLICT}:{claim.event_id}"
        if claimed_by != owner and key not in moment.said:
            moment.said[key] = moment.instant
            details = {"owner": owner, "claimed_by": claimed_by, "event_id": claim.event_id}
            found.append(Raised(CLAIM_CONFLICT, claim.event_id, details))
    return found
