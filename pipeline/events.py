"""The inbound event: what producers send, after decoding and checking (contract: events.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

Scalar = bool | int | float | str | None


@dataclass(slots=True)
class Event:
    """One inbound event with canonical identifiers; at least one identifier is set.

    `occurred_at` is in ms since the epoch (UTC), already clamped to the append time where that applies.
    `email` is canonical; identifiers that are no identity (guard rails) are None or left out.
    `properties` is flat: objects flattened with dots, arrays as compact JSON text.
    `size` is the record's size in bytes (0 if unknown).
    """

    event_id: str
    type: str
    occurred_at: int
    lead_id: str | None = None
    visitor_id: str | None = None
    email: str | None = None
    external_ids: dict[str, str] = field(default_factory=dict)
    account: str | None = None
    source: str | None = None
    campaign: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Scalar] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a record is a dead letter: a `reason` code (snake_case, few and known) and a message for people."""

    reason: str
    message: str


INPUT_TOPICS = {
    "web": "leads.web-behavior.v1",
    "form": "leads.forms.v1",
    "email": "leads.email.v1",
    "crm": "leads.crm-actions.v1",
}
"""Kind of event (the part of `type` before the dot) → the topic it travels on (without prefix)."""


def topic_of(event_type: str) -> str:
    """The input topic (without prefix) on which an event of this type travels; unknown kinds go to web-behavior."""
    return INPUT_TOPICS.get(event_type.partition(".")[0], INPUT_TOPICS["web"])
