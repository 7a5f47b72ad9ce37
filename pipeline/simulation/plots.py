"""The kinds of journeys there are, and how often each is taken."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.codec.instants import format_instant
from pipeline.simulation.journey import DAY, HOUR, MINUTE, Journey

Plot = Callable[[Journey], None]

_OWNERS = ("mara", "tom", "li-na", "joao")


def passer_by(journey: Journey) -> None:
    """Looks around once or twice and is never heard of again."""
    journey.visit(journey.random.randrange(1, 5))
    if journey.random.random() < 0.3:
        journey.wait(1, 9)
        journey.visit(journey.random.randrange(1, 4))


def reader(journey: Journey) -> None:
    """Reads, subscribes, and opens some of the mail; a few unsubscribe."""
    for _ in range(journey.random.randrange(1, 3)):
        journey.visit(journey.random.randrange(2, 6))
        journey.wait(1, 6)
    journey.form("newsletter")
    for _ in range(journey.random.randrange(2, 6)):
        journey.wait(5, 9)
        journey.mail()
    end = journey.random.random()
    if end < 0.15:
        journey.emit("email.unsubscribed", {"list": "newsletter"}, email=journey.person.email)
    elif end < 0.22:
        journey.emit("email.bounced", {"hard": True}, email=journey.person.email)
    elif end < 0.25:
        journey.emit("email.complained", {}, email=journey.person.email)


def evaluator(journey: Journey) -> None:
    """Compares products in earnest, asks for a demo, and then falls silent for weeks."""
    _warm_up(journey)
    journey.form("demo")
    journey.visit(3, buying=True)
    if journey.random.random() < 0.3:
        journey.wait(60, 80)
        journey.mail(opens=0.9, clicks=0.8)


def two_devices(journey: Journey) -> None:
    """Reads on one device, comes back on another, and ties both together by a click in a mail."""
    journey.visit(4)
    journey.form("whitepaper")
    journey.wait(1, 3)
    journey.new_device()
    journey.visit(3, buying=True)
    journey.wait(0.1, 2)
    journey.mail(opens=1, clicks=1)
    journey.wait(2, 6)
    journey.visit(4, buying=True)
    if journey.random.random() < 0.5:
        journey.form("demo")


def buyer(journey: Journey) -> None:
    """Becomes an opportunity; half of them buy, some refer others."""
    _warm_up(journey)
    journey.form("demo")
    _accepted(journey)
    journey.wait(1, 4)
    journey.sales("meeting_booked")
    journey.visit(3, buying=True)
    journey.wait(1, 5)
    journey.sales("bant_updated", {"budget": 50000, "authority": "yes", "need": "lead scoring", "timeline": "Q3"})
    journey.pause(MINUTE, 3 * HOUR)
    journey.sales("opportunity_opened", {"amount": 48000, "currency": "EUR"})
    journey.wait(2, 7)
    journey.sales("quote_sent", {"amount": 48000, "currency": "EUR"})
    journey.visit(2, buying=True)
    journey.wait(3, 12)
    if journey.random.random() < 0.5:
        journey.sales("opportunity_lost", {"reason": journey.random.choice(("price", "timing", "competitor"))})
        return
    journey.sales("opportunity_won", {"amount": 45000, "currency": "EUR"})
    journey.pause(HOUR, 30 * HOUR)
    journey.sales("contract_signed", {"by": "legal"})
    journey.wait(5, 20)
    journey.sales("payment_received", {"amount": 45000, "final": True})
    if journey.random.random() < 0.4:
        journey.wait(5, 25)
        journey.sales("referral_made", {"name": "a colleague"})


def sent_back(journey: Journey) -> None:
    """Accepted by sales and given back, nurtured, and perhaps ready again."""
    _warm_up(journey)
    journey.form("demo")
    _accepted(journey)
    journey.wait(1, 3)
    if journey.random.random() < 0.3:
        journey.sales(
            "disqualified", {"reason": "no project", "reevaluate_on": format_instant(journey.now + 45 * DAY)[:10]}
        )
    else:
        journey.sales("returned", {"reason": journey.random.choice(("too early", "no answer", "no budget"))})
    for _ in range(2):
        journey.wait(6, 14)
        journey.mail(opens=0.7, clicks=0.5)
    if journey.random.random() < 0.5:
        _warm_up(journey)
        journey.form("contact")


def scanned(journey: Journey) -> None:
    """Their mail gateway clicks on everything; they themselves on nothing."""
    journey.visit(2)
    journey.form("whitepaper")
    for _ in range(journey.random.randrange(2, 5)):
        journey.wait(4, 8)
        journey.scanned_mail()


def listed(journey: Journey) -> None:
    """Known to the CRM from a list before anything is seen of them; the address comes with the CRM's id later."""
    person = journey.person
    traits = {
        "list": "trade-show",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "title": person.job_title,
        "company.name": person.company.name,
        "company.employees": person.company.employees,
        "industry": person.company.industry,
    }
    journey.emit("form.imported", traits, email=person.email, source="trade-show", account=person.company.domain)
    journey.wait(2, 5)
    journey.mail(opens=0.6, clicks=0.4)
    journey.wait(1, 5)
    journey.sales("claimed", {"owner": journey.random.choice(_OWNERS)})
    if journey.random.random() < 0.4:
        journey.wait(1, 4)
        journey.visit(4, buying=True)
        journey.form("demo")


