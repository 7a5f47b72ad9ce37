"""Random companies: models with accounts, and crowds whose people belong to several of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.crowds import histories
from tests.scoring.journeys import HISTORY_MS, journeys
from tests.scoring.making import Doc
from tests.scoring.worlds import optional, seconds

STAGES = ("known", "engaged", "buying")


def _asked(deep: int = 1) -> st.SearchStrategy[Doc]:
    score = st.sampled_from([-5, 0.1, 3, 5, 7.7, 10, 12.25, 20, 30])
    found = st.one_of(
        st.builds(lambda n: {"total": {"at_least": n}}, score),
        st.builds(lambda n: {"total": {"at_least": n}}, score),
        st.builds(lambda n: {"total": {"at_most": n}}, score),
        st.builds(lambda n: {"roles_covered": {"at_least": n}}, st.integers(1, 2)),
        st.builds(lambda n: {"contacts": {"at_least": n}}, st.integers(1, 3)),
        st.builds(lambda n: {"contacts": {"at_most": n}}, st.integers(0, 2)),
        st.builds(lambda d: {"in_stage_for": d}, seconds(40)),
    )
    if not deep:
        return found
    inner = st.lists(_asked(deep - 1), min_size=1, max_size=2)
    several = st.builds(lambda key, parts: {key: parts}, st.sampled_from(["all", "any"]), inner)
    return st.one_of(found, found, several, st.builds(lambda part: {"not": part}, _asked(deep - 1)))


@st.composite
def accounts(draw: Any) -> Doc:
    """The section `account` of a model."""
    transitions = []
    for _ in range(draw(st.integers(1, 4))):
        target = draw(st.sampled_from(STAGES))
        found: Doc = {"from": draw(st.sampled_from([s for s in STAGES if s != target])), "to": target}
        found["when"] = draw(_asked())
        optional(draw, found, "leave", _asked())
        optional(draw, found, "cooldown", seconds(30), 3)
        if "leave" not in found:
            found["sticky"] = True
        transitions.append(found)
    stages = {stage: {} for stage in STAGES}
    return {
        "key": draw(st.sampled_from(["account", "account", "account", "job_title"])),
        "step": draw(st.sampled_from([0.1, 0.5, 2, 5])),
        "roles": {"decider": {"job_title": "CTO"}, "user": {"exists": "employees"}},
        "lifecycle": {"entry": STAGES[0], "stages": stages, "transitions": transitions},
    }


@st.composite
def companies(draw: Any, most: int = 16) -> tuple[Doc, list[Doc]]:
    """A model with accounts, and events of people of several companies in order of time."""
    model, _ = draw(journeys(people=False))
    history = draw(histories(most, people=False))
    for event in history:
        optional(draw, event, "account", st.sampled_from(["acme", "globex"]), 3)
    claims = draw(st.lists(st.tuples(st.integers(0, HISTORY_MS), st.sampled_from(["L1", "L2"])), max_size=3))
    for number, (instant, lead) in enumerate(claims):
        claim = {"event_id": f"c{number}", "type": "crm.claimed", "occurred_at": instant, "lead_id": lead}
        history.append(claim | {"properties": {"owner": draw(st.sampled_from(["eve", "bob"]))}})
    if draw(st.booleans()):
        merge = {"event_id": "merge", "type": "crm.merged", "occurred_at": draw(st.integers(0, HISTORY_MS))}
        history.append(merge | {"lead_id": "L1", "properties": {"into": "L2"}})
    history.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    return model | {"account": draw(accounts())}, history
