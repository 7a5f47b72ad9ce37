"""scoring.md, one fact after the other, with numbers that can be checked by hand."""

import math

import pytest

from tests.engine.driving import Drive, go
from tests.scoring.making import doc, model_of, score_of

T = 1_760_000_000_000
DAY = 86_400_000


def view(event_id, instant=T, **more):
    return doc(event_id, "web.page_viewed", instant, **more)


def implicit(rule, history, at=T, **model):
    """The implicit score under one rule (or several)."""
    rules = rule if isinstance(rule, list) else [{"id": "r", "on": "web.page_viewed", "points": 10, **rule}]
    return score_of(model_of({"implicit": {"rules": rules}, **model}), history, at)[1]


def explicit(when, **attributes):
    """Whether an explicit rule holds on a form's answers."""
    model = {"explicit": {"rules": [{"id": "r", "when": when, "points": 1}]}, "nulls": ["Select"]}
    history = [doc("f", "form.submitted", T, form_type="contact", **attributes)]
    return bool(score_of(model_of(model), history, T)[0])


@pytest.mark.parametrize(
    ("decay", "age", "points"),
    [
        ("none", 9_000 * DAY, 10.0),
        ({"half_life": "14d"}, 0, 10.0),
        ({"half_life": "14d"}, 14 * DAY, 5.0),
        ({"half_life": "14d"}, 280 * DAY - 1, 10 * 2.0 ** (-(280 * DAY - 1) / (14 * DAY))),
        ({"half_life": "14d"}, 280 * DAY, 0.0),
        ({"linear": "10d"}, 4 * DAY, 10 * (1 - 4 / 10)),
        ({"linear": "10d"}, 10 * DAY, 0.0),
        ({"linear": "10d"}, 11 * DAY, 0.0),
        ({"window": "10d"}, 10 * DAY - 1, 10.0),
        ({"window": "10d"}, 10 * DAY, 0.0),
        ({"steps": [["7d", 1], ["30d", 0.5]]}, 7 * DAY - 1, 10.0),
        ({"steps": [["7d", 1], ["30d", 0.5]]}, 7 * DAY, 5.0),
        ({"steps": [["7d", 1], ["30d", 0.5]]}, 30 * DAY - 1, 5.0),
        ({"steps": [["7d", 1], ["30d", 0.5]]}, 30 * DAY, 0.0),
    ],
)
def test_points_fade_exactly_as_stated(decay, age, points):
    """Every decay at its boundaries, to the millisecond and the last bit."""
    assert implicit({"decay": decay}, [view("a")], T + age) == points


def test_the_categorys_decay_holds_for_rules_that_say_nothing_else():
    """`decay: none` of a rule overrules it."""
    section = {"decay": {"window": "1d"}, "rules": [{"id": "a", "on": "web.page_viewed", "points": 1}]}
    section["rules"].append({"id": "b", "on": "web.page_viewed", "points": 10, "decay": "none"})
    assert score_of(model_of({"implicit": section}), [view("a")], T + DAY)[1] == 10.0


def test_a_fact_after_the_instant_does_not_count():
    """The score at T uses facts with occurred_at ≤ T."""
    assert implicit({}, [view("a"), view("b", T + 1)]) == 10.0


@pytest.mark.parametrize(
    ("limit", "pays"),
    [
        ("once", ["a"]),
        ({"count": 2}, ["a", "b"]),
        ({"count": 1, "per": "2d"}, ["a", "c", "e"]),
        ({"count": 2, "per": "2d"}, ["a", "b", "c", "d", "e"]),
        ({"count": 1, "by": "path"}, ["a", "b"]),
        ({"count": 1, "per": "3d", "by": "path"}, ["a", "b", "d", "e"]),
    ],
)
def test_limits_let_the_first_pay(limit, pays):
    """An activity pays only if fewer than n paid ones lie in (t − d, t], for each value of `by`."""
    days = {"a": (0, "x"), "b": (1, "y"), "c": (2, "x"), "d": (3, "x"), "e": (4, "y")}
    history = [view(name, T + day * DAY, path=path, worth=10**n) for n, (name, (day, path)) in enumerate(days.items())]
    expected = sum(10 ** list(days).index(name) for name in pays)
    assert implicit({"limit": limit, "points": {"per": "worth"}}, history[::-1], T + 9 * DAY) == expected


def test_of_one_instant_the_least_event_id_pays_first():
    """Order is (occurred_at, event_id)."""
    history = [view("b", worth=2), view("a", worth=1)]
    assert implicit({"limit": "once", "points": {"per": "worth"}}, history) == 1.0


