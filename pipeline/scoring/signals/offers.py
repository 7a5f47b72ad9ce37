"""`cross_sell` and `up_sell`: a named score is high enough in the right stage (contract: scoring.md, `scores`)."""

from __future__ import annotations

from pipeline.scoring.known import Known
from pipeline.scoring.model import NamedScore, Offer
from pipeline.scoring.named import Named
from pipeline.scoring.raised import Raised
from pipeline.scoring.search import first_true
from pipeline.scoring.signals.moment import Moment
from pipeline.scoring.signals.permission import may_be_sent
from pipeline.scoring.span import Span, Truth, negated, reaches


def offers(moment: Moment) -> list[Raised]:
    """Each offer once it is due and permitted; again only after it was not due at some instant in between."""
    found = []
    for score in moment.model.scores:
        for offer in score.offers:
            raised = _offer(moment, score, offer)
            if raised is not None:
                found.append(raised)
    return found


def _offer(moment: Moment, score: NamedScore, offer: Offer) -> Raised | None:
    said, instant, key = moment.said, moment.instant, f"{offer.signal}:{score.name}"
    is_here = not offer.stages or moment.standing.stage in offer.stages
    named = moment.outlook.named(score) if is_here else None
    if named is None or not _reached(named, offer, Span(instant, instant)):
        said.pop(key, None)
        return None
    since = said.get(key)
    if since is not None and (moment.is_new_model or not _was_false(moment.known, score, offer, since)):
        said[key] = instant
        return None
    said.pop(key, None)
    if not may_be_sent(moment.known):
        return None
    said[key] = instant
    return Raised(offer.signal, score.name, {"score": score.name, "total": named.total(Span(instant, instant)).low})


def _reached(named: Named, offer: Offer, span: Span) -> Truth:
    near = reaches(named.near(span), offer.at_least)
    return reaches(named.total(span), offer.at_least) if near is None else near


def _was_false(known: Known, score: NamedScore, offer: Offer, since: int) -> bool:
    """Whether the score fell below the threshold after `since` and before now, on the facts known then."""
    if known.instant - since < 2:
        return False
    facts = {fact.event_id: fact for fact in known.facts if fact.occurred_at <= since}
    named = Named(score, Known(known.scorer, known.subject, facts, since))

    def is_below(span: Span) -> Truth:
        return negated(_reached(named, offer, span))

    return first_true(is_below, Span(since + 1, known.instant - 1)) is not None
