"""What the loader makes of rules, conditions and stages."""

from pathlib import Path

import pytest

from pipeline.models import load_model, parse_model
from pipeline.models.lifecycle import MINIMAL
from pipeline.scoring.conditions import (
    All,
    AnyOf,
    DueDate,
    Frequency,
    Gained,
    GradeIn,
    Happened,
    Identified,
    InStageFor,
    Not,
    ScoreIs,
    Selector,
    Test,
    holds,
)
from pipeline.scoring.model import ActivityRule, BestOf, Decay, FrequencyRule, Limit, Points

HEAD = "id: m\nversion: 1\n"
DAY = 86_400_000
SAMPLE = Path(__file__).parent / "data" / "sample.yaml"


@pytest.fixture(scope="module")
def sample():
    return load_model(SAMPLE)


def implicit(rule, top=""):
    return parse_model(f"{HEAD}{top}implicit:\n  rules:\n    - {rule}\n").implicit.rules[0]


def explicit(when, top=""):
    return (
        parse_model(f"{HEAD}{top}explicit:\n  rules:\n    - {{id: r, when: {when}, points: 1}}\n")
        .explicit.rules[0]
        .when
    )


def stage(when, top=""):
    text = (
        f"{HEAD}{top}lifecycle: {{entry: a, stages: {{a: , b: }}, transitions: [{{from: a, to: b, when: {when}}}]}}\n"
    )
    return parse_model(text).lifecycle.transitions[0].when


def test_the_sample_model_of_the_contract_loads(sample):
    assert (sample.id, sample.version, sample.timezone) == ("b2b-saas", "3", "Asia/Shanghai")
    assert sample.nulls == {"Select", "Unknown"}
    assert (sample.implicit.lowest, sample.implicit.highest) == (0.0, 200.0)
    assert [r.id for r in sample.implicit.rules][:3] == ["pricing", "deep-read", "white-paper"]
    assert sample.implicit.rules[0].limit == Limit(3, DAY)
    assert sample.implicit.groups[0].rules == ("deep-read", "three-articles")
    assert (sample.bots.min_delay_ms, sample.bots.burst) == (2000, 5)
    assert sample.bots.honeypots[0]("/trap/door")
    assert sample.internal.is_internal_ip("10.9.8.7")
    assert sample.internal.is_internal_ip("::ffff:10.9.8.7")
    assert not sample.internal.is_internal_ip("11.0.0.1")
    assert not sample.internal.is_internal_ip("nonsense")
    assert (dict(sample.consent.purposes), sample.consent.unknown) == ({"web": "tracking", "email": "email"}, True)
    assert "campaign.name" in sample.kept_names


def test_the_category_decay_is_for_rules_that_say_nothing_else(sample):
    decays = {r.id: r.decay for r in sample.implicit.rules if isinstance(r, ActivityRule)}
    assert decays["pricing"] == Decay("half_life", 14 * DAY)
    assert decays["white-paper"] == Decay("half_life", 30 * DAY)
    assert decays["demo"] == Decay("steps", steps=((7 * DAY, 1.0), (30 * DAY, 0.5)))
    assert decays["unsubscribed"] == Decay()
    assert implicit("{id: r, on: web.page_viewed, points: 1}").decay == Decay()


def test_the_members_of_a_best_of_have_ids_of_their_own(sample):
    visits = next(r for r in sample.implicit.rules if isinstance(r, BestOf))
    assert (visits.weight, [m.id for m in visits.members]) == (35.0, ["visits[1]", "visits[2]"])
    assert all(isinstance(m, FrequencyRule) for m in visits.members)


def test_transitions_have_stable_keys(sample):
    assert [t.key for t in sample.lifecycle.transitions][:5] == [
        "visitor>lead", "lead>mql", "lead>mql#2", "mql>sql", "mql|sql>recycled",
    ]  # fmt: skip


def test_nothing_in_the_sample_is_left_undone(sample):
    """Every section of the contract's sample is acted on: there is no word of warning."""
    assert sample.warnings == ()
    assert sample.interest.surge
    assert sample.account
    assert [score.name for score in sample.scores] == ["product-b"]


def test_an_event_type_that_is_nearly_one_of_the_contract_is_a_warning():
    model = parse_model(HEAD + "implicit: {rules: [{id: a, on: web.page_view, points: 1}]}\n")
    assert model.warnings == (
        "line 3: `web.page_view` is no type of the event contract; did you mean `web.page_viewed`?",
    )


