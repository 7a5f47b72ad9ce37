"""`re_engaged`: the lead does something again after a silence (contract: scoring.md, Interest signals)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.scoring.conditions import Selector
from pipeline.scoring.instants import text_of
from pipeline.scoring.model import ActivityRule, AttributeRule, BestOf, Rule
from pipeline.scoring.raised import Raised
from pipeline.scoring.scorer import OncePerScorer, Scorer
from pipeline.scoring.signals.moment import Moment

RE_ENGAGED = "re_engaged"


def re_engaged(moment: Moment) -> Raised | None:
    """An activity of this instant that counts for interest, so long after the one before."""
    silence, known = moment.model.interest.silence_ms, moment.known
    if silence is None:
        return None
    wanted, hits = _wanted_of(known.scorer), known.scorer.hits
    if not any(number in wanted for fact in known.at_instant() for number in hits(fact)):
        return None
    instant, is_active, before = moment.instant, False, -1
    for number in known.matched() & wanted.keys():
        for fact in reversed(known.eligible(wanted[number])):
            if fact.occurred_at < instant:
                before = max(before, fact.occurred_at)
                break
            is_active = True
    if not is_active or before < 0 or instant - before < silence:
        return None
    return Raised(RE_ENGAGED, details={"silence_since": text_of(before)})


def _wanted(scorer: Scorer) -> dict[int, Selector]:
    """The selectors of the implicit rules that pay no negative points, by number."""
    return {scorer.number(selector): selector for selector in _selectors(scorer.model.implicit.rules, 1.0)}


_wanted_of = OncePerScorer(_wanted)


def _selectors(rules: Iterable[Rule], weight: float) -> Iterator[Selector]:
    for rule in rules:
        if isinstance(rule, BestOf):
            yield from _selectors(rule.members, 1.0 if rule.weight is None else rule.weight)
        elif isinstance(rule, ActivityRule):
            points = rule.points
            if weight * (points.fixed if points.per is None else points.factor) >= 0:
                yield rule.selector
        elif not isinstance(rule, AttributeRule) and weight * rule.points >= 0:
            yield rule.frequency.selector
