"""A fact of a lead: one activity, kept compactly."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from pipeline.scoring.conditions import Scalar

CRAWLER = 1
"""Flag: the user agent is on the crawler list."""
INTERNAL = 2
"""Flag: the address it came from belongs to the company itself."""
TRAP = 4
"""Flag: the path is a honeypot."""

_MAPS = frozenset({"campaign", "context", "external_ids"})
_ENVELOPE = frozenset({"account", "email", "lead_id", "source", "visitor_id"})

Order = tuple[int, str]
"""Facts are ordered by (`occurred_at`, `event_id`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Which selectors of one scorer (`owner`) match an activity; shared by all activities that read the same."""

    owner: object
    numbers: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Activity:
    """One event as its lead remembers it.

    `fields` holds the values that rules may read, under the names they read them by, and under '@source',
    '@account', '@email', '@campaign.source', '@external_ids.crm_contact' … those of the envelope that are always
    kept. `attributes` are what the
    event says about who the lead is, `consent` its statements. `origin` is the subject id it arrived under ('' if
    that is the lead that holds it), `visitor` the visitor id and `agent` a hash of the user agent (0: none).
    `digest` (64 bits of the event's canonical JSON) tells a repetition from another content under the same id.
    `hits` is a memo of a scorer's (the selectors that match), never stored.
    """

    event_id: str
    type: str
    occurred_at: int
    digest: int = 0
    fields: dict[str, Scalar] = field(default_factory=dict)
    attributes: dict[str, Scalar] | None = None
    consent: dict[str, bool] | None = None
    flags: int = 0
    origin: str = ""
    visitor: str = ""
    agent: int = 0
    hits: Hits | None = None

    @property
    def order(self) -> Order:
        """Where the fact stands among its lead's facts."""
        return (self.occurred_at, self.event_id)

    @property
    def kind(self) -> str:
        """The part of `type` before the dot, such as web, form, email or crm."""
        return self.type.partition(".")[0]


Facts = dict[str, Activity]
"""A lead's facts by `event_id`."""


class FactSet(dict[str, Activity]):
    """A lead's facts that tell whether they were only added to: `edits` counts what was replaced or removed."""

    __slots__ = ("edits",)

    def __init__(self, facts: Iterable[tuple[str, Activity]] = ()) -> None:
        super().__init__(facts)
        self.edits = 0

    def __setitem__(self, event_id: str, fact: Activity) -> None:
        if event_id in self:
            self.edits += 1
        super().__setitem__(event_id, fact)

    def __delitem__(self, event_id: str) -> None:
        self.edits += 1
        super().__delitem__(event_id)

    def pop(self, *event_id_and_default: Any) -> Any:
        """As a dict does."""
        self.edits += 1
        return super().pop(*event_id_and_default)

    def popitem(self) -> tuple[str, Activity]:
        """As a dict does."""
        self.edits += 1
        return super().popitem()

    def clear(self) -> None:
        """As a dict does."""
        self.edits += 1
        super().clear()

    def update(self, *others: Any, **more: Activity) -> None:
        """As a dict does."""
        self.edits += 1
        super().update(*others, **more)

    def __ior__(self, others: Any) -> Self:  # type: ignore[misc, override]  # a dict's has several signatures
        self.update(others)
        return self


def content_rank(activity: Activity) -> tuple[int, str, str, int]:
    """Of several contents under one `event_id` the least rank is the fact, whatever arrives first.

    That is (`occurred_at`, `type`, canonical JSON) as far as the content is kept; where two differ only in what
    no model reads, the digest decides.
    """
    return (activity.occurred_at, activity.type, _canonical(activity), activity.digest)


def _canonical(activity: Activity) -> str:
    """What is kept of the event, as the event's canonical JSON has it: keys sorted, compact."""
    properties: dict[str, Scalar] = dict(activity.attributes or {})
    document: dict[str, Any] = {}
    for name, value in activity.fields.items():
        whole, _, part = name.removeprefix("@").partition(".")
        if part and whole in _MAPS:
            document.setdefault(whole, {})[part] = value
        elif name in _ENVELOPE or (name.startswith("@") and name != "@owner"):
            document[whole] = value
        else:
            properties[name.removeprefix("@")] = value
    if activity.consent:
        document["consent"] = activity.consent
    if properties:
        document["properties"] = properties
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def wins(new: Activity, old: Activity) -> bool:
    """Whether `new` takes the place of `old`, which has the same `event_id`."""
    return new.digest != old.digest and content_rank(new) < content_rank(old)
