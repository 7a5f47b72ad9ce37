"""Money, reasons and touches of an explanation, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.cli.instants import local_time
from pipeline.codec.instants import parse_instant
from pipeline.wording import Words


def lines_of(found: dict[str, Any], words: Words) -> Iterator[str]:
    """The lines, as far as there is anything to tell."""
    deals, touches = found["dealings"], found["touches"]
    kinds = {
        "quoted": words.gettext("quoted: {amounts}"),
        "won": words.gettext("won: {amounts}"),
        "paid": words.gettext("paid: {amounts}"),
        "cost": words.gettext("spent: {amounts}"),
    }
    for kind, text in kinds.items():
        if deals[kind]:
            line = text.format(amounts=_amounts(deals[kind], words))
            if kind == "paid" and deals["final_payment"]:
                line += words.gettext(", the last payment was the final one")
            yield line
    if deals["unreadable_amounts"]:
        yield words.gettext("amounts that are no number: {count}").format(count=deals["unreadable_amounts"])
    for reason in deals["reasons"]:
        why = reason["reason"] or words.gettext("no reason given")
        yield words.gettext("{activity} on {instant}: {reason}").format(
            activity=reason["type"], instant=_local(reason["occurred_at"]), reason=why
        )
    texts = {"first": words.gettext("first touch: {touch}"), "last": words.gettext("last touch: {touch}")}
    for which, text in texts.items():
        if touches[which]:
            yield text.format(touch=_touch(touches[which]))


def _amounts(sums: dict[str, float], words: Words) -> str:
    comma = words.pgettext("between the parts of a list", ", ")
    return comma.join(f"{amount:.2f} {currency}".strip() for currency, amount in sums.items())


def _touch(touch: dict[str, Any]) -> str:
    named = " / ".join(part for part in (touch["source"], touch["campaign"]) if part)
    return f"{named}, {_local(touch['occurred_at'])}"


def _local(text: str) -> str:
    return local_time(parse_instant(text))
