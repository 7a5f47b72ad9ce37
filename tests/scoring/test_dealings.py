"""Money, reasons and touches follow from the facts alone (events.md, Types; lifecycle.md, rule 9)."""

import itertools

import pytest

from pipeline.analysis.outputs import Reader
from pipeline.cli.dealings import lines_of
from pipeline.engine.dealing_documents import dealings
from pipeline.engine.engine import Engine
from pipeline.scoring.scorer import Scorer
from pipeline.wording import words_of
from tests.engine.driving import at
from tests.scoring.making import doc, event_of, model_of, outlook_of

T = 1_760_000_000_000
MODEL = model_of({"implicit": {"rules": [{"id": "v", "on": "web.page_viewed", "points": 1}]}})


def told(*documents, instant=T + 1_000):
    return dealings(outlook_of(MODEL, list(documents), instant).known)


def money(*documents, **more):
    return told(*documents, **more)["dealings"]


def test_amounts_are_summed_by_kind_and_currency_without_loss():
    """Ten times 0.1 is 1.0 (fsum), decimal strings are numbers, and currencies are never mixed."""
    payments = [doc(f"p{n}", "crm.payment_received", T + n, amount="0.1", currency="EUR") for n in range(10)]
    found = money(
        *payments,
        doc("q", "crm.quote_sent", T, amount=500, currency="CNY"),
        doc("w", "crm.opportunity_won", T, amount=450.5, currency="CNY"),
        doc("x", "crm.payment_received", T, amount=7, currency="USD"),
        doc("c", "crm.cost_booked", T) | {"properties": {"amount": 20, "currency": "CNY", "campaign": "spring"}},
        doc("d", "crm.cost_booked", T, amount=5, currency="CNY"),
    )
    assert found["paid"] == {"EUR": 1.0, "USD": 7.0}
    assert (found["quoted"], found["won"], found["cost"]) == ({"CNY": 500.0}, {"CNY": 450.5}, {"CNY": 25.0})
    assert found["cost_by_campaign"] == {"spring": {"CNY": 20.0}}


def test_an_amount_without_currency_stands_alone_and_what_is_no_number_is_counted():
    """A missing currency is none, not the last one; text and booleans add nothing; a missing amount is no mistake."""
    found = money(
        doc("a", "crm.opportunity_won", T, amount=5, currency="EUR"),
        doc("b", "crm.opportunity_won", T, amount=3),
        doc("c", "crm.opportunity_won", T, amount="about 9", currency="EUR"),
        doc("d", "crm.opportunity_won", T, amount=True, currency="EUR"),
        doc("e", "crm.opportunity_won", T),
    )
    assert found["won"] == {"": 3.0, "EUR": 5.0}
    assert found["unreadable_amounts"] == 2


@pytest.mark.parametrize(("finals", "expected"), [([], None), ([True], True), ([True, False], False), ([None], False)])
def test_the_last_payment_says_whether_it_was_the_final_one(finals, expected):
    """By the order of time; without a payment nobody knows."""
    payments = [doc(f"p{n}", "crm.payment_received", T + n, amount=1, final=final) for n, final in enumerate(finals)]
    assert money(*payments)["final_payment"] is expected


def test_reasons_stand_in_the_order_of_time():
    """Returned, rejected, disqualified and lost, each with its instant, also without a reason."""
    found = money(
        doc("d", "crm.opportunity_lost", T + 3, reason="price"),
        doc("a", "crm.returned", T, reason="no budget"),
        doc("c", "crm.disqualified", T + 2),
        doc("b", "crm.rejected", T + 1, reason="student"),
        doc("e", "crm.accepted", T + 4, reason="none of these"),
    )["reasons"]
    assert [(each["type"], each["reason"], each["occurred_at"]) for each in found] == [
        ("crm.returned", "no budget", at(T)),
        ("crm.rejected", "student", at(T + 1)),
        ("crm.disqualified", None, at(T + 2)),
        ("crm.opportunity_lost", "price", at(T + 3)),
    ]


