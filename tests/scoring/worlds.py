"""Random small models and histories for the properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.scoring.making import LEAD, Doc

POINTS = st.sampled_from([-20, -7.5, -0.1, 0.1, 0.3, 1, 5, 7.7, 10, 20, 33.3])
PATHS = st.sampled_from(["/", "/pricing", "/pricing/eu", "/blog/a", "/blog/b", "/Blog/a"])
TYPES = (
    "web.page_viewed",
    "web.page_pinged",
    "form.submitted",
    "email.delivered",
    "email.opened",
    "email.clicked",
    "crm.attribute_set",
    "crm.consent_changed",
    "crm.cost_booked",
    "web.visit_started",
)
SCORED = st.sampled_from(["web.page_viewed", "form.submitted", "email.clicked", "crm.cost_booked", "web.visit_started"])


def seconds(most: int) -> st.SearchStrategy[str]:
    """A duration."""
    return st.integers(1, most).map(lambda n: f"{n}s")


def optional(draw: Any, into: Doc, name: str, strategy: st.SearchStrategy[Any], one_in: int = 2) -> None:
    """Put a drawn value under the name, or not."""
    if draw(st.integers(1, one_in)) == 1:
        into[name] = draw(strategy)


@st.composite
def events(draw: Any, most_ms: int, *, tick: int = 1, marks: bool = True) -> Doc:
    """One event of the lead; ids repeat now and then, with the same or with other contents."""
    kind = draw(st.sampled_from(TYPES))
    found: Doc = {
        "event_id": f"e{draw(st.integers(1, 40))}",
        "type": kind,
        "occurred_at": draw(st.integers(0, most_ms // tick)) * tick,
        "lead_id": LEAD,
    }
    properties: Doc = {}
    if kind == "web.page_viewed":
        properties["path"] = draw(PATHS if not marks else st.one_of(PATHS, PATHS, st.just("/trap/1")))
        optional(draw, properties, "page_view_id", st.sampled_from(["p1", "p2"]))
        optional(draw, properties, "seconds", st.sampled_from([5, 30, "45", 0.5, "soon", True]))
    elif kind == "web.page_pinged":
        properties = {"page_view_id": draw(st.sampled_from(["p1", "p2"])), "seconds": draw(st.sampled_from([10, 15]))}
    elif kind.startswith("email."):
        properties = {"message_id": draw(st.sampled_from(["m1", "m2"])), "url": draw(st.sampled_from("abcd"))}
    elif kind == "crm.cost_booked":
        properties["amount"] = draw(st.sampled_from([1, 2.5, "3.25", "much", -4]))
    elif kind in ("form.submitted", "crm.attribute_set"):
        properties["job_title"] = draw(st.sampled_from(["CTO", "cto", "Dr", "", "Select", None]))
        optional(draw, properties, "employees", st.sampled_from([10, 1000, "250", 1, True]))
        optional(draw, properties, "form_type", st.sampled_from(["demo", "contact"]))
    if properties:
        found["properties"] = properties
    _envelope(draw, found, marks=marks)
    return found


def _envelope(draw: Any, found: Doc, *, marks: bool) -> None:
    optional(draw, found, "source", st.sampled_from(["site", "app"]), 4)
    optional(draw, found, "campaign", st.sampled_from([{"source": "ads"}, {"name": "spring"}]), 5)
    optional(draw, found, "email", st.sampled_from(["ann@acme.example", "ann@gmail.com"]), 6)
    optional(draw, found, "visitor_id", st.sampled_from(["v1", "v2"]), 3)
    optional(draw, found, "consent", st.fixed_dictionaries({"tracking": st.booleans()}), 5)
    if marks:
        agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Googlebot/2.1"]
        optional(draw, found, "context", st.fixed_dictionaries({"user_agent": st.sampled_from(agents)}), 6)
        if draw(st.integers(1, 12)) == 1:
            found.setdefault("context", {})["ip"] = draw(st.sampled_from(["10.1.2.3", "192.0.2.1"]))
        optional(draw, found, "email", st.just("bob@inside.example"), 60)


FIELD_CONDITIONS = st.sampled_from(
    [
        {"path": {"glob": "/pricing*"}},
        {"path": {"glob": "*blog*"}, "seconds": {"at_least": 20}},
        {"path": {"contains": "log"}},
        {"any": [{"seconds": {"between": [5, 30]}}, {"amount": {"at_most": 2}}]},
        {"not": {"seconds": {"at_least": 30}}},
        {"exists": "amount"},
        {"source": "site"},
        {"campaign.source": {"not": "ads"}},
        {"form_type": {"not_in": ["demo"]}},
        {"url": {"in": ["a", "b"]}},
        {"amount": {"exists": False}},
        {"seconds": {"equals": True}},
    ]
)
LEAD_CONDITIONS = st.sampled_from(
    [
        {"job_title": "CTO"},
        {"job_title": {"matches": "^(?i:c)t"}},
        {"employees": {"at_least": 250}},
        {"employees": 1},
        {"employees": {"between": [2, 999]}},
        {"not": {"job_title": {"exists": True}}},
        {"job_title": None},
        {"job_title": {"not": "Dr"}},
        {"email_domain": {"in_list": "free"}},
        {"any": [{"account": "acme.example"}, {"first_source": "ads"}, {"last_campaign": "spring"}]},
        {"last_source": {"in": ["site", "app"]}},
    ]
)


def decays(most: int) -> st.SearchStrategy[Any]:
    """Any decay with spans up to `most` seconds."""
    steps = st.tuples(seconds(most), seconds(most), st.sampled_from([1, 0.5]), st.sampled_from([0.25, 0.75, 0]))
    return st.one_of(
        st.just("none"),
        st.builds(lambda d: {"half_life": d}, seconds(most)),
        st.builds(lambda d: {"linear": d}, seconds(most)),
        st.builds(lambda d: {"window": d}, seconds(most)),
        steps.filter(lambda s: s[0] != s[1]).map(_in_steps),
    )


def _in_steps(drawn: tuple[str, str, float, float]) -> Doc:
    first, second = sorted(drawn[:2], key=lambda text: int(text[:-1]))
    return {"steps": [[first, drawn[2]], [second, drawn[3]]]}


@st.composite
def frequencies(draw: Any, most: int) -> Doc:
    """How many in a time, or a sum."""
    found: Doc = {"on": draw(SCORED)}
    optional(draw, found, "when", FIELD_CONDITIONS, 3)
    optional(draw, found, "within", seconds(most))
    found |= draw(st.sampled_from([{"at_least": 2}, {"exactly": 1}, {"exactly": 0}, {"between": [1, 2]}]))
    if draw(st.integers(1, 4)) == 1:
        found |= {"on": "crm.cost_booked", "sum": "amount"}
    return found


@st.composite
def single_rules(draw: Any, most: int) -> Doc:
    """An activity rule or a frequency rule, without id."""
    if draw(st.integers(1, 4)) == 1:
        return {"frequency": draw(frequencies(most)), "points": draw(POINTS)}
    found: Doc = {"on": draw(st.one_of(SCORED, st.just(["web.page_viewed", "email.clicked"]))), "points": draw(POINTS)}
    if draw(st.integers(1, 4)) == 1:
        found |= {"on": "crm.cost_booked", "points": {"per": "amount", "factor": draw(st.sampled_from([1.5, -2, 0.1]))}}
        optional(draw, found["points"], "max", st.just(4))
    optional(draw, found, "when", FIELD_CONDITIONS, 3)
    optional(draw, found, "decay", decays(most))
    limits: Doc = {"count": draw(st.integers(1, 2))}
    optional(draw, limits, "per", seconds(most))
    optional(draw, limits, "by", st.sampled_from(["path", "url"]), 3)
    optional(draw, found, "limit", st.sampled_from(["once", limits]))
    optional(draw, found, "max", st.sampled_from([8, 15.5]), 5)
    optional(draw, found, "min", st.sampled_from([-9, -3.5]), 5)
    return found


@st.composite
def halves(draw: Any, most: int) -> Doc:
    """The explicit and the implicit section, weights and grades."""
    members = st.builds(lambda when, points: {"when": when, "points": points}, LEAD_CONDITIONS, POINTS)
    explicit = [_ruled(draw, members) for _ in range(draw(st.integers(0, 3)))]
    implicit = [_ruled(draw, single_rules(most), clips=True) for _ in range(draw(st.integers(1, 4)))]
    found: Doc = {"lists": {"free": ["gmail.com"]}}
    for name, rules in (("explicit", explicit), ("implicit", implicit)):
        section: Doc = {"rules": [rule | {"id": f"{name}-{n}"} for n, rule in enumerate(rules)]}
        optional(draw, section, "range", st.sampled_from([[-10, 40], [0, 25.5]]), 3)
        if len(rules) > 1 and draw(st.booleans()):
            bounds = draw(st.sampled_from([{"max": 12}, {"min": -5}, {"min": -5, "max": 12.5}, {}]))
            section["groups"] = [{"id": "g", "rules": [f"{name}-0", f"{name}-1"]} | bounds]
        found[name] = section
    optional(draw, found["implicit"], "decay", decays(most))
    optional(draw, found, "weights", st.sampled_from([{"explicit": 0.5, "implicit": 2}, {"implicit": 0.3}]), 3)
    found["grades"] = {"explicit": {"A": 20, "B": 7}, "implicit": {"1": 20, "2": 9.5, "3": 0.2}}
    return found


def _ruled(draw: Any, rules: st.SearchStrategy[Doc], *, clips: bool = False) -> Doc:
    if draw(st.integers(1, 5)) > 1:
        return dict(draw(rules))
    found: Doc = {"best_of": draw(st.lists(rules, min_size=1, max_size=3))}
    optional(draw, found, "weight", st.sampled_from([35, -20, 120]))
    if clips:
        optional(draw, found, "max", st.sampled_from([3, 6.5]), 3)
        optional(draw, found, "min", st.sampled_from([-2, -6]), 4)
    return found


@st.composite
def models(draw: Any, most: int) -> Doc:
    """A whole model without a lifecycle, with bots, insiders, consent and lists."""
    found: Doc = draw(halves(most))
    found |= {"nulls": ["Select"], "bots": {"min_delay": draw(seconds(4)), "burst": 2}}
    optional(draw, found["bots"], "honeypots", st.just(["/trap*"]), 3)
    optional(draw, found, "internal", st.just({"email_domains": ["inside.example"], "ips": ["10.0.0.0/8"]}))
    optional(draw, found, "fold", st.just("case"), 4)
    if draw(st.booleans()):
        found["consent"] = {"web": "tracking", "email": "tracking", "unknown": draw(st.sampled_from(["allow", "deny"]))}
    return found
