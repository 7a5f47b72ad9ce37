"""What the read model keeps of one lead, and what each record of the output topics does to it. Pure.

Scores, stage changes and signals come from three topics in any order to each other. Each has its own part here, and
what is shown follows from the parts, so every order comes to the same lead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from pipeline.identity import canonical_email, subject_of_email
from pipeline.sinks.read_model.keys import VERSION

Document = dict[str, Any]

HISTORY = 10
"""Stage changes kept of a lead, the latest."""

SIGNALS = 5
"""Signals kept of a lead, the latest."""

_OF_A_CHANGE = (
    "seq",
    "from_stage",
    "to_stage",
    "direction",
    "occurred_at",
    "cause",
    "explicit",
    "implicit",
    "total",
    "grade",
    "reasons",
)
_OF_A_SIGNAL = ("signal_id", "signal", "occurred_at", "stage", "details")


class Place(NamedTuple):
    """Where a lead is found: its stage and total, the address that is its own, the subjects it answers for."""

    stage: str
    total: float
    address: str | None
    aliases: frozenset[str]


@dataclass(slots=True)
class Lead:
    """The latest score record (None: nobody is to be shown), the latest changes by `seq`, the latest signals.

    `erased_until`: the instant, as text, up to which the person is erased ('' for nobody erased).
    """

    lead_id: str
    score: Document | None = None
    history: list[Document] = field(default_factory=list)
    signals: list[Document] = field(default_factory=list)
    erased_until: str = ""

    @classmethod
    def unpack(cls, lead_id: str, packed: bytes | None, erased_until: bytes | None = None) -> Lead:
        """Out of a document, shown or not; None: nothing is known."""
        until = (erased_until or b"").decode()
        if packed is None:
            return cls(lead_id, erased_until=until)
        document = orjson.loads(packed)
        return cls(lead_id, document.get("score"), document["history"], document["signals"], until)

    def copy(self) -> Lead:
        """One that may be changed without changing this."""
        return Lead(self.lead_id, self.score, self.history, self.signals, self.erased_until)

    def erased(self, until: str) -> None:
        """The tombstone of somebody erased: nothing up to the instant is kept, nor taken in if it comes later."""
        self.erased_until = max(until, self.erased_until)
        self.history = [change for change in self.history if change["occurred_at"] > until]
        self.signals = [signal for signal in self.signals if signal["occurred_at"] > until]

    def scored(self, document: Document | None) -> None:
        """A record of `leads.scores.v1`; None: the lead was absorbed or erased."""
        self.score = document

    def changed(self, document: Document) -> None:
        """A record of `leads.stage-changes.v1`; the same `seq` again takes the place of the first."""
        if document["occurred_at"] <= self.erased_until:
            return
        change = {name: document[name] for name in _OF_A_CHANGE}
        others = [other for other in self.history if other["seq"] != change["seq"]]
        self.history = sorted([change, *others], key=_seq, reverse=True)[:HISTORY]

    def signalled(self, document: Document) -> None:
        """A record of `leads.signals.v1`."""
        if document["occurred_at"] <= self.erased_until:
            return
        signal = {name: document[name] for name in _OF_A_SIGNAL}
        others = [other for other in self.signals if other["signal_id"] != signal["signal_id"]]
        self.signals = sorted([signal, *others], key=_instant, reverse=True)[:SIGNALS]

    def document(self) -> Document | None:
        """What is shown; None if nobody is to be shown."""
        if self.score is None:
            return None
        entered = (change["occurred_at"] for change in self.history if change["from_stage"] != change["to_stage"])
        return {
            "version": VERSION,
            "lead_id": self.lead_id,
            "score": self.score,
            "seq": self.history[0]["seq"] if self.history else 0,
            "stage_since": next(entered, None),
            "history": self.history,
            "signals": self.signals,
        }

    def past(self) -> Document | None:
        """What is kept of somebody who is not shown: no score, no address; None if nothing is."""
        if self.score is not None or not (self.history or self.signals):
            return None
        return {"version": VERSION, "lead_id": self.lead_id, "history": self.history, "signals": self.signals}

    def place(self) -> Place | None:
        """Where the lead is found, None if nowhere."""
        if self.score is None:
            return None
        score = self.score
        aliases = frozenset(score["aliases"])
        address = None if score["email"] is None else canonical_email(score["email"])
        # Of several leads that state one address it belongs to the one that was bound to it (events.md, Identity).
        if address is not None and subject_of_email(address) not in aliases | {self.lead_id}:
            address = None
        return Place(score["stage"], score["total"], address, aliases)


def _seq(change: Document) -> int:
    return int(change["seq"])


def _instant(signal: Document) -> tuple[str, str]:
    return signal["occurred_at"], signal["signal_id"]
