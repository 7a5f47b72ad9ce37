"""Random lifecycles with short times, and histories to drive leads through them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.scoring.making import Doc
from tests.scoring.worlds import events, halves, optional, seconds

HISTORY_MS = 60
HORIZON_MS = 170
STAGES: Doc = {"a": {}, "b": {}, "c": {}, "d": {"kind": "side"}}


@st.composite
def conditions(draw: Any, deep: int = 2) -> Doc:
    """Any condition that a transition or a `leave` can ask."""
    if deep and draw(st.integers(1, 4)) == 1:
        inner = conditions(deep - 1)
        key = draw(st.sampled_from(["all", "any", "not"]))
        return {key: draw(inner) if key == "not" else draw(st.lists(inner, min_size=1, max_size=2))}
    points = st.sampled_from([-5, 0.1, 1, 3, 5, 7.7, 10, 12.25, 20, 30])
    score = st.sampled_from(["implicit", "implicit", "implicit", "total", "explicit"])
    types = st.sampled_from(["web.page_viewed", "form.submitted", "email.clicked", "crm.cost_booked"])
    return draw(
        st.one_of(
            st.builds(lambda s, n: {s: {"at_least": n}}, score, points),
            st.builds(lambda s, n: {s: {"at_least": n}}, score, points),
            st.builds(lambda s, n: {s: {"at_most": n}}, score, points),
            st.sampled_from([{"grade": {"in": ["A1", "A2", "B1"]}}, {"grade": {"in": ["C4", "C3"]}}]),
            st.builds(
                lambda t, n, d: {"count": {"on": t, "at_least": n, "within": d}}, types, st.integers(1, 2), seconds(50)
            ),
            st.builds(lambda t: {"happened": {"on": t}}, types),
            st.just({"action": "crm.cost_booked"}),
            st.just({"happened": {"on": "web.page_viewed", "when": {"path": {"glob": "/pricing*"}}}}),
            st.builds(lambda n: {"gained": {"implicit": n, "since": "stage_entered"}}, st.sampled_from([0.1, 5, 8])),
            st.builds(lambda d: {"in_stage_for": d}, seconds(40)),
            st.just({"due": "reevaluate_on"}),
            st.sampled_from([{"job_title": "CTO"}, {"exists": "employees"}]),
        )
    )


@st.composite
def lifecycles(draw: Any, *, people: bool = False) -> Doc:
    """One to five transitions between four stages; with `people` some wait for approvals, and stages have an SLA."""
    transitions = []
    for _ in range(draw(st.integers(1, 5))):
        target = draw(st.sampled_from(list(STAGES)))
        others = [stage for stage in STAGES if stage != target]
        found: Doc = {
            "to": target,
            "from": draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True)),
        }
        found["when"] = draw(conditions())
        optional(draw, found, "leave", conditions())
        optional(draw, found, "cooldown", seconds(30), 3)
        if people and draw(st.integers(1, 3)) == 1:
            found["approvals"] = [{"step": step} for step in draw(st.sampled_from([["x"], ["x", "y"]]))]
            for approval in found["approvals"]:
                optional(draw, approval, "within", seconds(40))
        if "leave" not in found:
            found["sticky"] = True
        transitions.append(found)
    stages = {stage: dict(settings) for stage, settings in STAGES.items()}
    for settings in stages.values() if people else ():
        sla = st.fixed_dictionaries(
            {"within": seconds(60), "until": st.just("form.submitted"), "escalate": st.just("z")}
        )
        optional(draw, settings, "sla", sla, 3)
    return {"entry": "a", "stages": stages, "transitions": transitions}


@st.composite
def orders(draw: Any) -> Doc:
    """What people do to a lead: approve, decline, set its stage, pin it."""
    kind = draw(st.sampled_from(["crm.approved", "crm.approved", "crm.declined", "crm.stage_set"]))
    found: Doc = {"event_id": f"p{draw(st.integers(1, 40))}", "type": kind, "lead_id": "L1"}
    found["occurred_at"] = draw(st.integers(0, 2 * HISTORY_MS))
    properties: Doc = {}
    if kind == "crm.stage_set":
        properties = draw(
            st.one_of(
                st.builds(lambda stage: {"stage": stage}, st.sampled_from([*STAGES])),
                st.builds(lambda stage, pin: {"stage": stage, "pin": pin}, st.sampled_from([*STAGES]), st.booleans()),
                st.builds(lambda pin: {"pin": pin}, st.booleans()),
            )
        )
    else:
        optional(draw, properties, "step", st.sampled_from(["x", "x", "y"]), 1 if kind == "crm.approved" else 2)
    return found | {"properties": properties}


@st.composite
def journeys(draw: Any, *, people: bool = False) -> tuple[Doc, list[Doc]]:
    """A model with a lifecycle, times in ms, and the events of one lead; with `people` what they decide, too."""
    model = draw(halves(50)) | {"lifecycle": draw(lifecycles(people=people))}
    history = draw(st.lists(events(HISTORY_MS, marks=False), min_size=1, max_size=7))
    if people:
        history += draw(st.lists(orders(), min_size=1, max_size=6))
    if draw(st.integers(1, 3)) == 1:
        due = f"1970-01-01T00:00:00.{draw(st.integers(1, 120)):03}"
        late = {"event_id": "due", "type": "crm.disqualified", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(late | {"lead_id": "L1", "properties": {"reevaluate_on": due}})
    return model, history
