"""scoring.md, The ledger: leaves say why they pay nothing, clips are stated."""

from pipeline.scoring.ledger import explain
from tests.scoring.making import doc, model_of, outlook_of

T = 1_760_000_000_000
DAY = 86_400_000


def ledger(rules, history, at, **model):
    """The rules' nodes of the implicit half."""
    outlook = outlook_of(model_of({"implicit": {"rules": rules}, **model}), history, at)
    return explain(outlook)["implicit"]["children"]


def whys(node):
    return {leaf["event_id"]: leaf.get("why") for leaf in node["children"]}


def test_every_activity_that_pays_nothing_says_why():
    """Limit, closed window, bot, insider, consent."""
    rule = {
        "id": "r",
        "on": "web.page_viewed",
        "points": 5,
        "decay": {"window": "10d"},
        "limit": {"count": 1, "per": "5d"},
    }
    history = [
        doc("old", "web.page_viewed", T - 10 * DAY),
        doc("pays", "web.page_viewed", T),
        doc("limit", "web.page_viewed", T, context={"ip": "192.0.2.1"}),
        doc("bot", "web.page_viewed", T, context={"user_agent": "Googlebot/2.1"}),
        doc("insider", "web.page_viewed", T, context={"ip": "10.0.0.1"}),
        doc("no", "web.page_viewed", T - 20 * DAY),
        doc("yes", "crm.consent_changed", T - 15 * DAY, consent={"tracking": True}),
    ]
    more = {"internal": {"ips": ["10.0.0.0/8"]}, "consent": {"web": "tracking", "unknown": "deny"}}
    (node,) = ledger([rule], history, T, **more)
    assert whys(node) == {
        "old": "window closed",
        "limit": None,
        "pays": "limit",
        "bot": "bot: crawler",
        "insider": "internal",
        "no": "consent",
    }
    assert node["value"] == 5.0


def test_a_negative_rule_that_needs_no_consent_never_names_it():
    """What a limit keeps from paying is not told as a lack of consent."""
    rule = {"id": "r", "on": "web.page_viewed", "points": -5, "limit": "once"}
    history = [doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T + 1)]
    (node,) = ledger([rule], history, T + 2, consent={"web": "tracking", "unknown": "deny"})
    assert whys(node) == {"a": None, "b": "limit"}


def test_clips_of_a_rule_and_of_a_best_of_are_stated():
    """A value that is no plain sum says which bounds made it."""
    rules = [
        {"id": "sum", "on": "web.page_viewed", "points": 5, "max": 8},
        {"id": "best", "best_of": [{"on": "web.page_viewed", "points": 5}], "weight": 200, "max": 12},
        {"id": "plain", "best_of": [{"on": "web.page_viewed", "points": 5}], "weight": 50, "max": 12},
    ]
    history = [doc("a", "web.page_viewed", T), doc("b", "web.page_viewed", T)]
    summed, best, plain = ledger(rules, history, T)
    assert (summed["sum"], summed["value"], summed["clip"]) == (10.0, 8.0, {"min": None, "max": 8.0})
    assert (best["value"], best["clip"]) == (12.0, {"min": None, "max": 12.0})
    assert (plain["value"], "clip" in plain) == (5.0, False)


def test_a_frequency_lists_what_it_counted():
    """The facts in the window, those that left it, and the amount."""
    rule = {"id": "f", "frequency": {"on": "web.page_viewed", "at_least": 2, "within": "1d"}, "points": 7}
    history = [doc("a", "web.page_viewed", T - DAY), doc("b", "web.page_viewed", T), doc("c", "web.page_viewed", T)]
    (node,) = ledger([rule], history, T)
    assert (node["value"], node["amount"], node["holds"]) == (7.0, 2, True)
    assert {f["event_id"]: f["why"] for f in node["facts"]} == {"a": "window closed", "b": "counted", "c": "counted"}
