"""Which of a title's languages is told, and that nothing but titles depends on the language."""

from functools import cache

import pytest

from pipeline.analysis.rebuilding import Successor
from pipeline.analysis.replay import replay
from pipeline.codec.instants import format_instant
from pipeline.engine.activating import ModelChange
from pipeline.models import load_model
from pipeline.ndjson import Line
from pipeline.scoring.ledger import title_of
from pipeline.simulation import DEFAULT_START, simulate

ALL = {"": "plain", "en": "English", "zh-CN": "简体", "zh-TW": "繁體"}
CHANGE_AT = DEFAULT_START + 30 * 86_400_000


@pytest.mark.parametrize(
    ("language", "titles", "told"),
    [
        ("zh-TW", ALL, "繁體"),
        ("zh-CN", ALL, "简体"),
        ("zh-CN", {"en": "English", "zh": "中文", "": "plain"}, "中文"),
        ("zh-CN", {"en": "English", "zh-cn": "简体"}, "简体"),
        ("zh-TW", {"zh-CN": "简体", "en": "English", "": "plain"}, "plain"),
        ("zh-TW", {"zh-CN": "简体", "en": "English"}, "English"),
        ("zh-TW", {"de": "Deutsch", "zh-CN": "简体"}, "简体"),
        ("zh-TW", {"de": "Deutsch", "fr": "français"}, "Deutsch"),
        ("zh-TW", {"": "plain"}, "plain"),
        ("en", {"zh-CN": "简体", "en-GB": "British"}, "British"),
        ("en", {}, "the id"),
    ],
)
def test_the_nearest_title_is_told(language, titles, told):
    """The tag, a shorter one, the plain title, English, another variant, any, the id: the first that there is."""
    assert title_of(titles, "the id", language) == told


def test_english_is_told_when_no_language_is_named():
    """Files that were written before there was a choice stay as they were."""
    assert title_of(ALL, "the id") == "English"


@cache
def told_in(language):
    """Everything that a replay tells, ledgers included, with a change of model in its middle."""
    model = load_model("preset:standard-b2b")
    lines = [Line("e", n, record.value) for n, record in enumerate(simulate(5, people=15, days=60), 1)]
    change = ModelChange("again", CHANGE_AT, model.text)
    result = replay(model, lines, then=[change], language=language)
    return [*result.score_rows(ledger=True), *result.stage_changes, *result.signals]


def titles_in(told):
    """Every title in it, in order; what has none is told by its id."""
    if isinstance(told, dict):
        mine = [told["title"]] if told.get("title") not in {None, told.get("id")} else []
        return mine + [title for value in told.values() for title in titles_in(value)]
    return [title for value in told for title in titles_in(value)] if isinstance(told, list) else []


def without_titles(told):
    """The same, every title left out, also those in the sentences that signals give as reasons ("title: points")."""
    if isinstance(told, dict):
        left = {key: without_titles(value) for key, value in told.items() if key != "title"}
        if isinstance(left.get("details"), dict):
            left["details"] = {key: _coded(key, value) for key, value in left["details"].items()}
        return left
    return [without_titles(value) for value in told] if isinstance(told, list) else told


def _coded(key, value):
    if key == "reasons":
        return [reason.rpartition(": ")[2] for reason in value]
    return value.partition(": ")[0] if key == "reason" else value


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_only_titles_differ_between_languages(language):
    """Scores, stages, causes, instants and ids are the same whatever the language."""
    assert without_titles(told_in(language)) == without_titles(told_in("en"))


def test_titles_stay_in_the_language_over_a_change_of_model():
    """No title of a preset is told in English to whoever reads Chinese, neither before the change nor after it."""
    english = titles_in(told_in("en"))
    for language in ("zh-CN", "zh-TW"):
        found = titles_in(told_in(language))
        assert len(found) == len(english) > 100
        assert not set(english).intersection(found)
    instants = [told["occurred_at"] for told in told_in("zh-CN") if told.get("reasons")]
    assert min(instants) < format_instant(CHANGE_AT) < max(instants)


def test_a_rebuild_tells_titles_in_the_language():
    """What a rebuilt table announces speaks as the workers do."""
    model = load_model("preset:standard-b2b")
    lines = [Line("e", n, record.value) for n, record in enumerate(simulate(5, people=3, poison=0), 1)]
    engine = replay(model, lines).engine
    successor = Successor(model, epoch=0, instant=engine.time, stamp=lambda document: document, language="zh-TW")
    effects = successor.part(engine.profiles(), {}).effects
    titles = {reason["title"] for keyed in effects.scores for reason in keyed.value["reasons"]}
    assert "瀏覽頁面" in titles
    titles |= {reason["title"] for keyed in effects.stage_changes for reason in keyed.value["reasons"]}
    assert not titles & set(titles_in(told_in("en")))
