"""What lint says of stages and transitions in cases that are easily mistaken for each other."""

import json

import pytest

from pipeline.models.lint import lint

POINTS = {"rules": [{"id": "page", "on": "web.page_viewed", "points": 1}]}
WON = {"action": "crm.opportunity_won"}


def kinds_of(stages, *transitions, **sections):
    lifecycle = {"entry": next(iter(stages)), "stages": stages, "transitions": list(transitions)}
    model = {"id": "m", "version": 1, "implicit": POINTS, "lifecycle": lifecycle, **sections}
    return [finding.kind for finding in lint(json.dumps(model))]


def way(source, target, when, **more):
    return {"from": source, "to": target, "when": when, **more}


def test_a_won_stage_needs_no_exit_and_neither_does_the_last_one():
    stages = {"lead": {}, "customer": {"kind": "won"}, "partner": {}}
    ways = [way("lead", "customer", WON), way("lead", "partner", {"action": "crm.referral_made"})]
    assert kinds_of(stages, *ways) == []
    assert kinds_of(stages | {"customer": {}}, *ways) == ["dead-end"]


def test_a_stage_that_every_leave_leads_back_from_is_no_dead_end():
    stages = {"lead": {}, "mql": {}, "customer": {"kind": "won"}}
    back = way("lead", "mql", {"implicit": {"at_least": 20}}, leave={"implicit": {"at_least": 10}})
    assert kinds_of(stages, back, way("lead", "customer", WON)) == []
    other = way("lead", "mql", {"action": "crm.accepted"})
    assert kinds_of(stages, back, other, way("lead", "customer", WON)) == ["dead-end"]


def test_a_transition_is_behind_another_only_if_it_is_so_from_every_stage():
    stages = {"lead": {}, "mql": {}, "sql": {}, "customer": {"kind": "won"}}
    accepted = way("lead", "mql", {"action": "crm.accepted"})
    ways = [way(["mql", "sql"], "customer", WON), way("mql", "sql", {"action": "crm.contacted"})]
    both = way(["lead", "mql"], "sql", {"action": "crm.accepted"})
    assert kinds_of(stages, accepted, *ways, both) == []
    assert kinds_of(stages, accepted, *ways, way("lead", "sql", {"action": "crm.accepted"})) == ["behind-another"]


@pytest.mark.parametrize("more", [{"cooldown": "7d"}, {"approvals": [{"step": "boss"}]}])
def test_a_transition_that_may_have_to_wait_hides_no_other(more):
    stages = {"lead": {}, "mql": {}, "sql": {}}
    first = way("lead", "mql", {"action": "crm.accepted"}, **more)
    ways = [way("lead", "sql", {"action": "crm.accepted"}), way("mql", "sql", {"action": "crm.contacted"})]
    assert kinds_of(stages, first, *ways) == []


def test_a_leave_at_the_same_points_as_when_is_no_hysteresis():
    def with_leave(points):
        leave = {"implicit": {"at_least": points}}
        return kinds_of({"lead": {}, "mql": {}}, way("lead", "mql", {"implicit": {"at_least": 60}}, leave=leave))

    assert (with_leave(60), with_leave(59)) == (["no-hysteresis"], [])


def test_of_a_transition_from_several_stages_one_way_up_is_enough():
    stages = {"lead": {}, "mql": {}, "sql": {}}
    points = {"implicit": {"at_least": 20}}
    ways = [way("lead", "sql", {"action": "crm.accepted"}), way(["sql", "mql"], "lead", {"action": "crm.returned"})]
    assert kinds_of(stages, *ways, way(["lead", "sql"], "mql", points)) == ["no-way-back"]
    assert kinds_of(stages, *ways, way("sql", "mql", points)) == []


def test_new_interest_needs_no_leave():
    stages = {"lead": {}, "mql": {}, "recycled": {"kind": "side"}}
    ways = [way("lead", "mql", {"action": "crm.accepted"}), way("mql", "recycled", {"action": "crm.returned"})]
    gained = {"gained": {"implicit": 40, "since": "stage_entered"}}
    assert kinds_of(stages, *ways, way("recycled", "mql", gained)) == []


def test_a_transition_that_never_fires_reaches_no_stage():
    stages = {"lead": {}, "mql": {}}
    never = {"all": [{"country": "CN"}, {"country": "DE"}]}
    assert kinds_of(stages, way("lead", "mql", never)) == ["unreachable-stage", "never-true"]


@pytest.mark.parametrize(
    "when",
    [
        {"action": "crm.returned"},
        {"gained": {"implicit": 5, "since": "stage_entered"}},
        {"in_stage_for": "1d"},
        {"not": {"exists": "budget"}},
        {"implicit": {"at_most": 10}},
    ],
)
def test_what_needs_a_new_fact_or_time_or_excludes_the_way_there_is_no_loop(when):
    there = way("lead", "mql", {"exists": "budget", "implicit": {"at_least": 20}}, sticky=True)
    assert kinds_of({"lead": {}, "mql": {}}, there, way("mql", "lead", when)) == []


@pytest.mark.parametrize("when", [{"exists": "authority"}, {"in_stage_for": "1s"}, {"implicit": {"at_most": 20}}])
def test_a_circle_without_a_new_fact_is_a_loop(when):
    there = way("lead", "mql", {"exists": "budget", "implicit": {"at_least": 20}}, sticky=True)
    assert kinds_of({"lead": {}, "mql": {}}, there, way("mql", "lead", when)) == ["loop"]


def test_the_stages_of_accounts_are_looked_at_as_well():
    lifecycle = {
        "entry": "known",
        "stages": {"known": {}, "engaged": {}, "lost": {}},
        "transitions": [way("known", "engaged", {"total": {"at_least": 80}})],
    }
    account = {"account": {"lifecycle": lifecycle}}
    assert sorted(kinds_of({"lead": {}}, **account)) == ["dead-end", "no-way-back", "unreachable-stage"]
