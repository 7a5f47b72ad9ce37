"""The other lead that an event about a merge names."""

from __future__ import annotations

from pipeline.engine.errors import Refused
from pipeline.events import Event
from pipeline.identity import is_anonymous, is_no_identity


def merge_target(event: Event) -> str | None:
    """The lead that a `crm.merged` is into; None for other events. Raises Refused if it names none that can be."""
    return _named(event, "into") if event.type == "crm.merged" else None


def unmerge_source(event: Event) -> str | None:
    """The lead that a `crm.unmerged` is from; None for other events. Raises Refused if it names none that can be."""
    return _named(event, "from") if event.type == "crm.unmerged" else None


def _named(event: Event, name: str) -> str:
    other = event.properties.get(name)
    if not isinstance(other, str):
        raise Refused("missing_field", f"{event.type} needs `{name}`, the lead_id of the other lead, as text")
    if is_no_identity(other):
        raise Refused("no_identity", f"{event.type}: `{name}` is {other!r}, which is nobody")
    if is_anonymous(other):
        raise Refused("reserved_identity", f"{event.type}: `{name}` is {other!r}, but a visitor is no lead")
    return other
