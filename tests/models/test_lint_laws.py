"""What lint claims is so: nothing that never holds holds, no score leaves its bounds, what is idle can be dropped."""

from copy import deepcopy
from itertools import product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipeline.models.document import read_document
from pipeline.models.lint.bounds import Scores
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.kinds import idle_limit, never_best, never_true
from pipeline.models.lint.solving import implies, impossible
from pipeline.scoring.conditions import holds
from tests.scoring.making import model_of, score_of, text_of
from tests.scoring.worlds import events, models

HISTORY_MS = 20_000
laws = settings(max_examples=60, deadline=None, derandomize=True, database=None)
fewer = settings(laws, max_examples=25)

VALUES = [None, "", "a", "A", "b", "ab", "/a/b", "5", "5.0", 4, 5, 5.5, 6, True, False]
TESTS = st.sampled_from(
    [
        *({"equals": value} for value in (None, "a", "b", 5, "5", True)),
        *({"not": value} for value in (None, "a", 5, True)),
        *({"in": values} for values in (["a", "b"], ["A", 5], [5.5, True])),
        *({"not_in": values} for values in (["a", "b"], [5, 6])),
        *({"at_least": n} for n in (4, 5, 6)),
        *({"at_most": n} for n in (4, 5, 6)),
        *({"between": pair} for pair in ([4, 5], [5, 6], [5, 5])),
        {"exists": True},
        {"exists": False},
        {"matches": "^a"},
        {"glob": "/a/*"},
        {"glob": "ab"},
        {"contains": "b"},
    ]
)
CONDITIONS = st.recursive(
    st.builds(lambda name, test: {name: test}, st.sampled_from(["x", "y"]), TESTS),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)


def conditions_of(*conditions, fold=False):
    rules = [{"id": f"r{n}", "when": when, "points": 1} for n, when in enumerate(conditions)]
    model = model_of({"explicit": {"rules": rules}} | ({"fold": "case"} if fold else {}))
    return [rule.when for rule in model.explicit.rules]


def things():
    return [{"x": x, "y": y} for x, y in product(VALUES, VALUES)]


@laws
@given(CONDITIONS, st.booleans())
def test_what_is_impossible_holds_of_nothing(data, fold):
    (condition,) = conditions_of(data, fold=fold)
    never = impossible(condition)
    event(f"impossible: {never}")
    if never:
        assert not any(holds(condition, thing.get) for thing in things())


@laws
@given(CONDITIONS, CONDITIONS, st.booleans())
def test_what_is_implied_holds_wherever_the_other_does(one, other, fold):
    first, second = conditions_of(one, other, fold=fold)
    if implies(first, second):
        event("implied")
        assert all(holds(second, thing.get) for thing in things() if holds(first, thing.get))


@fewer
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), max_size=14), st.integers(0, 40_000))
def test_no_history_leaves_the_bounds(data, history, at):
    model = model_of(data)
    reach = Scores.of(model)
    explicit, implicit, total, grade = score_of(model, history, at)
    for score, (low, high) in ((explicit, reach.explicit), (implicit, reach.implicit), (total, reach.total)):
        assert low - 1e-9 <= score <= high + 1e-9
    assert grade in reach.grades(model.grades)


class Recorder(LintContext):
    """Remembers where findings stand."""

    def finding(self, _kind, path, *_said, **_where):
        return path


def found(kind, data):
    text = text_of(data)
    model = model_of(data)
    return list(kind.findings(model, Recorder(read_document(text, "m")[0], "m", model)))


def without(data, path):
    """The document without what stands at the path; a best_of that is left empty, or a rule, goes as a whole."""
    left = deepcopy(data)
    holder = left
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return left


def check_can_be_dropped(data, path, history, at):
    scores = score_of(model_of(data), history, at)
    assert score_of(model_of(without(data, path)), history, at) == scores


@fewer
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), max_size=14), st.integers(0, 40_000))
def test_an_idle_limit_can_be_dropped_and_no_score_changes(data, history, at):
    for path in found(idle_limit, data):
        event(str(path[-1]))
        check_can_be_dropped(data, path, history, at)


@fewer
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), max_size=14), st.integers(0, 40_000))
def test_a_member_that_is_never_the_best_can_be_dropped_and_no_score_changes(data, history, at):
    paths = found(never_best, data)
    for path in paths:
        event("never best")
        check_can_be_dropped(data, path, history, at)
    together = data
    for path in sorted(paths, reverse=True, key=str):
        together = without(together, path)
    assert score_of(model_of(together), history, at) == score_of(model_of(data), history, at)


@fewer
@given(models(15), st.lists(events(HISTORY_MS, tick=1000), max_size=14), CONDITIONS)
def test_a_rule_whose_condition_never_holds_pays_nothing(data, history, when):
    rule = {"id": "never", "when": when, "points": 7}
    more = data | {"explicit": data["explicit"] | {"rules": [*data["explicit"]["rules"], rule]}}
    place = ("explicit", "rules", len(more["explicit"]["rules"]) - 1, "when")
    if any(path == place for path in found(never_true, more)):
        event("never true")
        assert score_of(model_of(more), history, HISTORY_MS) == score_of(model_of(data), history, HISTORY_MS)


def test_bounds_of_rules_on_listed_values_are_reached():
    rules = [
        {"id": "software", "when": {"industry": "software"}, "points": 20},
        {"id": "machines", "when": {"industry": {"in": ["machines", "tools"]}}, "points": 15},
        {"id": "tools", "when": {"industry": "tools"}, "points": 9},
        {"id": "large", "when": {"employees": {"at_least": 100}}, "points": 10},
        {"id": "small", "when": {"employees": {"at_most": 9}}, "points": -10},
        {"id": "software-house", "when": {"industry": "software", "employees": {"at_most": 9}}, "points": 12},
    ]
    reach = Scores.of(model_of({"explicit": {"rules": rules}})).explicit
    assert reach == (-10, 34)  # tools and large; software, small and a house would be 22


def test_bounds_of_a_limited_rule_are_what_the_densest_history_pays():
    def most(**rule):
        rules = [{"id": "visit", "on": "web.visit_started", "points": 2, **rule}]
        return Scores.of(model_of({"implicit": {"rules": rules}})).implicit.high

    assert most(limit="once") == 2
    assert most(limit={"count": 3}, max=5) == 5
    assert most(limit={"count": 1, "per": "24h"}, decay={"window": "7d"}) == 14
    assert most(limit={"count": 1, "per": "2d"}, decay={"window": "7d"}) == 8  # at the ages 0, 2, 4 and 6 days
    assert most(limit={"count": 2, "per": "1d"}, decay={"linear": "2d"}) == 4 * (1 + 0.5)
    assert most(limit={"count": 1, "per": "7d"}, decay={"steps": [["7d", 1], ["14d", 0.5]]}) == 3
    assert round(most(limit={"count": 1, "per": "7d"}, decay={"half_life": "7d"}), 4) == 4
    assert most(limit={"count": 1, "by": "path"}) == float("inf")
