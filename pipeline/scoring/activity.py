"""A fact of a lead: one activity, kept compactly."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.scoring.conditions import Scalar

CRAWLER = 1
"""Flag: the user agent is on the crawler list."""
INTERNAL = 2
"""Flag: the address it came from belongs to the company itself."""
TRAP = 4
"""Flag: the path is a honeypot."""

Order = tuple[int, str]
"""Facts are ordered by (`occurred_at`, `event_id`)."""


@dataclass(slots=True, eq=False)
class Activity:
    """One event as its lead remembers it.

    `fields` holds the values that rules may read, under the names they read them by, and under '@source',
    '@account', '@email', '@campaign.source', '@external_ids.crm_contact' … those of the envelope that are always
    kept. `attributes` are what the
    event says about who the lead is, `consent` its statements. `origin` is the subject id it arrived under ('' if
    that is the lead that holds it), `visitor` the visitor id and `agent` a hash of the user agent (0: none).
    `digest` (64 bits of the event's canonical JSON) tells a repetition from another content under the same id.
    `hits` is a memo of the selectors that match, never stored.
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
    hits: frozenset[int] | None = None

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


def content_rank(activity: Activity) -> tuple[int, str, str, int]:
    """Of several contents under one `event_id` the least rank is the fact, whatever arrives first."""
    kept = sorted((k, repr(v)) for part in (activity.fields, activity.attributes or {}) for k, v in part.items())
    return (activity.occurred_at, activity.type, repr(kept), activity.digest)


def wins(new: Activity, old: Activity) -> bool:
    """Whether `new` takes the place of `old`, which has the same `event_id`."""
    return new.digest != old.digest and content_rank(new) < content_rank(old)
