"""When contacts announce themselves, and the contract's own sample of accounts (lifecycle.md, rule 12)."""

from pipeline.engine.account_documents import account_row
from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, at, go, lifecycle
from tests.scoring.making import doc

T = 1_760_000_000_000
CONTRACTS_OWN = {
    "key": "account",
    "step": 5,
    "roles": {
        "decider": {"job_title": {"matches": "(?i)director|vp|总监"}},
        "user": {"department": "it"},
        "payer": {"department": "finance"},
    },
    "lifecycle": {
        "entry": "known",
        "stages": {"known": {}, "engaged": {}, "buying": {}},
        "transitions": [
            {
                "from": "known",
                "to": "engaged",
                "when": {"total": {"at_least": 80}},
                "leave": {"total": {"at_least": 50}},
            },
            {"from": "engaged", "to": "buying", "when": {"roles_covered": {"at_least": 3}}, "sticky": True},
        ],
    },
}


def contact(lead, event_id, instant, account="acme", **more):
    return doc(event_id, "form.submitted", instant, lead, account=account, **more)


def page(lead, event_id, instant):
    return doc(event_id, "web.page_viewed", instant, lead)


def drive(*events, points=10, decay="none", account=None, **model):
    rules = ({**SITE, "points": points, "decay": decay},)
    return Drive(rules=rules, account=account or {}, **model).apply(*events)


def row(driven, account="a:acme"):
    return account_row(driven.lead(account), driven.model.account, T + 900 * DAY_MS)


def contacts(driven):
    return {c["lead_id"]: (c["total"], c["announced_at"]) for c in row(driven)["contacts"]}


def test_contacts_with_the_same_key_are_one_account():
    """Another key is another account, and somebody without a key belongs to none."""
    driven = drive(contact("L1", "a", T), contact("L2", "b", T), contact("L3", "c", T, "apex"), page("L4", "d", T))
    assert [*contacts(driven.tick(T))] == ["L1", "L2"]
    assert [c["lead_id"] for c in row(driven, "a:apex")["contacts"]] == ["L3"]


def test_a_contact_announces_at_each_of_its_facts():
    """Also where its total has moved by less than a step, and the latest announcement is what counts."""
    driven = drive(contact("L1", "a", T), page("L1", "b", T + 1), points=3).tick(T + 2)
    assert contacts(driven) == {"L1": (3.0, at(T + 1))}
    assert contacts(driven.apply(page("L1", "c", T + 5)).tick(T + 6)) == {"L1": (6.0, at(T + 5))}


def test_a_contact_announces_at_its_dues():
    """Its stage changes by itself, and the account knows."""
    cycle = lifecycle(go("visitor", "lead", {"in_stage_for": "2d"}))
    driven = drive(contact("L1", "a", T), cycle=cycle).tick(T + 3 * DAY_MS)
    assert contacts(driven) == {"L1": (0.0, at(T + 2 * DAY_MS))}
    assert row(driven)["contacts"][0]["stage"] == "lead"


def test_a_contact_announces_when_its_total_has_moved_by_a_step():
    """Twenty points that end after ten days: by five at 2.5 d, exactly; in between nothing moves the account."""
    events = contact("L1", "a", T), page("L1", "b", T)
    driven = drive(*events, points=20, decay={"linear": "10d"}).tick(T + 60 * HOUR_MS - 1)
    assert contacts(driven) == {"L1": (20.0, at(T))}
    assert row(driven)["total"] == 20.0
    assert contacts(driven.tick(T + 60 * HOUR_MS)) == {"L1": (15.0, at(T + 60 * HOUR_MS))}


def test_the_step_is_the_models():
    """With a step of ten the same contact announces at five days."""
    events = contact("L1", "a", T), page("L1", "b", T)
    driven = drive(*events, points=20, decay={"linear": "10d"}, account={"step": 10}).tick(T + 4 * DAY_MS)
    assert contacts(driven) == {"L1": (20.0, at(T))}
    assert contacts(driven.tick(T + 5 * DAY_MS)) == {"L1": (10.0, at(T + 5 * DAY_MS))}


def test_an_account_has_stages_of_its_own():
    """The contract's own section: up with 80 points, back below 50, and it stays once three roles are covered."""
    pages = [page("L1", f"p{n}", T + n) for n in range(8)]
    driven = drive(contact("L1", "a", T), *pages, decay={"window": "9d"}, account=CONTRACTS_OWN).tick(T + 20 * DAY_MS)
    assert driven.moves("a:acme") == [
        ("known", "engaged", at(T + 7), "activity"),
        ("engaged", "known", at(T + 9 * DAY_MS + 3), "decay"),
    ]
    people = (
        contact("L1", "b", T + 8, job_title="VP Sales"),
        contact("L2", "c", T + 9, department="it"),
        contact("L3", "d", T + 10, department="finance"),
    )
    driven = drive(contact("L1", "a", T), *pages, decay={"window": "9d"}, account=CONTRACTS_OWN).apply(*people)
    driven.tick(T + 20 * DAY_MS)
    assert driven.told("to_stage", "occurred_at", lead="a:acme")[1:] == [("buying", at(T + 10))]
    assert row(driven)["roles_covered"] == ["decider", "user", "payer"]


def test_a_contact_can_fill_several_roles():
    """A director of IT decides and uses."""
    both = contact("L1", "a", T, job_title="Director", department="it")
    assert row(drive(both, account=CONTRACTS_OWN).tick(T))["roles_covered"] == ["decider", "user"]
