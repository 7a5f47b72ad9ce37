"""The core against the oracle, and the laws of sets of facts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.making import doc, model_of, outlook_of, score_of
from tests.scoring.oracle import Oracle, exact_sum
from tests.scoring.worlds import events, models

HISTORY_MS = 20_000
quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@quick
@given(
    models(15),
    st.lists(events(HISTORY_MS, tick=1000), max_size=14),
    st.lists(st.integers(0, 80).map(lambda n: n * 500), min_size=3),
)
def test_core_and_oracle_agree_to_the_last_bit(model, history, instants):
    """Scores and grade are what a naive reading of scoring.md gives, at any instant."""
    loaded, oracle = model_of(model), Oracle(model, history)
    for at in [*instants[:6], *(e["occurred_at"] for e in history[:4])]:
        assert score_of(loaded, history, at) == oracle.score(at)


@quick
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_of_events_do_not_count(model, history, chance):
    """Any permutation and any duplication of a lead's events gives the same score, to the last bit."""
    loaded = model_of(model)
    shuffled = history + chance.choices(history, k=4)
    chance.shuffle(shuffled)
    for at in (10_000, HISTORY_MS, 35_000):
        assert score_of(loaded, shuffled, at) == score_of(loaded, history, at)


@quick
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), max_size=12), st.integers(0, 60).map(lambda n: n * 500))
def test_explanation_adds_up(model, history, at):
    """Every node of the ledger is the fsum of its children or its stated clip, and the root is the score."""
    from pipeline.scoring.ledger import explain

    outlook = outlook_of(model_of(model), history, at)
    tree = explain(outlook)
    explicit, implicit, total, grade = score_of(outlook.model, history, at)
    assert (tree["explicit"]["value"], tree["implicit"]["value"]) == (explicit, implicit)
    weights = tree["weights"]
    assert weights["explicit"] * explicit + weights["implicit"] * implicit == total == tree["total"]
    assert tree["grade"] == grade
    for half in ("explicit", "implicit"):
        _adds_up(tree[half])


def _adds_up(node):
    children = node.get("children", [])
    if node["kind"] in ("activities", "group", "category"):
        assert node["sum"] == exact_sum([child["value"] for child in children])
        assert node["value"] == _clipped(node["sum"], node)
    elif node["kind"] == "best_of":
        children = node["members"]
        best = max((m["value"] for m in children if m["paying"]), default=0.0)
        assert sum(m["paying"] for m in children) <= 1
        raw = best if node["weight"] is None else node["weight"] * best / 100
        assert node["value"] == _clipped(raw, node)
    elif node["kind"] == "frequency":
        assert bool(node["value"]) == node["holds"]
    for child in children:
        if "kind" in child:
            _adds_up(child)
        elif child["value"] == 0.0:
            assert child["why"] or child["points"] == 0.0


def _clipped(value, node):
    clip = node.get("clip", {})
    low, high = clip.get("min"), clip.get("max")
    value = value if high is None else min(value, high)
    return value if low is None else max(value, low)


CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["app", "site"]),
        "campaign": st.sampled_from([{"source": "ads"}, {"name": "x", "source": "ads"}, {"name": "y"}]),
        "consent": st.sampled_from([{"tracking": True}, {"tracking": False}]),
        "email": st.sampled_from(["ann@acme.example", "bob@acme.example"]),
        "external_ids": st.sampled_from([{"crm_contact": "7"}, {"crm_contact": "70"}]),
        "properties": st.fixed_dictionaries(
            {},
            optional={
                "amount": st.sampled_from([1, 10, 2.5, "1", "ä"]),
                "path": st.sampled_from(["/x", "/pricing", "/pricing/\\n"]),
                "seconds": st.sampled_from([1, 11, -3, True]),
            },
        ),
    },
)


@settings(quick, max_examples=100)
@given(
    st.sampled_from(["web.page_viewed", "form.submitted"]), st.lists(CONTENTS, min_size=2, max_size=4), st.booleans()
)
def test_of_several_contents_under_one_id_the_least_is_the_fact(kind, contents, backwards):
    """The least (occurred_at, type, canonical JSON) wins, whatever arrives first."""
    variants = [{"event_id": "same", "type": kind, "occurred_at": 7_000, "lead_id": "L1", **c} for c in contents]
    asked = [{"path": "/x"}, {"path": "/pricing"}, {"amount": 1}, {"amount": 10}, {"amount": 2.5}, {"amount": "1"}]
    asked += [{"seconds": 1}, {"seconds": 11}, {"seconds": True}, {"source": "app"}, {"campaign.name": "x"}]
    rules = [{"id": f"r{n}", "on": kind, "when": when, "points": 2**n} for n, when in enumerate(asked)]
    people = [{"email": "ann@acme.example"}, {"first_source": "ads"}, {"amount": {"exists": True}}]
    explicit = [{"id": f"x{n}", "when": when, "points": 2**n} for n, when in enumerate(people)]
    model = {"implicit": {"rules": rules}, "explicit": {"rules": explicit}, "consent": {"web": "tracking"}}
    arrived = variants[::-1] if backwards else variants
    assert score_of(model_of(model), arrived, 9_000) == Oracle(model, variants).score(9_000)


def test_what_is_kept_decides_between_contents_before_the_digest():
    """The envelope is compared where canonical JSON has it: `source` comes after `properties`."""
    one = doc("e", "web.page_viewed", 5, source="app", path="/x")
    other = doc("e", "web.page_viewed", 5, source="site", path="/pricing")
    model = model_of(
        {"implicit": {"rules": [{"id": "a", "on": "web.page_viewed", "when": {"path": "/x"}, "points": 1}]}}
    )
    assert score_of(model, [one, other], 9) == score_of(model, [other, one], 9) == (0.0, 0.0, 0.0, "D4")
