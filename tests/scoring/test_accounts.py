"""Accounts: what contacts come to, which stage that is, and when a contact's total has moved by a step."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.scoring.account_stages import AccountDecision
from pipeline.scoring.accounts import Claim, Contact, Roll, account_of, claim_of, is_account, roles_of
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.model import Account, Lifecycle, Stage
from pipeline.scoring.moving import moves_at, still_until
from pipeline.scoring.profile import Profile, Standing
from tests.engine.companies import accounts
from tests.scoring.journeys import HISTORY_MS, HORIZON_MS, journeys
from tests.scoring.making import doc, fine_model_of, model_of, outlook_of, profile_of

quick = settings(
    max_examples=50, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
ACCOUNT = Account(Lifecycle("known", (Stage("known"),)))


def contact(total, *roles, claim=None):
    return Contact(total, 0, "lead", roles, claim)


def test_the_warmest_contact_counts_in_full_the_next_by_half():
    """80, 40, 24 and 8 come to 80 + 20 + 6 + 1, whoever is named first."""
    roll = Roll({"d": contact(8), "b": contact(40), "a": contact(80), "c": contact(24)})
    assert roll.shares == {"a": 80, "b": 20, "c": 6, "d": 1}
    assert roll.total == 107
    assert Roll({}).total == 0


@quick
@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.randoms(use_true_random=False))
def test_an_accounts_total_is_exact_and_knows_no_order(totals, chance):
    """It is the correctly rounded sum, the same to the last bit however the contacts are shuffled."""
    exact = sum((Fraction(total) / 2**k for k, total in enumerate(sorted(totals, reverse=True))), Fraction(0))
    named = [(f"L{number}", contact(total)) for number, total in enumerate(totals)]
    chance.shuffle(named)
    assert Roll(dict(named)).total == float(exact)


def test_roles_are_covered_by_whoever_fills_them():
    """Several may fill one role, one several."""
    roll = Roll({"a": contact(1, "user"), "b": contact(1, "user", "payer"), "c": contact(1)})
    assert roll.roles == {"user", "payer"}


def test_owners_stand_in_the_order_of_their_first_claims():
    """Whoever claimed a contact first is the first owner; each is named once, with the contacts that are theirs."""
    claims = {
        "a": Claim(9, "e9", "kim"),
        "b": Claim(5, "e5", "eve"),
        "c": Claim(5, "e4", "bob"),
        "d": Claim(9, "e8", "bob"),
    }
    roll = Roll({lead: contact(1, claim=claim) for lead, claim in claims.items()})
    assert roll.owners == ["bob", "eve", "kim"]
    assert roll.owned_by(["bob", "kim"]) == ["a", "c", "d"]


def test_the_first_claim_of_a_contact_counts():
    """A second `crm.claimed` changes nothing, and one without an owner is none."""
    model = model_of({})
    history = [
        doc("e1", "crm.claimed", 1),
        doc("e2", "crm.claimed", 2, owner="eve"),
        doc("e3", "crm.claimed", 3, owner="bob"),
    ]
    assert claim_of(profile_of(model, history).facts.values()) == Claim(2, "e2", "eve")
    assert claim_of([]) is None


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        ("acme.example", "a:acme.example"),
        (4711, "a:4711"),
        (4711.0, "a:4711"),
        (1.5, "a:1.5"),
        (True, None),
        (None, None),
    ],
)
def test_the_key_of_an_account_is_text_or_a_number(key, subject):
    """1 and 1.0 are one account; true is none."""
    assert account_of(ACCOUNT, {"account": key}.get) == subject


def test_roles_are_asked_of_a_contacts_attributes():
    """As the model declares them, in its order."""
    section = {
        "roles": {"user": {"department": "it"}, "decider": {"job_title": "CTO"}, "payer": {"department": "finance"}}
    }
    account = model_of({"account": section}).account
    assert roles_of(account, {"job_title": "CTO", "department": "it"}.get) == ("user", "decider")


def test_a_lead_with_an_accounts_id_is_a_lead():
    """Who has facts is no account, nor is an alias."""
    lead = profile_of(model_of({}), [doc("e1", "web.page_viewed", 1, "a:x")], "a:x")
    assert not is_account(lead)
    assert is_account(Profile("a:x"))
    assert not is_account(Profile("a:x", alias_of="L1"))
    assert not is_account(Profile("L1"))


def test_the_stored_form_of_a_contact_gives_it_back():
    """Through MessagePack tuples become lists."""
    stored = Contact(1.5, 7, "mql", ("user",), Claim(1, "e1", "eve"))
    assert Contact.of([1.5, 7, "mql", ["user"], [1, "e1", "eve"]]) == stored
    assert Contact.of(stored.row()) == stored


IN_TIME = {"in_stage_for": "5s"}


@pytest.mark.parametrize(
    "when", [IN_TIME, {"all": [IN_TIME, {"contacts": {"at_least": 0}}]}, {"any": [{"total": {"at_least": 9}}, IN_TIME]}]
)
@pytest.mark.parametrize("is_leave", [False, True])
def test_time_in_a_stage_is_found_wherever_a_condition_names_it(when, is_leave):
    """Within `all`, `any` and `not`, as a way on and as what must stay true: 5 s to the ms, and cause `timer`."""
    always = {"contacts": {"at_least": 0}}
    leave = {"when": always, "leave": {"not": when}}
    ways = [{"from": "known", "to": "engaged"} | (leave if is_leave else {"when": when, "sticky": True})]
    cycle = {"entry": "known", "stages": {"known": {}, "engaged": {}}, "transitions": ways}
    stages, standing = Map(model_of({"account": {"lifecycle": cycle}}).account.lifecycle), Standing()
    first = AccountDecision(stages, Roll({}), standing, 100)
    first.enter()
    assert len(list(first.decide())) == is_leave
    assert first.next_change() == 5_100
    (change, *_) = AccountDecision(stages, Roll({}), standing, 5_100).decide()
    assert (change.to_stage, change.cause, change.direction) == (
        ("known", "timer", "down") if is_leave else ("engaged", "timer", "up")
    )


def test_a_cooldown_ends_at_its_instant():
    """What holds all the while fires again then."""
    way = {
        "from": "known",
        "to": "engaged",
        "when": {"total": {"at_most": 9}},
        "leave": {"total": {"at_most": 5}},
        "cooldown": "9s",
    }
    cycle = {"entry": "known", "stages": {"known": {}, "engaged": {}}, "transitions": [way]}
    stages, standing = Map(model_of({"account": {"lifecycle": cycle}}).account.lifecycle), Standing()
    for instant, total, moves, due in ((0, 5, 1, None), (10, 7, 1, None), (20, 1, 0, 9_000), (9_000, 1, 1, None)):
        decision = AccountDecision(stages, Roll({"a": contact(total)}), standing, instant, "e")
        decision.enter()
        assert len(list(decision.decide())) == moves
        assert decision.next_change() == due


@st.composite
def rolls(draw):
    """Contacts with totals around the thresholds."""
    totals = draw(st.lists(st.sampled_from([-5.0, 0.1, 3.0, 5.0, 7.7, 12.25, 20.0]), max_size=4))
    roles = st.lists(st.sampled_from(["decider", "user"]), max_size=2, unique=True)
    return Roll({f"L{n}": contact(total, *draw(roles)) for n, total in enumerate(totals)})


@quick
@given(accounts(), st.lists(st.tuples(st.integers(1, 50), rolls()), min_size=1, max_size=4))
def test_an_account_changes_by_itself_at_the_first_ms_at_which_a_walk_finds_a_change(section, news):
    """`next_change` against deciding in every single millisecond, announcement after announcement."""
    stages = Map(fine_model_of({"account": section}).account.lifecycle)
    standing, now = Standing(), 0
    for wait, roll in news:
        now += wait
        standing.recent.clear()
        standing.looped = False
        for _ in range(40):  # as many changes by itself as come
            decision = AccountDecision(stages, roll, standing, now)
            decision.enter()
            changes = list(decision.decide())
            assert len({change.transition for change in changes if change.transition}) == sum(
                change.transition is not None for change in changes
            )
            found = decision.next_change()
            assert found == walked(stages, roll, standing, now)
            if found is None or found > now + wait:
                break
            now = found


def walked(stages, roll, standing, now):
    if standing.looped:
        return None
    for instant in range(now + 1, now + 60):
        trial = deepcopy(standing)
        decision = AccountDecision(stages, roll, trial, instant)
        if list(decision.decide()) or decision.looped:
            return instant
    return None


@quick
@given(journeys(people=False), st.integers(0, HISTORY_MS), st.sampled_from([0.1, 0.5, 2, 5]))
def test_a_total_has_moved_by_a_step_at_the_first_ms_at_which_a_walk_says_so(journey, now, step):
    """The search, and the glance before it, against the total in every single millisecond."""
    data, history = journey
    model = fine_model_of(data)
    check_against_a_walk(model, history, now, step)


@pytest.mark.parametrize("step", [0.5, 2, 3, 7])
@pytest.mark.parametrize(
    "decays",
    [[(20, {"half_life": "30s"})], [(9, {"linear": "90s"})], [(20, {"half_life": "90s"}), (-12, {"half_life": "9s"})]],
)
def test_fading_points_are_found_step_by_step(decays, step):
    """Falling, and rising where negative points fade faster: from each instant on to the next step."""
    rules = [
        {"id": f"r{n}", "on": "web.page_viewed", "points": points, "decay": decay}
        for n, (points, decay) in enumerate(decays)
    ]
    model = fine_model_of({"implicit": {"rules": rules}})
    for now in range(0, 120, 40):
        check_against_a_walk(model, [doc("e1", "web.page_viewed", 0)], now, step)


def check_against_a_walk(model, history, now, step):
    known = [event for event in history if event["occurred_at"] <= now]
    outlook = outlook_of(model, known, now)
    before = outlook.total(outlook.now).low
    totals = ((at, total_of(model, known, at)) for at in range(now + 1, 2 * HORIZON_MS))
    first = next((at for at, total in totals if total >= before + step or total <= before - step), None)
    found, still = moves_at(outlook, before, step), still_until(outlook, before, step)
    if first is not None:
        assert found == first
        assert still is not None
        assert now <= still < first
    else:
        assert found is None or found >= 2 * HORIZON_MS
        assert still is None or found is None or still < found


def total_of(model, history, at):
    outlook = outlook_of(model, history, at)
    return outlook.total(outlook.now).low
