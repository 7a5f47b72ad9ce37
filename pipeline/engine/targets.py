"""What an event names that must exist: the other lead of a merge, a stage."""

from __future__ import annotations

from collections.abc import Container

from pipeline.engine.errors import Refused
from pipeline.events import Event
from pipeline.identity import is_anonymous, is_no_identity
from pipeline.scoring.accounts import PREFIX


def merge_target(event: Event) -> str | None:
    """The lead that a `crm.merged` is into; None for other events. Raises Refused if it names none that can be."""
    return _named(event, "into") if event.type == "crm.merged" else None


def unmerge_source(event: Event) -> str | None:
    """The lead that a `crm.unmerged` is from; None for other events. Raises Refused if it names none that can be."""
    return _named(event, "from") if event.type == "crm.unmerged" else None


def check_order(event: Event, stages: Container[str]) -> None:
    """Raises Refused if a `crm.stage_set` says nothing, or names a stage that the model in force does not have."""
    if event.type != "crm.stage_set":
        return
    stage, pin = event.properties.get("stage"), event.properties.get("pin")
    if stage is not None and (not isinstance(stage, str) or stage not in stages):
        raise Refused("unknown_stage", f"crm.stage_set: the model has no stage {stage!r}")
    if pin is not None and not isinstance(pin, bool):
        raise Refused("bad_field", f"crm.stage_set: `pin` is {pin!r}, but can be true or false only")
    if stage is None and pin is None:
        raise Refused("missing_field", "crm.stage_set needs `stage`, `pin` or both")


def _named(event: Event, name: str) -> str:
    other = event.properties.get(name)
    if not isinstance(other, str):
        raise Refused("missing_field", f"{event.type} needs `{name}`, the lead_id of the other lead, as text")
    if is_no_identity(other):
        raise Refused("no_identity", f"{event.type}: `{name}` is {other!r}, which is nobody")
    if is_anonymous(other):
        raise Refused("reserved_identity", f"{event.type}: `{name}` is {other!r}, but a visitor is no lead")
    return other


def check_accounts(event: Event) -> None:
    """Raises Refused if the event calls a lead what accounts are called. Asked under a model that has accounts."""
    for other in (event.lead_id, event.properties.get("into"), event.properties.get("from")):
        if isinstance(other, str) and other.startswith(PREFIX):
            raise Refused("reserved_identity", f"{event.type}: {other!r} is an account's id, and no lead's")