def test_a_type_of_ones_own_is_no_warning():
    assert parse_model(HEAD + "implicit: {rules: [{id: a, on: shop.basket_filled, points: 1}]}\n").warnings == ()


def test_a_model_without_a_lifecycle_makes_a_visitor_a_lead_once_identified():
    model = parse_model(HEAD)
    assert model.lifecycle is MINIMAL
    assert [s.id for s in MINIMAL.stages] == ["visitor", "lead"]
    assert MINIMAL.transitions[0].when == Identified()


def test_points_limits_and_types_are_read():
    rule = implicit(
        "{id: r, on: [web.video_watched, web.page_viewed], points: {per: percent, factor: 0.5, max: 10}, limit: once,"
        " max: 5, min: -5}"
    )
    assert rule.points == Points(per="percent", factor=0.5, max=10.0)
    assert (rule.limit, rule.max, rule.min) == (Limit(1), 5.0, -5.0)
    assert rule.selector.on == {"web.video_watched", "web.page_viewed"}
    assert implicit("{id: r, on: a.b, points: 1, limit: {count: 2, by: asset}}").limit == Limit(2, None, "asset")


@pytest.mark.parametrize(
    ("duration", "ms"),
    [("90s", 90_000), ("15m", 900_000), ("24h", DAY), ("6w", 42 * DAY), ("PT15M", 900_000), ("P14D", 14 * DAY),
     ("P1DT12H", DAY * 3 // 2), ("P2W", 14 * DAY)],
)  # fmt: skip
def test_durations_become_milliseconds(duration, ms):
    assert implicit(f"{{id: r, on: a.b, points: 1, decay: {{window: {duration}}}}}").decay == Decay("window", ms)


def test_a_bare_value_means_equals_and_several_names_and_operators_mean_all():
    assert explicit("{a: 1}") == Test("a", "equals", 1)
    assert explicit("{a: 1, b: {at_least: 2, at_most: 3}}") == All(
        (Test("a", "equals", 1), Test("b", "at_least", 2.0), Test("b", "at_most", 3.0))
    )


def test_not_is_a_connective_outside_and_an_operator_inside_a_name():
    assert explicit("{not: {a: 5}}") == Not(Test("a", "equals", 5))
    assert explicit("{a: {not: 5}}") == Test("a", "not", 5)


def test_a_name_that_is_a_keyword_is_written_under_attribute():
    assert explicit("{attribute: {total: {at_least: 5}}}") == Test("total", "at_least", 5.0)
    assert stage("{attribute: {total: 5}}") == Test("total", "equals", 5)


def test_exists_works_as_keyword_and_as_operator():
    assert explicit("{exists: budget}") == Test("budget", "exists", operand=True)
    assert explicit("{budget: {exists: false}}") == Test("budget", "exists", operand=False)


def test_in_list_takes_the_models_own_list_before_the_shipped_one():
    own = explicit("{email_domain: {in_list: free_mail}}", top="lists: {free_mail: [x.example]}\n")
    shipped = explicit("{email_domain: {in_list: free_mail}}")
    assert holds(own, {"email_domain": "x.example"}.get)
    assert not holds(own, {"email_domain": "qq.com"}.get)
    assert holds(shipped, {"email_domain": "qq.com"}.get)


def test_the_shipped_free_mail_domains_decide_accounts_whatever_the_models_list():
    model = parse_model(HEAD + "lists: {free_mail: [x.example]}\n")
    assert {"gmail.com", "qq.com", "163.com", "outlook.com"} <= model.free_mail
    assert not {"x.example", "alibaba.com", "siemens.com"} & model.free_mail


def test_fold_case_folds_text_but_not_patterns():
    folded = explicit("{a: {in: [Software]}, b: Ann, c: {glob: 'A*Z'}, d: {contains: Äß}}", top="fold: case\n")
    assert holds(folded, {"a": "SOFTWARE", "b": "ANN", "c": "abcz", "d": "xäSSx"}.get)
    pattern = explicit("{a: {matches: Soft}}", top="fold: case\n")
    assert not holds(pattern, {"a": "software"}.get)
    assert not holds(explicit("{a: {in: [Software]}}"), {"a": "software"}.get)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"(?i)\b(c[etf]o|vp)\b|总监|總監", "市场总监", True),
        (r"(?i)\b(c[etf]o|vp)\b|总监|總監", "deputy CTO", True),
        (r"(?i)\b(c[etf]o|vp)\b|总监|總監", "doctor", False),
        (r"^.{4}$", "市场总监", True),
        (r"\d", "四", False),
        (r"\d", "٤", False),
        (r"\w", "总", False),
        (r"\bCTO\b", "总CTO监", True),
        (r"监$", "总监\n", False),
        (r"x", "\ud800x", True),
    ],
)
def test_matches_searches_as_re2_does_also_in_other_scripts(pattern, text, found):
    assert holds(explicit(f"{{a: {{matches: '{pattern}'}}}}"), {"a": text}.get) is found


