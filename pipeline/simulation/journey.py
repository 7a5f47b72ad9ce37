"""What people do, step by step: visits, forms, mail, and what sales does with them."""

from __future__ import annotations

from random import Random
from typing import Any

from pipeline.events import Event
from pipeline.simulation.people import CRAWLERS, Person

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_ARTICLES = [
    f"/blog/{slug}" for slug in ("lead-scoring", "decay", "nurture", "sla", "attribution", "crm-hygiene", "gdpr")
]
_PAGES = ["/", "/product", "/product/tour", "/customers", "/about", "/docs", *_ARTICLES]
_BUYING_PAGES = ["/pricing", "/pricing/enterprise", "/product/integrations", "/customers", "/security"]
_LINKS = [
    "/blog/lead-scoring",
    "/pricing",
    "/webinar",
    "/customers",
    "/product/tour",
    "/unsubscribe",
    "/events",
    "/docs",
]


class Journey:
    """One person's events in order of time, no two at the same millisecond.

    `now` is where the journey has got to (ms); methods move it on. Once an address is left, a new device's visits
    belong to nobody until it is known, too; `lead_id` is the CRM's, once sales has one.
    """

    def __init__(self, random: Random, person: Person, name: str, start: int) -> None:
        self.random = random
        self.person = person
        self.events: list[Event] = []
        self.now = start
        self.visitor = f"vis-{name}"
        self.lead_id: str | None = None
        self._name = name
        self._devices = 1
        self._messages = 0
        self._visits = 0

    def emit(self, event_type: str, properties: dict[str, Any] | None = None, **more: Any) -> Event:
        """One event, a moment later than the last."""
        self.now += self.random.randrange(1, 40)
        number = len(self.events)
        event = Event(f"{self._name}-{number}", event_type, self.now, properties=properties or {}, **more)
        self.events.append(event)
        return event

    def wait(self, least_days: float, most_days: float) -> None:
        """Some days go by; what comes next happens in working hours of a weekday."""
        self.now += int(self.random.uniform(least_days, most_days) * DAY)
        weekday = (self.now // DAY + 3) % 7  # the epoch was a Thursday
        if weekday >= 5:
            self.now += (7 - weekday) * DAY
        hour = self.random.choices(range(24), weights=(1,) * 7 + (3, 8, 10, 10, 9, 6, 9, 10, 9, 8, 5, 3, 3, 3, 2, 1, 1))
        earliest = self.now
        self.now = self.now // DAY * DAY + hour[0] * HOUR + self.random.randrange(HOUR)
        if self.now <= earliest:
            self.now = earliest + self.random.randrange(MINUTE, HOUR)

    def pause(self, least_ms: int, most_ms: int) -> None:
        """Some moments go by."""
        self.now += self.random.randrange(least_ms, most_ms)

    def new_device(self) -> None:
        """From here on visits come from another device, known to nobody yet."""
        self._devices += 1
        self.visitor = f"vis-{self._name}-{self._devices}"

    def visit(self, pages: int, *, buying: bool = False, **who: Any) -> None:
        """A visit of so many pages."""
        self._visits += 1
        context = {"ip": self.person.ip, "user_agent": self.person.user_agent, "locale": self.person.locale}
        campaign = {}
        if self._visits == 1 and self.person.first_source != "direct":
            campaign = {
                "source": self.person.first_source,
                "medium": "cpc",
                "name": f"{self.person.first_source}-spring",
            }
            context["referrer"] = f"https://{self.person.first_source}.example/"
        common = {"visitor_id": self.visitor, "context": context} | who
        self.emit("web.visit_started", {}, campaign=campaign, **common)
        for _ in range(pages):
            path = self.random.choice(_BUYING_PAGES if buying and self.random.random() < 0.6 else _PAGES)
            seconds = int(self.random.lognormvariate(3.6, 0.9))
            self.emit("web.page_viewed", {"path": path, "url": path, "seconds": seconds}, **common)
            self.now += min(seconds, 900) * SECOND
        extra = self.random.random()
        if extra < 0.1:
            properties = {"asset": "product-tour", "percent": self.random.choice((25, 50, 75, 100))}
            self.emit("web.video_watched", properties, **common)
        elif extra < 0.16:
            self.emit("web.searched", {"query": "integration"}, **common)
        elif buying and extra < 0.4:
            self.emit("web.tool_used", {"tool": "price-calculator", "seats": self.random.randrange(5, 500)}, **common)

    def form(self, form_type: str, **more: Any) -> None:
        """They fill in a form: the visitor becomes an address."""
        person, company = self.person, self.person.company
        self.pause(20 * SECOND, 4 * MINUTE)
        answers: dict[str, Any] = {"form_id": f"{form_type}-1", "form_type": form_type}
        if form_type == "newsletter":
            answers["first_name"] = person.first_name
        else:
            answers |= {
                "first_name": person.first_name,
                "last_name": person.last_name,
                "job_title": person.job_title,
                "company": company.name,
                "industry": company.industry,
                "employees": company.employees,
                "country": company.country,
            }
        consent = {"tracking": True, "email": self.random.random() < 0.9}
        common = {"visitor_id": self.visitor, "email": person.email, "source": "website", "consent": consent}
        if self.random.random() < 0.08:
            self.emit("form.failed", {"form_id": answers["form_id"]}, visitor_id=self.visitor)
            self.pause(5 * SECOND, MINUTE)
        self.emit("form.submitted", answers, account=company.domain, **(common | more))
        if form_type == "whitepaper":
            self.pause(SECOND, 30 * SECOND)
            self.emit("web.content_downloaded", {"asset": "buyers-guide"}, visitor_id=self.visitor)

    def mail(self, *, opens: float = 0.5, clicks: float = 0.25) -> None:
        """A mail is delivered, perhaps opened, perhaps clicked (which leads to a short visit)."""
        message = self._deliver()
        if self.random.random() >= opens:
            return
        self.pause(5 * MINUTE, 9 * HOUR)
        self.emit("email.opened", message, email=self.person.email)
        if self.random.random() < clicks:
            self.pause(4 * SECOND, 3 * MINUTE)
            link = self.random.choice(_LINKS)
            self.emit("email.clicked", message | {"url": link}, email=self.person.email, visitor_id=self.visitor)
            self.visit(self.random.randrange(1, 4))

    def scanned_mail(self) -> None:
        """A mail gateway opens every link of a mail within two seconds of its delivery."""
        message = self._deliver()
        for link in self.random.sample(_LINKS, self.random.randrange(5, 8)):
            self.now += self.random.randrange(20, 200)
            self.emit("email.clicked", message | {"url": link}, email=self.person.email)

    def crawl(self, pages: int) -> None:
        """A crawler reads page after page, seconds apart."""
        context = {"ip": self.person.ip, "user_agent": self.random.choice(CRAWLERS)}
        for _ in range(pages):
            path = self.random.choice(_PAGES + _BUYING_PAGES)
            self.emit("web.page_viewed", {"path": path, "url": path}, visitor_id=self.visitor, context=context)
            self.pause(SECOND, 8 * SECOND)

    def sales(self, action: str, properties: dict[str, Any] | None = None, **who: Any) -> None:
        """Sales does something. The first time the CRM names its id together with the address."""
        if self.lead_id is None:
            self.lead_id = f"L-{self._name}"
            who.setdefault("email", self.person.email)
            if self.random.random() < 0.3:
                who.setdefault("external_ids", {"crm_contact": f"C-{self._name}"})
        self.emit(f"crm.{action}", properties, lead_id=self.lead_id, source="crm", **who)

    def _deliver(self) -> dict[str, Any]:
        self._messages += 1
        message = {"message_id": f"m-{self._name}-{self._messages}"}
        self.emit("email.delivered", message, email=self.person.email)
        return message