def test_by_tells_true_from_one_and_not_1_from_1_0():
    """`by` compares as conditions do; a missing value is a value of its own."""
    history = [view(n, path=p) for n, p in zip("abcd", (1, 1.0, True, "1"), strict=True)] + [view("e"), view("f")]
    assert implicit({"limit": {"count": 1, "by": "path"}}, history) == 40.0


@pytest.mark.parametrize(
    ("value", "points"), [(4, 8.0), ("2.5", 5.0), (9, 15.0), (-3, -6.0), ("many", 0.0), (None, 0.0), (True, 0.0)]
)
def test_points_per_property_are_the_factor_times_its_number_up_to_the_maximum(value, points):
    """min(m, f × value); a decimal string is its number; missing or no number: 0."""
    rule = {"points": {"per": "amount", "factor": 2, "max": 15}}
    assert implicit(rule, [view("a", amount=value)]) == points


@pytest.mark.parametrize("amount", [1.7e308, -1.7e308, "1e308", 1e100, "-1e100"])
def test_no_number_of_an_event_can_stop_the_scorer(amount):
    """A number beyond ±1e100 is none, and what a factor makes of a smaller one stays finite, through all its fading."""
    rules = [
        {"id": "r", "on": "web.page_viewed", "points": {"per": "amount", "factor": 1e9}, "decay": {"half_life": "1d"}},
        {"id": "f", "frequency": {"on": "web.page_viewed", "sum": "amount", "at_least": 1}, "points": 5},
    ]
    history = [view(f"e{n}", amount=amount) for n in range(3)]
    model = model_of({"implicit": {"rules": rules}})
    for at in (T, T + DAY, T + 21 * DAY):
        assert all(math.isfinite(score) for score in score_of(model, history, at)[:3])
    drive = Drive(
        go("visitor", "lead", {"implicit": {"at_least": 1}}, leave={"implicit": {"at_least": 1}}), rules=rules
    )
    drive.apply(*history).tick(T + 900 * DAY)
    assert len(drive.changes) == {1e100: 1}.get(amount, 0)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [({"at_least": 2}, (2, 3, 4)), ({"exactly": 2}, (2,)), ({"between": [1, 2]}, (1, 2)), ({"exactly": 0}, (0,))],
)
def test_a_frequency_pays_while_the_number_is_as_asked(asked, numbers):
    """Fixed points, undecayed, for at_least, exactly and between."""
    rule = {"id": "f", "frequency": {"on": "web.page_viewed", "within": "7d", **asked}, "points": 5}
    section = {"decay": {"half_life": "1d"}}
    for number in range(5):
        model = model_of({"implicit": section | {"rules": [rule]}})
        paid = score_of(model, [view(f"e{n}") for n in range(number)], T + 6 * DAY)[1]
        assert paid == (5.0 if number in numbers else 0.0)


def test_a_frequencys_window_is_open_on_the_left():
    """An activity at T − within no longer counts, one a millisecond later does."""
    rule = [{"id": "f", "frequency": {"on": "web.page_viewed", "within": "7d", "at_least": 1}, "points": 5}]
    assert implicit(rule, [view("a")], T + 7 * DAY - 1) == 5.0
    assert implicit(rule, [view("a")], T + 7 * DAY) == 0.0


def test_a_frequency_of_a_sum_reads_decimal_strings():
    """The sum of the property takes the number's place."""
    rule = [{"id": "f", "frequency": {"on": "web.page_viewed", "sum": "amount", "at_least": 1}, "points": 5}]
    assert implicit(rule, [view(f"e{n}", amount="0.1") for n in range(10)]) == 5.0
    assert implicit(rule, [view(f"e{n}", amount="0.1") for n in range(9)]) == 0.0


def test_a_best_of_pays_its_highest_paying_member_by_weight():
    """weight × points / 100, from left to right; nothing when no member pays."""
    members = [
        {"frequency": {"on": "web.page_viewed", "at_least": 3}, "points": 100},
        {"frequency": {"on": "web.page_viewed", "at_least": 1}, "points": 41},
    ]
    rule = [{"id": "b", "weight": 35.7, "best_of": members}]
    paid = [implicit(rule, [view(f"e{n}") for n in range(number)]) for number in range(4)]
    assert paid == [0.0, 35.7 * 41 / 100, 35.7 * 41 / 100, 35.7 * 100 / 100]


def test_a_member_that_pays_less_than_nothing_pays_if_no_other_does():
    """The highest paying member may be a negative one; one that pays nothing is none that pays."""
    members = [
        {"on": "form.submitted", "points": 5, "decay": {"window": "1d"}},
        {"on": "web.page_viewed", "points": -3},
    ]
    rule = [{"id": "b", "best_of": members}]
    history = [doc("f", "form.submitted", T), view("a")]
    assert [implicit(rule, history, at) for at in (T, T + DAY)] == [5.0, -3.0]
    assert implicit(rule, history[1:]) == -3.0


