"""From an inbound event to the fact that its lead keeps (contract: events.md, scoring.md Facts)."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from pipeline.codec import canonical_json
from pipeline.events import Event, Scalar
from pipeline.scoring.activity import CRAWLER, INTERNAL, TRAP, Activity
from pipeline.scoring.attributes import ENVELOPE, EXTERNAL
from pipeline.scoring.model import Model

_FORM_WORDS = frozenset({"form_id", "form_type", "list", "url"})
_CRM_WORDS = frozenset({"by", "amount", "currency"})
_NOT_ATTRIBUTES = {
    "form.submitted": _FORM_WORDS,
    "form.imported": _FORM_WORDS,
    "crm.attribute_set": _CRM_WORDS,
    "crm.bant_updated": _CRM_WORDS,
    "crm.opportunity_opened": _CRM_WORDS,
    "crm.opportunity_won": _CRM_WORDS,
}
_ALWAYS_KEPT = {
    "email.delivered": ("message_id",),
    "email.opened": ("message_id",),
    "email.clicked": ("message_id", "url"),
    "web.page_viewed": ("page_view_id", "seconds"),
    "web.page_pinged": ("page_view_id", "seconds"),
}
_OF_SALES = ("amount", "campaign", "currency", "final", "reason", "stage", "by", "pin", "step", "owner")
"""Kept of every `crm.*` event: money, reasons, and what the lifecycle itself reads, whatever the model names."""


class FactMaker:
    """Makes facts under one model: keeps what the model reads, and marks what can be marked from the event alone."""

    def __init__(self, model: Model) -> None:
        self._kept = model.kept_names
        self._bots = model.bots
        self._is_internal_ip = model.internal.is_internal_ip

    def fact_of(self, event: Event) -> Activity:
        """The event as a fact."""
        trapping = bool(self._bots.honeypots)
        agent = event.context.get("user_agent", "") if trapping else ""
        return Activity(
            event.event_id,
            event.type,
            event.occurred_at,
            _hash64(canonical_json(event)),
            self._fields(event),
            _attributes(event),
            dict(event.consent) or None,
            self._flags(event),
            visitor=(event.visitor_id or "") if trapping else "",
            agent=_hash64(agent) if agent else 0,
        )

    def _fields(self, event: Event) -> dict[str, Scalar]:
        properties, kept = event.properties, self._kept
        fields: dict[str, Scalar] = {
            name: value for name, value in properties.items() if value is not None and name in kept
        }
        always_kept = _OF_SALES if event.type.startswith("crm.") else _ALWAYS_KEPT.get(event.type, ())
        for name in always_kept:
            if properties.get(name) is not None:
                fields[name] = properties[name]
        for name, value in _envelope(event):
            if name in kept:
                fields.setdefault(name, value)
        always = {
            "email": event.email,
            "account": event.account,
            "source": event.source,
            "campaign.source": event.campaign.get("source"),
            "campaign.name": event.campaign.get("name"),
            "owner": properties.get("owner") if event.type == "crm.claimed" else None,
        }
        fields.update((ENVELOPE + name, value) for name, value in always.items() if value is not None)
        fields.update((EXTERNAL + name, value) for name, value in event.external_ids.items())
        return fields

    def _flags(self, event: Event) -> int:
        flags = 0
        user_agent, ip = event.context.get("user_agent"), event.context.get("ip")
        if user_agent and self._bots.is_crawler(user_agent):
            flags |= CRAWLER
        if ip and self._is_internal_ip is not None and self._is_internal_ip(ip):
            flags |= INTERNAL
        path = event.properties.get("path")
        if isinstance(path, str) and any(is_trap(path) for is_trap in self._bots.honeypots):
            flags |= TRAP
        return flags


def _envelope(event: Event) -> Iterator[tuple[str, Scalar]]:
    for name in ("source", "account", "email", "lead_id", "visitor_id", "type"):
        value = getattr(event, name)
        if value is not None:
            yield name, value
    for part in ("campaign", "context", "external_ids"):
        for name, value in getattr(event, part).items():
            yield f"{part}.{name}", value


def _attributes(event: Event) -> dict[str, Scalar] | None:
    if event.type == "crm.disqualified":
        return {"reevaluate_on": event.properties.get("reevaluate_on")}
    words = _NOT_ATTRIBUTES.get(event.type)
    if words is None:
        return None
    return {name: value for name, value in event.properties.items() if name not in words} or None


def _hash64(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
