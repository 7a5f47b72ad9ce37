"""The digest follows the meaning of a model."""

import pytest

from pipeline.models import crawlers, load_model, parse_model
from pipeline.models import loader as loading

MODEL = """\
id: m
version: 1
implicit:
  rules:
    - {id: a, on: web.page_viewed, points: 10}
lifecycle:
  entry: lead
  stages: {lead: {}, mql: {}}
"""


def digest(text):
    return parse_model(text).digest


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + MODEL,
        MODEL.replace("points: 10", "points: 10.0"),
        MODEL.replace(
            "{id: a, on: web.page_viewed, points: 10}", "points: 10\n      on: web.page_viewed\n      id: 'a'"
        ),
        MODEL.replace("on: web", "on: &x web"),
        MODEL.replace("\n", "\r\n"),
    ],
)
def test_comments_and_spelling_do_not_change_the_digest(same):
    assert digest(same) == digest(MODEL)


@pytest.mark.parametrize(
    "other",
    [
        MODEL.replace("points: 10", "points: 11"),
        MODEL.replace("version: 1", "version: 2"),
        MODEL.replace("{lead: {}, mql: {}}", "{mql: {}, lead: {}}"),
        MODEL + "fold: case\n",
    ],
)
def test_what_changes_the_meaning_changes_the_digest(other):
    assert digest(other) != digest(MODEL)


def test_a_new_crawler_list_is_a_new_model_version(monkeypatch):
    before = digest(MODEL)
    monkeypatch.setattr(loading, "crawler_digest", lambda: "another")
    assert digest(MODEL) != before


def test_the_model_version_carries_the_first_eight_characters():
    model = load_model()
    assert model.model_version == f"2+{model.digest[:8]}"
    assert len(model.digest) == len(crawlers.crawler_digest()) == 64
