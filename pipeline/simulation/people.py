"""Who the simulated people are. Addresses end in .example, so that none can be anybody's."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Company:
    """Where somebody works."""

    name: str
    domain: str
    industry: str
    employees: int
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name, a job and a browser. `fit`: whether they are whom sales wants to meet."""

    first_name: str
    last_name: str
    email: str
    job_title: str
    company: Company
    is_fit: bool
    ip: str
    user_agent: str
    locale: str
    first_source: str


_FIRST_NAMES = (
    "Ann Ben Carla David Elena Farid Grace Hugo Ines Jun Kai Lena Marta Nils Olga Pablo Qing Rosa Sven Tara "
    "Uma Viktor Wei Xenia Yusuf Zoe Mei Hiro Amara Ivan"
)
_LAST_NAMES = (
    "Ahmed Bauer Chen Diaz Evans Fischer Garcia Huang Ito Jensen Kim Lopez Müller Novak Olsen Patel Rossi Schmidt "
    "Tanaka Ueda Varga Wang Xu Yilmaz Zhang Okafor Silva Lindberg Moreau Kowalski"
)
_COMPANY_STEMS = (
    "Acme Borealis Cobalt Delta Ember Fjord Granite Helix Iris Juniper Krypton Lumen Meridian Nimbus Orchid Pinnacle "
    "Quartz Ridge Solstice Tundra Umber Vertex Willow Xylem Yonder Zephyr"
)
_COMPANY_KINDS = ("Systems", "Industries", "Software", "Logistics", "Health", "Robotics")
_INDUSTRIES = {
    "Systems": "software",
    "Industries": "manufacturing",
    "Software": "software",
    "Logistics": "logistics",
    "Health": "healthcare",
    "Robotics": "manufacturing",
}
_COUNTRIES = ("DE", "CN", "US", "GB", "FR", "JP", "SG", "NL")
_LOCALES = {"DE": "de-DE", "CN": "zh-CN", "US": "en-US", "GB": "en-GB", "FR": "fr-FR", "JP": "ja-JP"}
_BUYING_TITLES = ("CTO", "VP Engineering", "CEO", "Director of Operations", "Head of Marketing", "CFO", "采购总监")
_OTHER_TITLES = ("Student", "Analyst", "Intern", "Engineer", "Assistant", "Consultant", "Marketing Specialist")
_SOURCES = ("google", "newsletter", "linkedin", "partner", "trade-show", "wechat", "direct")
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.2 Safari/605.1.15"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.3 Mobile/15E148 Safari/604.1"
    ),
)
CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "python-requests/2.32.3",
)


def make_person(random: Random, number: int) -> Person:
    """The person with this number; the number makes the address unique."""
    first, last = random.choice(_FIRST_NAMES.split()), random.choice(_LAST_NAMES.split())
    stem, kind = random.choice(_COMPANY_STEMS.split()), random.choice(_COMPANY_KINDS)
    country = random.choice(_COUNTRIES)
    domain = f"{stem}-{kind}.example".lower()
    is_fit = random.random() < 0.7
    return Person(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}{number}@{domain}".lower().replace("ü", "ue"),
        job_title=random.choice(_BUYING_TITLES if is_fit else _OTHER_TITLES),
        company=Company(
            name=f"{stem} {kind}",
            domain=domain,
            industry=_INDUSTRIES[kind],
            employees=random.choice((120, 300, 1200, 5000) if is_fit else (3, 12, 40)),
            country=country,
        ),
        is_fit=is_fit,
        ip=f"198.51.{random.randrange(100, 104)}.{random.randrange(1, 255)}",
        user_agent=random.choice(BROWSERS),
        locale=_LOCALES.get(country, "en"),
        first_source=random.choice(_SOURCES),
    )
