"""Named scores and the trend as `leadtide replay` and `leadtide explain` show them."""

import json
import math

import pytest

from tests.analysis.test_replay import DAY_MS, EVENTS, MODEL, T, leadtide, replayed  # noqa: F401 - a fixture
from tests.scoring.making import doc

CONTRACT = {"lead_id", "anonymous", "email", "account", "owner", "first_source", "first_campaign", "stage", "explicit"}
CONTRACT |= {"implicit", "total", "grade", "trend", "as_of", "due_at", "aliases"}
SCORES = {
    "product-b": {
        "title": "Product B",
        "explicit": {"rules": [{"id": "boss-b", "when": {"job_title": "CTO"}, "points": 3}]},
        "implicit": {"rules": [{"id": "views-b", "on": "web.page_viewed", "points": 4}]},
        "weights": {"explicit": 2},
        "grades": {"explicit": {"A": 3}, "implicit": {"1": 8}},
    }
}


@pytest.fixture
def with_scores(leadtide, tmp_path):  # noqa: F811 - the fixture
    """The small model with a named score."""
    (tmp_path / "model.yaml").write_text(json.dumps({**MODEL, "scores": SCORES}))
    return leadtide


def test_a_line_of_scores_has_the_fields_of_the_contract(with_scores, tmp_path):
    """With named scores or without: `trend` is among the scores, `scores` only where the ledger is."""
    assert {frozenset(row) for row in replayed(with_scores, tmp_path)[0]} == {frozenset(CONTRACT)}


def test_the_trend_is_the_score_against_a_fortnight_before(leadtide, tmp_path):  # noqa: F811 - the fixture
    """New interest improves, half-lives later it declines, and nothing at all is steady."""
    quiet = doc("z", "crm.attribute_set", T + 30 * DAY_MS, lead_id="L4", city="Ulm")
    before = {row["lead_id"]: row["trend"] for row in replayed(leadtide, tmp_path)[0]}
    after = {row["lead_id"]: row["trend"] for row in replayed(leadtide, tmp_path, events=[*EVENTS, quiet])[0]}
    assert before == {"L1": "improving", "L2": "improving", "L3": "steady"}
    assert after == {"L1": "declining", "L2": "declining", "L3": "steady", "L4": "steady"}


def test_the_ledger_adds_up_for_a_named_score(with_scores, tmp_path):
    """`--explain` gives the score and its tree, down to the events, with its own weights and grades."""
    ann = replayed(with_scores, tmp_path, "--explain")[0][0]
    (tree,) = ann["ledger"]["scores"]
    assert ann["scores"] == {"product-b": {"explicit": 3.0, "implicit": 8.0, "total": 14.0, "grade": "A1"}}
    assert (tree["id"], tree["title"], tree["total"], tree["grade"]) == ("product-b", "Product B", 14.0, "A1")
    assert tree["implicit"]["value"] == math.fsum(rule["value"] for rule in tree["implicit"]["children"])
    assert [leaf["event_id"] for leaf in tree["implicit"]["children"][0]["children"]] == ["a", "d"]


def test_an_explanation_shows_the_named_score(with_scores, tmp_path):
    """People read it as a tree of its own, with the events."""
    replayed(with_scores, tmp_path)
    code, shown, _ = with_scores("explain", "L1", "--model", "model.yaml", "--events", "events.ndjson")
    assert code == 0
    assert "Product B: 14.00" in shown
    assert "views-b: 8.00" in shown
