"""What a lead takes over with another's standing (lifecycle.md, rule 11)."""

import random

from tests.engine.cluster import Cluster
from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, at, go, lifecycle
from tests.scoring.making import doc, event_of

T = 1_760_000_000_000
BUSY = {"implicit": {"at_least": 10}}
DEMO = {"happened": {"on": "form.submitted", "when": {"form_type": "demo"}}}
ACCEPTED = {"action": "crm.accepted"}


def page(event_id, instant, **more):
    return doc(event_id, "web.page_viewed", instant, **more)


def merged(instant, lead="A", into="B"):
    return doc("m", "crm.merged", instant, lead, into=into)


def unmerged(instant, lead="A", source="B"):
    return doc("u", "crm.unmerged", instant, lead, **{"from": source})


def of_b(drive):
    return drive.told("to_stage", "occurred_at", "cause", lead="B")


def test_the_instant_of_entry_comes_along():
    """Five days in the stage count from when the other lead entered it."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", {"in_stage_for": "5d"}))
    drive.apply(page("a", T, lead_id="A"), merged(T + DAY_MS)).tick(T + 9 * DAY_MS)
    assert of_b(drive) == [("lead", at(T + DAY_MS), "merge"), ("mql", at(T + 5 * DAY_MS), "timer")]


def test_firings_and_cooldowns_come_along():
    """What fired for the other lead within the cooldown does not fire again before that ends."""
    rules = ({**SITE, "decay": {"window": "1d"}},)
    drive = Drive(go("visitor", "lead", BUSY, leave=BUSY, cooldown="20d"), rules=rules)
    drive.apply(page("a", T, lead_id="A"), merged(T + 2 * DAY_MS), page("b", T + 3 * DAY_MS, lead_id="B"))
    drive.apply(page("c", T + 20 * DAY_MS - HOUR_MS, lead_id="B")).tick(T + 20 * DAY_MS)
    assert of_b(drive) == [("visitor", at(T + 2 * DAY_MS), "merge"), ("lead", at(T + 20 * DAY_MS), "timer")]


def test_spent_activities_come_along():
    """A demo request that the other lead's transition answered is not answered again."""
    drive = Drive(go("visitor", "mql", DEMO), go("mql", "visitor", {"action": "crm.rejected"}))
    drive.apply(doc("a", "form.submitted", T, "A", form_type="demo"), doc("b", "crm.rejected", T, "A"))
    drive.apply(merged(T + DAY_MS)).tick(T + 2 * DAY_MS)
    assert drive.told("to_stage", lead="A") == [("mql",), ("visitor",)]
    assert drive.told("cause", lead="B") == [("merge",)]


def test_approvals_come_along():
    """The second step's approval is enough where the first was given before the merge."""
    drive = Drive(go("visitor", "sql", ACCEPTED, approvals=[{"step": "legal"}, {"step": "finance"}]))
    drive.apply(doc("a", "crm.accepted", T, "A"), doc("b", "crm.approved", T + 1, "A", step="legal"), merged(T + 9))
    drive.apply(doc("c", "crm.approved", T + 20, "B", step="finance")).tick(T + 30)
    assert of_b(drive) == [("sql", at(T + 20), "approval")]


def test_a_pin_comes_along():
    """The lead that takes over a pinned one is pinned."""
    drive = Drive(go("visitor", "lead", ACCEPTED)).apply(doc("a", "crm.stage_set", T, "A", pin=True), merged(T + 9))
    drive.apply(doc("b", "crm.accepted", T + 20, "B")).tick(T + 30)
    assert drive.changes == []


def test_hold_backs_come_along():
    """What was held back by an order of people waits with the other lead, too."""
    drive = Drive(go("visitor", "lead", BUSY)).apply(page("a", T, lead_id="A"))
    drive.apply(doc("b", "crm.stage_set", T + 5, "A", stage="visitor"), merged(T + 9)).tick(T + DAY_MS)
    assert drive.told("cause", lead="B") == [("merge",)]


def test_an_sla_comes_along():
    """It runs on from the other lead's entry, and a breach that was told is not told again."""
    cycle = lifecycle(go("visitor", "mql", BUSY), mql={"sla": {"within": "4h", "until": "crm.accepted"}})
    for merge in (T + HOUR_MS, T + 5 * HOUR_MS):
        drive = Drive(cycle=cycle).apply(page("a", T, lead_id="A"), merged(merge)).tick(T + 9 * HOUR_MS)
        assert [s["occurred_at"] for s in drive.signals] == [at(T + 4 * HOUR_MS)]


def test_a_lead_that_is_freed_goes_on_where_it_was():
    """Its own stage, its own number: the next change is its second, and the other lead's facts are not its own."""
    drive = Drive(go("visitor", "lead", BUSY), go("lead", "mql", ACCEPTED))
    drive.apply(page("a", T, lead_id="A"), merged(T + 1), page("b", T + 2, lead_id="B")).tick(T + HOUR_MS)
    drive.apply(unmerged(T + DAY_MS), doc("c", "crm.accepted", T + 2 * DAY_MS, "A")).tick(T + 3 * DAY_MS)
    assert drive.told("seq", "from_stage", "to_stage", "implicit", lead="A") == [
        (1, "visitor", "lead", 10.0),
        (2, "lead", "mql", 10.0),
    ]


def test_nothing_is_decided_before_the_weaker_identifiers_owner_has_answered():
    """Whatever the order of delivery between partitions, a known address makes nothing be announced twice."""
    demo = Drive(go("visitor", "mql", DEMO), go("mql", "sql", BUSY)).model
    ann = {"email": "ann@acme.example"}
    history = [
        doc("a", "form.submitted", T, None, form_type="demo", **ann),
        doc("b", "form.submitted", T + 5, "L1", form_type="demo", **ann),
        page("c", T + 9, lead_id="L1"),
    ]
    for seed in range(20):
        cluster = Cluster(demo, 4, random.Random(seed))
        for document in history:
            cluster.inputs[seed % 4].append(event_of(document))
        for inputs in cluster.inputs:
            inputs.append(T + DAY_MS)
        cluster.run()
        told = sorted((c["lead_id"] != "L1", c["seq"], c["cause"], c["occurred_at"]) for c in cluster.changes.values())
        assert told == [
            (False, 1, "merge", at(T + 5)),
            (False, 2, "activity", at(T + 9)),
            (True, 1, "activity", at(T)),
        ]
