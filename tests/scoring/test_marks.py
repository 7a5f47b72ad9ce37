"""scoring.md, Bots and insiders: what is marked, and that a marked activity pays nothing and counts nowhere."""

import pytest

from tests.scoring.making import doc, model_of, outlook_of, score_of

T = 1_760_000_000_000
HOUR = 3_600_000
BROWSER = {"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
VIEWS = {"id": "views", "on": "web.page_viewed", "points": 1}
MAILS = {"id": "mails", "on": ["email.opened", "email.clicked"], "points": 1}


def marks(history, at=T + 9 * HOUR, **model):
    """Event id → why."""
    loaded = model_of({"implicit": {"rules": [VIEWS, MAILS]}, **model})
    return outlook_of(loaded, history, at).known.marks


def implicit(history, at=T + 9 * HOUR, **model):
    return score_of(model_of({"implicit": {"rules": [VIEWS, MAILS]}, **model}), history, at)[1]


def click(event_id, instant, url="a", **more):
    return doc(event_id, "email.clicked", instant, message_id="m", url=url, **more)


@pytest.mark.parametrize("agent", ["Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.5.0"])
def test_a_crawlers_views_pay_nothing(agent):
    """A user agent on the list marks the activity, and only that one."""
    history = [
        doc("a", "web.page_viewed", T, context={"user_agent": agent}),
        doc("b", "web.page_viewed", T, context=BROWSER),
    ]
    assert marks(history) == {"a": "crawler"}
    assert implicit(history) == 1.0


@pytest.mark.parametrize(("delay", "is_marked"), [(-5_000, True), (0, True), (1_999, True), (2_000, False)])
def test_a_click_less_than_two_seconds_after_delivery_is_a_scanners(delay, is_marked):
    """Δ < `bots.min_delay`, negative included, for opens and clicks of the same message."""
    for kind in ("email.opened", "email.clicked"):
        delivery = doc("d", "email.delivered", T, message_id="m")
        history = [doc("c", kind, T + delay, message_id="m", url="a"), delivery]
        assert marks(history) == ({"c": "too_fast"} if is_marked else {})
        assert marks([*history[:1], delivery | {"properties": {"message_id": "other"}}]) == {}


def test_the_first_delivery_is_the_one_that_counts():
    """A delivery reported once more an hour later does not make a person's click a machine's."""
    deliveries = [doc("d", "email.delivered", T, message_id="m"), doc("e", "email.delivered", T + HOUR, message_id="m")]
    assert marks([*deliveries, click("c", T + 60_000)]) == {}


def test_min_delay_is_the_models():
    """`bots.min_delay: 10s` marks a click after nine seconds."""
    history = [doc("d", "email.delivered", T, message_id="m"), click("c", T + 9_999)]
    assert marks(history, bots={"min_delay": "10s"}) == {"c": "too_fast"}


def test_five_distinct_links_of_one_message_within_two_seconds_are_a_burst():
    """All clicks of [t₀, t₀ + 2 s) are marked; four links, or the fifth at 2 s, are none."""
    clicks = [click(f"c{n}", T + 499 * n, url=f"/{n}") for n in range(5)]
    assert set(marks(clicks)) == {f"c{n}" for n in range(5)}
    assert marks(clicks[:4]) == {}
    assert marks([*clicks[:4], click("c4", T + 2_000, url="/4")]) == {}
    assert marks([click(f"c{n}", T, url="/same") for n in range(9)]) == {}
    assert set(marks(clicks[:3], bots={"burst": 3})) == {"c0", "c1", "c2"}
    assert marks([*clicks[:4], doc("x", "email.clicked", T, message_id="other", url="/9")]) == {}


def test_a_burst_does_not_mark_the_click_a_minute_later():
    """The person who reads the mail after the scanner counts."""
    clicks = [click(f"c{n}", T, url=f"/{n}") for n in range(5)]
    assert implicit([*clicks, click("late", T + 60_000)]) == 1.0


@pytest.mark.parametrize(("away", "is_marked"), [(-HOUR, True), (HOUR, True), (-HOUR - 1, False), (HOUR + 1, False)])
def test_a_trap_marks_its_visitor_and_its_agent_one_hour_either_side(away, is_marked):
    """By visitor id or by user agent, ends included; others of the same lead stay."""
    trap = doc("trap", "web.page_viewed", T, path="/trap/x", visitor_id="v", context=BROWSER)
    same = [
        doc("visitor", "web.page_viewed", T + away, visitor_id="v"),
        doc("agent", "web.page_viewed", T + away, context=BROWSER),
        doc("else", "web.page_viewed", T + away, visitor_id="w"),
        doc("none", "web.page_viewed", T + away),
    ]
    found = marks([trap, *same], bots={"honeypots": ["/trap*"]})
    expected = {"trap": "honeypot"} | ({"visitor": "honeypot", "agent": "honeypot"} if is_marked else {})
    assert found == expected


def test_a_mark_may_come_late_and_does_not_reach_back_in_time():
    """As of an instant before the trap nothing was known of it."""
    history = [
        doc("a", "web.page_viewed", T, visitor_id="v"),
        doc("t", "web.page_viewed", T + 9, path="/trap", visitor_id="v"),
    ]
    bots = {"honeypots": ["/trap"]}
    assert implicit(history, T + 8, bots=bots) == 1.0
    assert implicit(history, T + 9, bots=bots) == 0.0


def test_an_insiders_address_marks_everything_and_an_insiders_ip_one_event():
    """`internal`: by the lead's addresses as of T, by the event's own address."""
    history = [
        doc("a", "web.page_viewed", T, context={"ip": "10.1.2.3"}),
        doc("b", "web.page_viewed", T, context={"ip": "192.0.2.1"}),
        doc("c", "web.page_viewed", T + 5, email="Bob@Inside.Example"),
        doc("d", "web.page_viewed", T + 6, email="ann@acme.example"),
    ]
    internal = {"email_domains": ["inside.example"], "ips": ["10.0.0.0/8"]}
    assert marks(history, T, internal=internal) == {"a": "internal"}
    assert marks(history, T + 9, internal=internal) == dict.fromkeys("abcd", "internal")
    assert marks([doc("e", "web.page_viewed", T, email="x@notinside.example")], internal=internal) == {}


def test_a_marked_activity_takes_no_place_in_a_limit_and_counts_in_no_frequency():
    """'Pays nothing, counts nowhere': neither limit nor frequency nor ping nor lifecycle sees it."""
    bot = {"user_agent": "Googlebot/2.1"}
    history = [
        doc("a", "web.page_viewed", T, context=bot, seconds=50),
        doc("b", "web.page_viewed", T + 1, page_view_id="p", seconds=50),
        doc("p", "web.page_pinged", T + 2, page_view_id="p", seconds=30, context=bot),
    ]
    rules = [
        VIEWS | {"limit": "once"},
        {"id": "twice", "frequency": {"on": "web.page_viewed", "at_least": 2}, "points": 100},
        {"id": "long", "on": "web.page_viewed", "when": {"seconds": {"at_least": 60}}, "points": 1000},
    ]
    assert implicit(history, implicit={"rules": rules}) == 1.0
    assert implicit([*history[:2], history[2] | {"context": BROWSER}], implicit={"rules": rules}) == 1001.0


def test_pings_add_to_their_page_view_as_of_their_own_time():
    """The page becomes a long read at the ping that makes it one, and pays by the age of the view."""
    rule = {"id": "long", "on": "web.page_viewed", "when": {"seconds": {"at_least": 60}}, "points": 8}
    rule["decay"] = {"half_life": "1h"}
    history = [doc("v", "web.page_viewed", T, page_view_id="p", seconds="40")]
    history += [doc(f"p{n}", "web.page_pinged", T + 15_000 * n, page_view_id="p", seconds=15) for n in (1, 2)]
    model = {"implicit": {"rules": [rule]}}
    assert implicit(history, T + 29_999, **model) == 0.0
    assert implicit(history, T + 30_000, **model) == 8 * 2.0 ** (-30_000 / HOUR)
    assert implicit([*history, history[2]], T + HOUR, **model) == 4.0
