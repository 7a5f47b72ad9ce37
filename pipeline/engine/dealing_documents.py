"""A lead's dealings and touches as JSON-ready documents, for explanations."""

from __future__ import annotations

from typing import Any

from pipeline.codec.instants import format_instant
from pipeline.scoring.dealings import COST, PAID, QUOTED, WON, Touch, dealings_of, touches_of
from pipeline.scoring.known import Known

Document = dict[str, Any]


def dealings(known: Known) -> Document:
    """Money, reasons and touches of a lead as of the instant."""
    found = dealings_of(known.facts)
    first, last = touches_of(known.facts)
    return {
        "dealings": {
            **{kind: found.sums.get(kind, {}) for kind in (QUOTED, WON, PAID, COST)},
            "cost_by_campaign": found.by_campaign,
            "final_payment": found.is_final,
            "unreadable_amounts": found.unreadable,
            "reasons": [
                {
                    "type": reason.type,
                    "reason": reason.reason,
                    "occurred_at": format_instant(reason.instant),
                    "event_id": reason.event_id,
                }
                for reason in found.reasons
            ],
        },
        "touches": {"first": _touch(first), "last": _touch(last)},
    }


def _touch(touch: Touch | None) -> Document | None:
    if touch is None:
        return None
    return {
        "source": touch.source,
        "campaign": touch.campaign,
        "occurred_at": format_instant(touch.instant),
        "event_id": touch.event_id,
    }
