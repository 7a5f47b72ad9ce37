"""The logs that every engine reads: a site's traffic for the whole job, bare points for the sum. Seeded, endless ids.

How much a person does follows Zipf's law with a shift (Mandelbrot's form): the busiest of 20,000 makes 0.7 % of the
events, half of them one or two. Without the shift one person would make a tenth, which is no visitor but a crawler.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

import orjson

from pipeline.codec import encode
from pipeline.events import Event, topic_of
from pipeline.identity import identities
from pipeline.simulation.people import Person, make_person

DAY_MS = 86_400_000
START_MS = 1_736_121_600_000
_ZIPF_SHIFT = 20

_PATHS = ("/", "/product", "/pricing", "/customers", "/docs", "/blog/lead-scoring", "/blog/decay", "/blog/nurture")
_WEB = {
    "web.page_viewed": 74,
    "web.visit_started": 10,
    "web.page_pinged": 6,
    "web.content_downloaded": 2,
    "web.video_watched": 2,
    "web.tool_used": 1,
}
_KNOWN = _WEB | {"email.delivered": 12, "email.opened": 6, "email.clicked": 2, "form.submitted": 1, "crm.contacted": 1}
_STRANGER = _WEB | {"form.submitted": 3}


class Record(NamedTuple):
    """One record: its topic (without prefix), its key, its value."""

    topic: str
    key: bytes
    value: bytes


def site(events: int, *, leads: int = 20_000, days: int = 30, seed: int = 1) -> Iterator[Record]:
    """What a site, its mailings and its CRM send in `days` days, in order of time.

    People are visitors until they fill in a form; from then on mail finds them under their address, and sales under
    the CRM's id, so that visitors are bound and leads absorbed as they are in life.
    """
    random = Random(seed)
    crowd = _Crowd(random, leads)
    people: dict[int, _Visitor] = {}
    for number in range(events):
        one = crowd.pick()
        visitor = people.get(one) or people.setdefault(one, _Visitor(one, make_person(random, one)))
        event = visitor.act(random, f"b{seed}-{number}", START_MS + number * days * DAY_MS // events)
        yield Record(topic_of(event.type), identities(event).subject.encode(), encode(event))


def points(events: int, *, leads: int = 20_000, days: int = 30, seed: int = 1) -> Iterator[Record]:
    """Page views of known leads that carry their points (`properties.n`), 190 bytes each: the smallest lead scoring."""
    random = Random(seed)
    crowd = _Crowd(random, leads)
    for number in range(events):
        lead = f"lead-{crowd.pick():08}"
        document = {
            "event_id": f"b{seed}-{number:012}",
            "type": "web.page_viewed",
            "occurred_at": START_MS + number * days * DAY_MS // events,
            "lead_id": lead,
            "properties": {"path": random.choice(_PATHS).ljust(49, "x"), "n": random.randrange(1, 100)},
        }
        yield Record(topic_of("web.page_viewed"), lead.encode(), orjson.dumps(document))


class _Crowd:
    """Picks a person's number, each as often as the law says."""

    def __init__(self, random: Random, size: int) -> None:
        self._random = random
        self._up_to = list(accumulate(1 / (rank + _ZIPF_SHIFT) for rank in range(1, size + 1)))

    def pick(self) -> int:
        return bisect(self._up_to, self._random.random() * self._up_to[-1])


class _Visitor:
    """One person, and how far they are known."""

    def __init__(self, number: int, person: Person) -> None:
        self._number = number
        self._person = person
        self._is_known = False
        self._messages = 0

    def act(self, random: Random, event_id: str, at: int) -> Event:
        """What they do now."""
        kinds = _KNOWN if self._is_known else _STRANGER
        (kind,) = random.choices(list(kinds), weights=list(kinds.values()))
        if kind.startswith("web."):
            return Event(event_id, kind, at, visitor_id=self._visitor, context=self._context, properties=_page(random))
        if kind == "form.submitted":
            self._is_known = True
            answers = self._answers(random)
            return Event(event_id, kind, at, visitor_id=self._visitor, email=self._person.email, properties=answers)
        if kind.startswith("email."):
            self._messages += kind == "email.delivered"
            properties = {"message_id": f"m-{self._number}-{self._messages}"}
            return Event(event_id, kind, at, email=self._person.email, properties=properties, source="mail")
        return Event(event_id, kind, at, lead_id=f"L-{self._number}", email=self._person.email, source="crm")

    @property
    def _visitor(self) -> str:
        return f"vis-{self._number}"

    @property
    def _context(self) -> dict[str, str]:
        return {"ip": self._person.ip, "user_agent": self._person.user_agent, "locale": self._person.locale}

    def _answers(self, random: Random) -> dict[str, Any]:
        person, company = self._person, self._person.company
        return {
            "form_id": "f-1",
            "form_type": random.choice(("newsletter", "whitepaper", "whitepaper", "demo")),
            "first_name": person.first_name,
            "last_name": person.last_name,
            "job_title": person.job_title,
            "company": company.name,
            "industry": company.industry,
            "employees": company.employees,
            "country": company.country,
        }


def _page(random: Random) -> dict[str, Any]:
    path = random.choice(_PATHS)
    return {"path": path, "url": f"https://www.shop.example{path}", "seconds": int(random.lognormvariate(3.6, 0.9))}