def test_touches_are_the_first_and_last_campaign_and_a_source_only_without_any():
    """As with first_source: a producing system counts only where no campaign was ever named."""
    views = [
        doc("a", "web.page_viewed", T, source="site"),
        doc("b", "web.page_viewed", T + 1, campaign={"source": "ads", "name": "spring"}),
        doc("c", "web.page_viewed", T + 2, campaign={"source": "mail"}),
        doc("d", "web.page_viewed", T + 3, source="app"),
    ]
    found = told(*views)["touches"]
    assert (found["first"]["source"], found["first"]["campaign"], found["first"]["event_id"]) == ("ads", "spring", "b")
    assert (found["last"]["source"], found["last"]["campaign"], found["last"]["occurred_at"]) == (
        "mail",
        None,
        at(T + 2),
    )
    without = told(views[0], views[3])["touches"]
    assert [without[which]["source"] for which in ("first", "last")] == ["site", "app"]
    assert told(doc("a", "web.page_viewed", T))["touches"] == {"first": None, "last": None}


def test_what_comes_after_the_instant_is_not_known_yet():
    """Dealings are as of the instant, like the score."""
    won = doc("w", "crm.opportunity_won", T + 5, amount=1, currency="EUR", campaign={"source": "ads"})
    assert told(won, instant=T + 4) == told(instant=T + 4)
    assert money(won, instant=T + 5)["won"] == {"EUR": 1.0}


def test_an_explanation_tells_it_in_words():
    """A line for each kind of money, reason and touch; nothing where there is nothing."""
    found = told(
        doc("w", "crm.opportunity_won", T, amount=1200, currency="EUR", source="site"),
        doc("p", "crm.payment_received", T, amount=600, currency="EUR", final=True),
        doc("r", "crm.returned", T, reason="no budget"),
    )
    lines = list(lines_of(found, words_of("en")))
    assert lines[:2] == ["won: 1200.00 EUR", "paid: 600.00 EUR, the last payment was the final one"]
    assert lines[2].startswith("crm.returned on ")
    assert lines[2].endswith(": no budget")
    assert [line.partition(",")[0] for line in lines[3:]] == ["first touch: site", "last touch: site"]
    assert list(lines_of(told(doc("a", "web.page_viewed", T)), words_of("en"))) == []


def ledger_rows(*documents):
    engine, reader = Engine(MODEL), Reader(Scorer(MODEL))
    for document in documents:
        engine.apply(event_of(document))
    engine.tick(T + 1_000)
    rows = {p.subject: reader.score_row(p, T + 1_000, ledger=True) for p in engine.profiles() if p.standing.path}
    return {subject: (row["dealings"], row["touches"]) for subject, row in rows.items()}


def test_late_and_repeated_facts_give_the_same_dealings():
    """Every order of arrival, with a repetition, comes to the same, and the first content of an id is the fact."""
    documents = [
        doc("a", "crm.payment_received", T, amount=0.1, currency="EUR"),
        doc("b", "crm.payment_received", T + 1, amount=0.2, currency="EUR", final=True),
        doc("c", "crm.payment_received", T + 2, amount=0.3, currency="EUR", campaign={"source": "ads"}),
        doc("c", "crm.payment_received", T + 2, amount=0.4, currency="EUR"),
    ]
    found = [ledger_rows(*order, documents[0]) for order in itertools.permutations(documents)]
    assert all(each == found[0] for each in found)
    ((row, touches),) = found[0].values()
    assert (row["paid"], row["final_payment"], touches["last"]["source"]) == ({"EUR": 0.6}, False, "ads")


def test_a_merge_brings_the_money_and_its_undoing_takes_it_back():
    """Merged: one sum; unmerged: each has what is its own."""
    one = doc("a", "crm.opportunity_won", T, "L1", amount=1, currency="EUR")
    other = doc("b", "crm.opportunity_won", T + 1, "L2", amount=2, currency="EUR")
    merged = doc("m", "crm.merged", T + 2, "L1", into="L2")
    undone = {"event_id": "u", "type": "crm.unmerged", "occurred_at": T + 3, "lead_id": "L1"}
    together = ledger_rows(one, other, merged)
    assert {subject: row["won"] for subject, (row, _) in together.items() if row["won"]} == {"L2": {"EUR": 3.0}}
    apart = ledger_rows(one, other, merged, undone | {"properties": {"from": "L2"}})
    assert {subject: row["won"] for subject, (row, _) in apart.items()} == {"L1": {"EUR": 1.0}, "L2": {"EUR": 2.0}}
