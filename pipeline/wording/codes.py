"""The codes that people see in explanations, in their words. In records and JSON a code stays as it is.

English has the codes themselves; a code that is not listed is told as it is.
"""

from __future__ import annotations

from pipeline.wording.catalogue import Words


def categories(words: Words) -> dict[str, str]:
    """The two halves of a score."""
    return {
        "explicit": words.pgettext("category", "explicit"),
        "implicit": words.pgettext("category", "implicit"),
    }


def causes(words: Words) -> dict[str, str]:
    """Why a stage changed (events.md, Stage change)."""
    return {
        "activity": words.pgettext("cause", "activity"),
        "decay": words.pgettext("cause", "decay"),
        "timer": words.pgettext("cause", "timer"),
        "action": words.pgettext("cause", "action"),
        "approval": words.pgettext("cause", "approval"),
        "merge": words.pgettext("cause", "merge"),
        "correction": words.pgettext("cause", "correction"),
        "model_change": words.pgettext("cause", "model_change"),
        "manual": words.pgettext("cause", "manual"),
    }


def trends(words: Words) -> dict[str, str]:
    """How interest develops."""
    return {
        "improving": words.pgettext("trend", "improving"),
        "steady": words.pgettext("trend", "steady"),
        "declining": words.pgettext("trend", "declining"),
    }


def reasons_not_paid(words: Words) -> dict[str, str]:
    """Why an activity pays nothing (the ledger's `why`)."""
    return {
        "no points": words.pgettext("not paid", "no points"),
        "window closed": words.pgettext("not paid", "window closed"),
        "limit": words.pgettext("not paid", "limit"),
        "consent": words.pgettext("not paid", "consent"),
        "internal": words.pgettext("not paid", "internal"),
        "bot: crawler": words.pgettext("not paid", "bot: crawler"),
        "bot: too_fast": words.pgettext("not paid", "bot: too_fast"),
        "bot: burst": words.pgettext("not paid", "bot: burst"),
        "bot: honeypot": words.pgettext("not paid", "bot: honeypot"),
    }
