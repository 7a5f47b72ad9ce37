"""Which values of an activity are kept because the model, or what marks machines and insiders, reads them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.scoring.model import Bots, Internal

_MARKS = frozenset({"message_id", "url"})
"""Too fast opens and clicks, and bursts of links, are found by these."""


def kept_names(read: Iterable[str], keep: Iterable[str], bots: Bots, internal: Internal) -> frozenset[str]:
    """The names to keep: what rules `read`, the file's `keep:`, and what the marks need."""
    names = {*read, *keep, *_MARKS}
    if bots.honeypots:
        names.add("path")
    if internal.email_domains:
        names.add("email")
    if "seconds" in names:
        names.add("page_view_id")
    return frozenset(names)
