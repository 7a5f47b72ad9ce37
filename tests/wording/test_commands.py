"""explain, leads, model show and replay in the languages that there are."""

import json
import re

import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.cli import explanation
from pipeline.models import parse_model
from pipeline.ndjson import read_lines
from tests.scoring.making import doc, text_of

T = 1_772_442_600_000  # Monday, 2026-03-02T09:10:00Z
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
BOT = {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}

MODEL = {
    "implicit": {
        "range": [0, 30],
        "rules": [
            {
                "id": "page",
                "title": {"en": "Pages", "zh-CN": "浏览页面", "zh-TW": "瀏覽頁面"},
                "on": "web.page_viewed",
                "points": 2,
                "limit": {"count": 7, "per": "24h"},
                "decay": {"window": "2d"},
            },
            {
                "id": "demo",
                "title": {"en": "Demo", "zh-CN": "预约演示", "zh-TW": "預約展示"},
                "on": "form.submitted",
                "points": 30,
            },
        ],
    },
    "lifecycle": {
        "entry": "cold",
        "stages": {
            "cold": {"title": {"en": "Cold", "zh-CN": "冷", "zh-TW": "冷淡"}},
            "warm": {"title": {"en": "Warm", "zh-CN": "温", "zh-TW": "溫熱"}},
            "hot": {"title": {"en": "Hot", "zh-CN": "热", "zh-TW": "火熱"}},
        },
        "transitions": [
            {
                "from": "cold",
                "to": "warm",
                "title": {"en": "Got warm", "zh-CN": "升温", "zh-TW": "升溫"},
                "when": {"implicit": {"at_least": 10}},
                "leave": {"implicit": {"at_least": 5}},
            },
            {"from": "warm", "to": "hot", "when": {"implicit": {"at_least": 25}}, "sticky": True},
        ],
    },
}
EVENTS = [
    *(doc(f"p{n}", "web.page_viewed", T + n * 60_000, path=f"/{n}") for n in range(9)),
    doc("bot", "web.page_viewed", T + HOUR_MS, path="/bot", context=BOT),
]

EXPLAINED = {
    "zh-CN": [
        "温（自 ",
        "总分 14.00",
        "隐性得分：14.00",
        "浏览页面：14.00",
        " 2 分，现值 2.00 ",
        "以及更早的 2 条",
        "未计分：2 × 已达上限，1 × 机器人：网络爬虫",
        "以下任意一项活动即可使其进入下一阶段：",
        "  预约演示 (form.submitted) → 热",
        "若无新的活动：",
        " 温 → 冷（兴趣衰减）",
    ],
    "zh-TW": [
        "溫熱（自 ",
        "總分 14.00",
        "隱性分數：14.00",
        "瀏覽頁面：14.00",
        " 2 分，現值 2.00 ",
        "以及更早的 2 筆",
        "未計分：2 × 已達上限，1 × 機器人：網路爬蟲",
        "下列任一活動即可使其進入下一階段：",
        "  預約展示 (form.submitted) → 火熱",
        "若無新的活動：",
        " 溫熱 → 冷淡（興趣衰減）",
    ],
    "en": [
        "Warm since ",
        "total 14.00",
        "implicit: 14.00",
        "Pages: 14.00",
        " 2 points, now 2.00 ",
        "and 2 older ones",
        "paid nothing: 2 × limit, 1 × bot: crawler",
        "One of these would move it on:",
        "  Demo (form.submitted) → Hot",
        "Without any activity: Warm → Cold on ",
        " (decay)",
    ],
}
SHOWN = {
    "zh-CN": ["隐性评分：线索做了什么（0 至 30 分）", "规则", "浏览页面", "升温"],
    "zh-TW": ["隱性評分：潛在客戶做了什麼（0 至 30 分）", "規則", "瀏覽頁面", "升溫"],
    "en": ["Implicit: what the lead does (0 to 30 points)", "rule", "Pages", "Got warm"],
}


