"""`trend`: which way a lead's interest goes (contract: scoring.md, Interest signals). A field of scores, no signal."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.scoring.activity import Activity
from pipeline.scoring.known import Known
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.scorer import OncePerScorer, Scorer


def trend(outlook: Outlook) -> str:
    """`improving`, `steady` or `declining`: the implicit score against what it was a window before.

    It is steady within a band, a share of the score's absolute value. What it was is what was known then: the facts of
    that instant and earlier ones, with the marks and consents that these say.
    """
    interest = outlook.model.interest
    score = outlook.implicit(outlook.now).low
    change = score - _implicit_at(outlook, outlook.known.instant - interest.trend_ms)
    if abs(change) <= interest.trend_band * abs(score):
        return "steady"
    return "improving" if change > 0 else "declining"


def _implicit_at(outlook: Outlook, instant: int) -> float:
    known = outlook.known
    count = bisect_right(known.facts, instant, key=_instant)
    if not count:
        return _of_nobody(known.scorer)
    facts = {fact.event_id: fact for fact in known.facts[:count]}
    then = Outlook(Known(known.scorer, known.subject, facts, instant))
    return then.implicit(then.now).low


def _implicit_of_nobody(scorer: Scorer) -> float:
    nobody = Outlook(Known(scorer, "", {}, 0))
    return nobody.implicit(nobody.now).low


_of_nobody = OncePerScorer(_implicit_of_nobody)


def _instant(fact: Activity) -> int:
    return fact.occurred_at