def private(journey: Journey) -> None:
    """Refuses to be tracked, reads on, and perhaps agrees later."""
    journey.visit(3, consent={"tracking": False})
    journey.wait(1, 3)
    journey.visit(3)
    if journey.random.random() < 0.5:
        journey.form("contact")
        journey.wait(2, 6)
        journey.sales("consent_changed", {}, consent={"tracking": False, "profiling": False})


def crawler(journey: Journey) -> None:
    """A machine that reads everything."""
    for _ in range(journey.random.randrange(1, 4)):
        journey.crawl(journey.random.randrange(8, 25))
        journey.wait(0.5, 3)


def entered_twice(journey: Journey) -> None:
    """Sales makes a second CRM record for somebody it has already: two leads claim one address."""
    listed(journey)
    journey.wait(1, 4)
    twin = f"{journey.lead_id or journey.person.email}-twin"
    journey.emit("crm.attribute_set", {"phone": "+1 555 0100"}, lead_id=twin, email=journey.person.email, source="crm")


def shared_terminal(journey: Journey) -> None:
    """Colleagues leave their addresses one after another on the same tablet at a trade show."""
    journey.visit(1)
    for guest in range(journey.random.randrange(6, 9)):
        journey.pause(MINUTE, 20 * MINUTE)
        answers = {"form_id": "stand-1", "form_type": "trade_show", "job_title": journey.person.job_title}
        address = f"guest{guest}.{journey.person.email}"
        journey.emit("form.submitted", answers, visitor_id=journey.visitor, email=address, source="trade-show")
        journey.visit(1)


PLOTS: tuple[tuple[Plot, int], ...] = (
    (passer_by, 24),
    (reader, 14),
    (evaluator, 20),
    (two_devices, 8),
    (buyer, 10),
    (sent_back, 7),
    (scanned, 5),
    (listed, 6),
    (private, 3),
    (crawler, 3),
    (entered_twice, 2),
    (shared_terminal, 1),
)
"""Each kind with its weight."""


def _warm_up(journey: Journey) -> None:
    journey.visit(journey.random.randrange(2, 5))
    for _ in range(journey.random.randrange(1, 3)):
        journey.wait(0.5, 3)
        journey.visit(journey.random.randrange(2, 6), buying=True)
    if journey.random.random() < 0.6:
        journey.form("whitepaper")
        journey.wait(0.3, 2)
        journey.mail(opens=0.8, clicks=0.7)
    journey.wait(0.1, 2)
    journey.visit(journey.random.randrange(3, 6), buying=True)


def _accepted(journey: Journey) -> None:
    journey.pause(10 * MINUTE, 5 * HOUR)
    journey.sales("claimed", {"owner": journey.random.choice(_OWNERS)})
    journey.pause(5 * MINUTE, 2 * HOUR)
    journey.sales("accepted", {})
    journey.wait(0.2, 1.5)
    journey.sales("contacted", {})