def test_sums_are_exact_and_clipped_rule_by_rule_then_group_then_range():
    """fsum per rule, then of the rules; rule max, group max, category range."""
    rules = [
        {"id": "a", "on": "web.page_viewed", "points": 0.1},
        {"id": "b", "on": "web.page_viewed", "points": 7, "max": 30},
        {"id": "c", "on": "web.page_viewed", "points": 2},
        {"id": "d", "on": "web.page_viewed", "points": -100, "min": -4},
    ]
    history = [view(f"e{n}") for n in range(10)]
    section = {"rules": rules, "groups": [{"id": "g", "rules": ["b", "c"], "max": 44}]}
    found = [
        score_of(model_of({"implicit": section | more}), history, T)[1]
        for more in ({}, {"range": [0, 40]}, {"groups": []}, {"range": [45, 50]})
    ]
    assert found == [math.fsum([1.0, 44.0, -4.0]), 40.0, math.fsum([1.0, 30.0, 20.0, -4.0]), 45.0]
    assert implicit(rules[0], history) == 1.0


def test_the_total_weighs_and_the_grade_takes_the_first_cut_reached():
    """score ≥ threshold reaches it."""
    model = {
        "explicit": {"rules": [{"id": "x", "when": {"job_title": "CTO"}, "points": 50}]},
        "implicit": {"rules": [{"id": "i", "on": "web.page_viewed", "points": 24.999}]},
        "weights": {"explicit": 0.1, "implicit": 3},
    }
    history = [doc("f", "form.submitted", T, job_title="CTO"), view("a")]
    assert score_of(model_of(model), history, T) == (50.0, 24.999, 0.1 * 50 + 3 * 24.999, "B4")
    assert score_of(model_of(model | {"grades": {"implicit": {"1": 24.999}}}), history, T)[3] == "B1"


@pytest.mark.parametrize(
    ("when", "value", "holds"),
    [
        ({"x": 1}, 1.0, True),
        ({"x": 1}, True, False),
        ({"x": True}, 1, False),
        ({"x": 1}, "1", False),
        ({"x": "a"}, "A", False),
        ({"x": None}, None, True),
        ({"x": None}, "", True),
        ({"x": None}, "Select", True),
        ({"x": {"exists": False}}, " ", True),
        ({"x": {"exists": True}}, False, True),
        ({"exists": "x"}, None, False),
        ({"x": {"not": "a"}}, None, False),
        ({"x": {"not": "a"}}, "b", True),
        ({"x": {"not_in": ["a"]}}, None, False),
        ({"not": {"x": {"in": ["a"]}}}, None, True),
        ({"x": {"at_least": 10}}, "10.0", True),
        ({"x": {"at_least": 10}}, "ten", False),
        ({"x": {"at_most": 10}}, "ten", False),
        ({"x": {"at_least": 0}}, True, False),
        ({"x": {"between": [1, 2]}}, 2, True),
        ({"x": {"glob": "/a*z"}}, "/a/b/z", True),
        ({"x": {"glob": "/a"}}, "/a/b", False),
        ({"x": {"matches": "^b"}}, "ab", False),
        ({"x": {"matches": "b"}}, "abc", True),
        ({"x": {"matches": r"\bvp\b"}}, "svp", False),
        ({"x": {"contains": "b"}}, "abc", True),
        ({"x": {"contains": "B"}}, "abc", False),
        ({"x": {"contains": "1"}}, 10, False),
        ({"attribute": {"x": 1}}, 1, True),
    ],
)
def test_conditions_say_what_the_contract_says(when, value, holds):
    """Of an absent or null value every operator is false except `exists: false` and `equals: null`."""
    assert explicit(when, x=value) is holds


def test_folding_case_touches_all_text_but_patterns():
    """`fold: case` for equals, in, glob and contains; `matches` is as written."""
    conditions = [{"x": "ABC"}, {"x": {"in": ["Abc"]}}, {"x": {"glob": "A*"}}, {"x": {"contains": "BC"}}]
    rules = [
        {"id": f"r{n}", "when": when, "points": 2**n} for n, when in enumerate([*conditions, {"x": {"matches": "A"}}])
    ]
    history = [doc("f", "form.submitted", T, x="abc")]
    for fold, points in (({"fold": "case"}, 15.0), ({}, 0.0)):
        assert score_of(model_of({"explicit": {"rules": rules}, **fold}), history, T)[0] == points
