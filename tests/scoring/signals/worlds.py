"""Random models that signal everything, and histories in which there is something to tell."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.scoring.journeys import HISTORY_MS, STAGES, journeys, orders
from tests.scoring.oracle import distinct
from tests.scoring.worlds import decays, optional, seconds, single_rules
from tests.scoring.worlds import events as any_events


@st.composite
def offers(draw):
    """A named score with one or two offers."""
    rules = [draw(single_rules(30)) | {"id": f"r{n}"} for n in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        rules[0] = {"id": "r0", "on": ["web.page_viewed", "form.submitted"], "points": 6, "decay": draw(decays(20))}
    found = {"implicit": {"rules": rules}, "signal": {}}
    optional(draw, found, "weights", st.just({"implicit": 0.5}), 3)
    for name in draw(st.sampled_from([["cross_sell"], ["up_sell"], ["cross_sell", "up_sell"]])):
        found["signal"][name] = {"at_least": draw(st.sampled_from([0.1, 1, 5, 9]))}
        optional(draw, found["signal"][name], "stages", st.just(["a", "b"]), 3)
    return found


@st.composite
def fading(draw):
    """A journey up and, as interest fades, down again: two stages with a `leave`."""
    points = st.sampled_from([-3, 4, 8, 15])
    rules = [
        {"id": kind, "on": kind, "points": draw(points), "decay": draw(decays(40))}
        for kind in ("web.page_viewed", "form.submitted", "email.clicked")
    ]
    rules[0]["points"] = 8
    up, further = draw(st.sampled_from([2, 5, 8])), draw(st.sampled_from([9, 12]))
    down = {"implicit": {"at_least": draw(st.sampled_from([1, 2, 5]))}}
    leave = draw(st.sampled_from([down, {"any": [down, {"not": {"in_stage_for": "9s"}}]}]))
    transitions = [
        {"from": ["a", "d"], "to": "b", "when": {"implicit": {"at_least": up}}, "leave": leave},
        {"from": "b", "to": "c", "when": {"implicit": {"at_least": further}}, "leave": {"implicit": {"at_least": 6}}},
        {"from": ["b", "c"], "to": "d", "when": {"action": "crm.cost_booked"}, "sticky": True},
    ]
    data = {"implicit": {"rules": rules}, "lifecycle": {"entry": "a", "stages": STAGES, "transitions": transitions}}
    history = draw(st.lists(any_events(HISTORY_MS, marks=False), min_size=3, max_size=12))
    return data, history + draw(st.lists(orders(), max_size=2))


@st.composite
def told(draw):
    """What people and mail tell of a lead: claims, unsubscriptions, consent."""
    types = ["crm.claimed", "crm.claimed", "crm.claimed", "email.unsubscribed", "email.subscribed", "email.complained"]
    kind = draw(st.sampled_from(types))
    found = {"event_id": f"m{draw(st.integers(1, 40))}", "type": kind, "lead_id": "L1"}
    found["occurred_at"] = draw(st.integers(0, HISTORY_MS))
    if kind == "crm.claimed":
        found["properties"] = {"owner": draw(st.sampled_from(["ann", "bob"]))}
    elif draw(st.integers(1, 3)) == 1:
        found["consent"] = {draw(st.sampled_from(["email", "tracking"])): draw(st.booleans())}
    return found


@st.composite
def worlds(draw):
    """A journey under a model that signals everything."""
    data, history = draw(st.one_of(fading(), fading(), journeys(people=draw(st.booleans()))))
    data = draw(signalling(data))
    return data, distinct(history + draw(st.lists(told(), max_size=6)))


@st.composite
def signalling(draw, data):
    """The model, with every signal on."""
    surge = {"window": draw(seconds(6)), "factor": draw(st.sampled_from([0.5, 3])), "floor": draw(st.integers(0, 12))}
    data["signals"] = {"surge": surge, "cooling": {"horizon": draw(seconds(9))}}
    data["signals"]["re_engaged"] = {"silence": draw(seconds(20))}
    data["scores"] = {name: draw(offers()) for name in draw(st.sampled_from([["one"], ["one", "two"]]))}
    nurtured = draw(st.sets(st.sampled_from([*STAGES])))
    stages = data["lifecycle"]["stages"].items()
    data["lifecycle"]["stages"] = {
        stage: {**said, "nurture": {"track": f"track {stage}"}} if stage in nurtured else said for stage, said in stages
    }
    if draw(st.booleans()):
        data["consent"] = {"email": "tracking", "unknown": draw(st.sampled_from(["allow", "deny"]))}
    return data
