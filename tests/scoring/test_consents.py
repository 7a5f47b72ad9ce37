"""scoring.md, Consent: what may pay, and when."""

from tests.scoring.making import doc, model_of, score_of

T = 1_760_000_000_000
RULES = {
    "rules": [
        {"id": "views", "on": "web.page_viewed", "points": 10},
        {"id": "form", "on": "form.submitted", "points": 1},
    ]
}


def said(event_id, instant, **purposes):
    return doc(event_id, "crm.consent_changed", instant, consent=purposes)


def implicit(history, at, unknown="deny", rules=RULES):
    model = {"implicit": rules, "consent": {"web": "tracking", "email": "email", "unknown": unknown}}
    return score_of(model_of(model), history, at)[1]


VIEW = doc("a", "web.page_viewed", T)


def test_never_stated_counts_as_unknown():
    """`unknown` decides, and is `allow` by default; what needs no purpose pays anyway."""
    history = [VIEW, doc("f", "form.submitted", T)]
    assert implicit(history, T, "allow") == 11.0
    assert implicit(history, T, "deny") == 1.0
    assert score_of(model_of({"implicit": RULES, "consent": {"web": "tracking"}}), history, T)[1] == 11.0


def test_consent_given_later_does_not_pay_for_what_was_done_before():
    """It must have been in force when it happened."""
    history = [VIEW, said("c", T + 1, tracking=True), doc("b", "web.page_viewed", T + 2)]
    assert implicit(history, T + 2) == 10.0


def test_consent_of_the_same_instant_is_in_force():
    """A statement holds from its own instant on, also one that the event itself carries."""
    assert implicit([VIEW | {"consent": {"tracking": True}}], T) == 10.0
    assert implicit([VIEW, said("z", T, tracking=True)], T) == 10.0


def test_withdrawn_consent_stops_paying_and_given_again_pays_again():
    """It must also be in force as of T."""
    history = [said("0", T - 1, tracking=True), VIEW, said("1", T + 5, tracking=False), said("2", T + 9, tracking=True)]
    assert [implicit(history, T + n) for n in (4, 5, 8, 9)] == [10.0, 0.0, 0.0, 10.0]


def test_the_latest_statement_wins_by_time_and_then_by_id():
    """By (occurred_at, event_id), whatever arrives first, visitor's and lead's together."""
    yes, no = said("a1", T, tracking=True), said("a2", T, tracking=False)
    assert implicit([no, VIEW, yes], T) == 0.0
    assert implicit([no | {"event_id": "a0"}, VIEW, yes], T) == 10.0
    assert implicit([said("late", T - 9, tracking=False), VIEW, yes], T) == 10.0


def test_one_purpose_says_nothing_of_another():
    """Tracking allowed does not allow what needs `email`."""
    rules = {"rules": [{"id": "opens", "on": "email.opened", "points": 3}]}
    history = [said("c", T - 1, tracking=True), doc("o", "email.opened", T)]
    assert implicit(history, T, rules=rules) == 0.0
    assert implicit([*history, said("d", T - 1, email=True)], T, rules=rules) == 3.0


def test_negative_rules_need_no_consent():
    """Fixed, per property and by frequency."""
    rules = [
        {"id": "a", "on": "web.page_viewed", "points": -10},
        {"id": "b", "on": "web.page_viewed", "points": {"per": "seconds", "factor": -1}},
        {"id": "c", "frequency": {"on": "web.page_viewed", "at_least": 1}, "points": -100},
        {"id": "d", "on": "web.page_viewed", "points": 5},
    ]
    history = [said("c", T - 1, tracking=False), doc("a", "web.page_viewed", T, seconds=3)]
    assert implicit(history, T, rules={"rules": rules}) == -113.0


def test_unsubscribing_forbids_no_scoring():
    """`email.unsubscribed` and `.complained` are about sending."""
    rules = {"rules": [{"id": "opens", "on": "email.opened", "points": 3}]}
    history = [said("c", T - 1, email=True), doc("u", "email.unsubscribed", T), doc("o", "email.opened", T + 1)]
    assert implicit([*history, doc("x", "email.complained", T)], T + 1, rules=rules) == 3.0


def test_lifecycle_conditions_see_consented_activities_only():
    """`count` and `happened` see eligible activities only."""
    from tests.engine.driving import Drive, go

    for asked in ({"happened": {"on": "web.page_viewed"}}, {"count": {"on": "web.page_viewed", "at_least": 1}}):
        drive = Drive(go("visitor", "lead", asked), consent={"web": "tracking", "unknown": "deny"})
        drive.apply(VIEW).tick(T)
        assert drive.changes == []
        drive.apply(said("c", T + 1, tracking=True), doc("b", "web.page_viewed", T + 1)).tick(T + 1)
        assert drive.told("trigger_event_id") == [("b",) if "happened" in asked else ("c",)]