@pytest.mark.parametrize(
    ("glob", "text", "found"),
    [
        ("/pricing*", "/pricing/eu/2", True), ("/pricing*", "/x/pricing", False), ("*/pricing", "/x/y/pricing", True),
        ("/a*z", "/a/b\n/z", True), ("/a?c", "/abc", True), ("/a?c", "/ac", False), ("/a.c", "/abc", False),
        ("/x", "/x", True), ("/x", "/x/", False), ("/X*", "/x1", False),
    ],
)  # fmt: skip
def test_globs_are_about_the_whole_text(glob, text, found):
    assert holds(explicit(f"{{a: {{glob: '{glob}'}}}}"), {"a": text}.get) is found


def test_the_lifecycle_knows_every_condition():
    assert stage("identified") == stage("{identified: true}") == Identified()
    assert stage("{identified: false}") == Not(Identified())
    assert stage("{implicit: {at_least: 60}}") == ScoreIs("implicit", 60.0)
    assert stage("{total: {at_most: 5, at_least: 1}}") == ScoreIs("total", 1.0, 5.0)
    assert stage("{grade: A1}") == GradeIn(frozenset({"A1"}))
    assert stage("{grade: {not_in: [D4]}}") == Not(GradeIn(frozenset({"D4"})))
    assert stage("{action: crm.accepted}") == Happened(Selector(frozenset({"crm.accepted"})))
    assert stage("{action: [crm.returned, crm.rejected]}") == Happened(
        Selector(frozenset({"crm.returned", "crm.rejected"}))
    )
    assert stage("{gained: {implicit: 40}}") == Gained(40.0)
    assert stage("{in_stage_for: 30d}") == InStageFor(30 * DAY)
    assert stage("{due: reevaluate_on}") == DueDate("reevaluate_on")
    assert stage("{count: {on: a.b, at_least: 3, within: 7d}}") == Frequency(Selector(frozenset({"a.b"})), 7 * DAY, 3.0)
    assert stage("{any: [identified, {exists: x}]}") == AnyOf((Identified(), Test("x", "exists", operand=True)))


def test_grades_of_other_cuts_are_possible():
    assert stage("{grade: B2}", top="grades: {explicit: {A: 50}, implicit: {1: 10}}\n") == GradeIn(frozenset({"B2"}))


def test_grades_are_sorted_and_have_a_rest():
    grades = parse_model(HEAD + "grades: {explicit: {B: 50, A: 75}}\n").grades
    assert (grades.explicit, grades.explicit_rest, grades.implicit_rest) == ((("A", 75.0), ("B", 50.0)), "C", "4")


def test_the_names_that_conditions_read_are_kept():
    model = parse_model(
        HEAD + "implicit: {rules: [{id: a, on: a.b, when: {any: [{x: 1}, {exists: y}, {attribute: {total: 1}}]},"
        " points: {per: percent}, limit: {count: 1, by: asset}},"
        " {id: f, frequency: {on: a.b, sum: amount, at_least: 1}, points: 1}]}\n"
        "explicit: {rules: [{id: e, when: {industry: x}, points: 1}]}\n"
        "lifecycle: {entry: a, stages: {a: , b: }, "
        "transitions: [{from: a, to: b, when: {happened: {on: a.b, when: {z: 1}}}}]}\n"
        "keep: [campaign.name]\n"
    )
    assert {"x", "y", "total", "percent", "asset", "amount", "z", "campaign.name"} == model.kept_names


def test_titles_are_kept_by_language():
    rule = implicit("{id: a, title: {en: Demo, zh-CN: 演示}, on: a.b, points: 1}")
    assert dict(rule.titles) == {"en": "Demo", "zh-CN": "演示"}
    assert dict(implicit("{id: a, title: Demo, on: a.b, points: 1}").titles) == {"": "Demo"}