@pytest.fixture
def leadtide(tmp_path, monkeypatch):
    """Runs a command beside the model and the events."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADTIDE_MODEL", "model.yaml")
    monkeypatch.setenv("TZ", "UTC")
    (tmp_path / "model.yaml").write_text(text_of(MODEL))
    (tmp_path / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return lambda *arguments: CliRunner().invoke(cli.app, list(arguments))


@pytest.mark.parametrize("language", EXPLAINED)
def test_explain_speaks_the_language(leadtide, language):
    """Titles, causes, reasons and sentences are in the language; types and ids of events stay as they are."""
    told = leadtide("explain", "L1", "--language", language, "--events", "events.ndjson").stdout
    for line in EXPLAINED[language]:
        assert line in told
    others = {line for other, lines in EXPLAINED.items() if other != language for line in lines}
    assert not [line for line in others - set(EXPLAINED[language]) if line in told]
    assert "web.page_viewed" in told
    assert "p8" not in told
    assert "p6" in told


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_no_english_is_left_in_an_explanation(leadtide, language):
    """Whatever is added to explanations is translated: Latin letters are those of ids, types and zones."""
    for all_facts in ((), ("--all",)):
        told = leadtide("explain", "L1", "--language", language, "--events", "events.ndjson", *all_facts).stdout
        assert (
            {"web.page_viewed"}
            <= set(re.findall("[A-Za-z_.]{3,}", told))
            <= {"web.page_viewed", "form.submitted", "bot", "UTC"}
        )


def test_explain_as_json_translates_titles_only(leadtide):
    """Stages, causes, kinds and reasons are codes in every language."""
    ask = ("explain", "L1", "--json", "--events", "events.ndjson")
    found = {language: json.loads(leadtide(*ask, "--language", language).stdout) for language in EXPLAINED}
    assert {language: told["reasons"][0]["title"] for language, told in found.items()} == {
        "en": "Pages",
        "zh-CN": "浏览页面",
        "zh-TW": "瀏覽頁面",
    }
    for told in found.values():
        assert told["stage"] == "warm"
        assert told["next_by_itself"]["cause"] == "decay"
        assert told["what_it_takes"][0]["to_stage"] == "hot"
        facts = told["ledger"]["implicit"]["children"][0]["children"]
        assert {fact.get("why") for fact in facts} == {None, "limit", "bot: crawler"}
        assert told["ledger"]["implicit"]["title"] == "implicit"


@pytest.mark.parametrize("language", SHOWN)
def test_model_show_speaks_the_language(leadtide, language):
    """Headings, columns and titles are in the language."""
    told = leadtide("model", "show", "model.yaml", "--language", language).stdout
    for line in SHOWN[language]:
        assert line in told


def test_model_show_as_json_has_the_titles_of_the_language(leadtide):
    """Ids stay; titles follow the language."""
    told = json.loads(leadtide("model", "show", "model.yaml", "--json", "--language", "zh-HK").stdout)
    assert [row[:2] for row in told["stages"]] == [["cold", "冷淡"], ["warm", "溫熱"], ["hot", "火熱"]]


def test_leads_speaks_the_language_of_the_settings(leadtide, monkeypatch):
    """Without --language the setting counts, and --language wins over it."""
    monkeypatch.setenv("LEADTIDE_LANGUAGE", "zh")
    ask = ("leads", "--events", "events.ndjson")
    assert "线索" in leadtide(*ask).stdout
    assert "温" in leadtide(*ask).stdout
    assert "潛在客戶" in leadtide(*ask, "--language", "zh-TW").stdout
    assert "Warm" in leadtide(*ask, "--language", "en").stdout
    assert "“热”阶段没有线索" in leadtide(*ask, "--stage", "hot").stderr


def test_replay_tells_titles_in_the_language(leadtide, monkeypatch, tmp_path):
    """The reasons of stage changes and the ledger are told in the language of --language, else of the settings."""
    monkeypatch.setenv("LEADTIDE_LANGUAGE", "zh-TW")
    for name, more in (("setting", ()), ("option", ("--language", "zh_CN"))):
        assert leadtide("replay", "--explain", "--out", name, *more, "events.ndjson").exit_code == 0
    told = {}
    for name in ("setting", "option"):
        (change,) = read_lines([tmp_path / name / "stage-changes.ndjson"])
        (score,) = read_lines([tmp_path / name / "scores.ndjson"])
        ledger = json.loads(score.value)["ledger"]["implicit"]["children"]
        told[name] = [json.loads(change.value)["reasons"][0]["title"], ledger[0]["title"]]
    assert told == {"setting": ["瀏覽頁面"] * 2, "option": ["浏览页面"] * 2}


@pytest.mark.parametrize(
    "command",
    [
        ("leads", "--events", "events.ndjson"),
        ("explain", "L1", "--events", "events.ndjson"),
        ("model", "show", "model.yaml"),
        ("replay", "--out", "out", "events.ndjson"),
    ],
)
def test_an_unknown_language_is_refused(leadtide, command):
    """The error names the option and the languages that there are, and nothing is done."""
    result = leadtide(*command, "--language", "fr")
    assert result.exit_code != 0
    assert "--language: 'fr' is no language of Leadtide: there are en, zh-CN, zh-TW" in str(result.exception)
    assert result.stdout == ""


def test_trend_and_open_approvals_are_told_where_there_are_any(leadtide, capsys):
    """A score's trend and whoever has to approve stand below the stage."""
    found = json.loads(leadtide("explain", "L1", "--json", "--events", "events.ndjson").stdout)
    wait = {"transition": "t", "to": "hot", "step": "boss", "since": found["as_of"], "due_at": found["as_of"]}
    found |= {"trend": "declining", "pending": [wait, wait | {"due_at": None}]}
    explanation.show(found, parse_model(text_of(MODEL)), all_facts=False, language="zh-CN")
    told = capsys.readouterr().out
    assert "兴趣度：下降\n" in told
    assert "起等待“boss”审批，通过后进入“热”，最晚 " in told
    assert "通过后进入“热”\n" in told
