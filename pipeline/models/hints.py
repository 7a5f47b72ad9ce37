"""Guesses at what was meant: near words, other tools' words, and the types of events."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

ALIASES = {
    "type": "on",
    "types": "on",
    "event": "on",
    "events": "on",
    "true": "on",
    "On": "on",
    "ON": "on",
    "if": "when",
    "where": "when",
    "condition": "when",
    "conditions": "when",
    "filter": "when",
    "score": "points",
    "value": "points",
    "point": "points",
    "name": "id",
    "key": "id",
    "label": "title",
    "titles": "title",
    "description": "title",
    "equal": "equals",
    "eq": "equals",
    "is": "equals",
    "==": "equals",
    "ne": "not",
    "!=": "not",
    "gte": "at_least",
    ">=": "at_least",
    "min_value": "at_least",
    "gt": "at_least",
    ">": "at_least",
    "greater_than": "at_least",
    "lte": "at_most",
    "<=": "at_most",
    "lt": "at_most",
    "<": "at_most",
    "less_than": "at_most",
    "regex": "matches",
    "match": "matches",
    "pattern": "matches",
    "like": "glob",
    "starts_with": "glob",
    "ends_with": "glob",
    "includes": "contains",
    "one_of": "in",
    "any_of": "any",
    "all_of": "all",
    "and": "all",
    "or": "any",
    "none": "not",
    "start": "entry",
    "initial": "entry",
    "states": "stages",
    "source": "from",
    "target": "to",
    "sources": "from",
    "guard": "when",
    "until": "leave",
    "exit": "leave",
    "halflife": "half_life",
    "half-life": "half_life",
    "cap": "max",
    "maximum": "max",
    "minimum": "min",
    "per_day": "per",
    "window": "within",
    "tz": "timezone",
    "zone": "timezone",
    "weight": "weights",
    "rule": "rules",
    "group": "groups",
    "regexp": "matches",
    "cool_down": "cooldown",
    "requires": "approvals",
    "times": "count",
}
"""What other tools call a key → what it is called here (used only where that key is allowed)."""

EVENT_TYPES = tuple(
    f"{kind}.{name}"
    for kind, names in {
        "web": "page_viewed visit_started content_downloaded video_watched tool_used page_pinged link_clicked searched "
        "chat_started",
        "form": "submitted failed imported",
        "email": "delivered opened clicked replied bounced complained subscribed unsubscribed",
        "crm": "accepted rejected claimed contacted meeting_booked returned disqualified approved declined "
        "bant_updated opportunity_opened quote_sent opportunity_won opportunity_lost contract_signed "
        "payment_received cost_booked referral_made attribute_set stage_set merged unmerged consent_changed erased",
    }.items()
    for name in names.split()
)
"""The types of the event contract; a model may name others."""


def near(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be, or None."""
    choices = list(known)
    by_fold = {choice.casefold(): choice for choice in choices}
    alias = ALIASES.get(word)
    if alias in choices:
        return alias
    tidy = word.casefold().replace("-", "_").replace(" ", "_")
    if tidy in by_fold:
        return by_fold[tidy]
    found = get_close_matches(tidy, by_fold, n=1, cutoff=0.7)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """'did you mean `x`?', or else the known words, or `otherwise`."""
    choices = list(known)
    guess = near(word, choices)
    if guess:
        return f"did you mean `{guess}`?"
    return otherwise or (f"known here: {', '.join(choices)}" if choices else "none is defined")


def event_type_hint(name: str) -> str | None:
    """The known type that `name` was probably meant to be; None if it is one, or resembles none."""
    if name in EVENT_TYPES:
        return None
    for known in EVENT_TYPES:
        if name.replace(".", "_").casefold() in (known.replace(".", "_"), known.partition(".")[2]):
            return known
    found = get_close_matches(name.casefold(), EVENT_TYPES, n=1, cutoff=0.85)
    return found[0] if found else None
