"""Two models are compared in words: what changed, which rules are touched, what activating the new one needs."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli.model import app
from pipeline.models import load_model, parse_model, preset_names
from pipeline.models.comparing import compare

OLD = """\
id: m
version: 1
lists: {target: [software, machines]}
explicit:
  rules:
    - {id: industry, when: {industry: {in_list: target}}, points: 20}
    - {id: role, when: {role: decider}, points: 10}
implicit:
  decay: {half_life: 14d}
  rules:
    - {id: pricing, on: web.page_viewed, when: {path: {glob: '/pricing*'}}, points: 10, limit: {count: 3, per: 24h}}
    - {id: demo, on: form.submitted, when: {form_type: demo}, points: 50, decay: none}
    - {id: chat, on: web.chat_started, points: 15}
  groups: [{id: web, rules: [pricing, chat], max: 40}]
weights: {explicit: 1, implicit: 1}
grades: {explicit: {A: 20}, implicit: {1: 50}}
signals: {cooling: {horizon: 2d}}
scores:
  b: {implicit: {rules: [{id: b-pages, on: web.page_viewed, points: 5}]}, signal: {cross_sell: {at_least: 40}}}
calendars: {office: {days: mon-fri, hours: '09:00-18:00'}}
account:
  key: account
  roles: {user: {department: it}}
  lifecycle:
    entry: known
    stages: {known: {}, engaged: {}}
    transitions: [{from: known, to: engaged, when: {total: {at_least: 80}}, leave: {total: {at_least: 50}}}]
lifecycle:
  entry: lead
  stages:
    lead: {}
    mql: {sla: {within: 4h, calendar: office, until: crm.contacted, escalate: boss}, nurture: {track: hot}}
    customer: {kind: won}
  transitions:
    - {id: qualified, from: lead, to: mql, when: {implicit: {at_least: 60}}, leave: {implicit: {at_least: 40}}}
    - {id: won, from: mql, to: customer, when: {action: crm.opportunity_won}, approvals: [{step: legal, within: 1d}]}
"""


def changed(*pairs):
    text = OLD
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return compare(parse_model(OLD), parse_model(text))


@pytest.mark.parametrize(
    ("before", "after", "section", "said"),
    [
        ("points: 10, limit", "points: 15, limit", "implicit rules", "pricing: points 10 → 15"),
        ("50, decay: none", "50", "implicit rules", "demo: decay none → half life 14d"),
        ("{count: 3, per", "{count: 2, per", "implicit rules", "pricing: limit first 3 per 24h → first 2 per 24h"),
        (", limit: {count: 3, per: 24h}", "", "implicit rules", "pricing: limit first 3 per 24h → nothing"),
        (
            "form_type: demo",
            "form_type: {in: [demo, contact]}",
            "implicit rules",
            "demo: when form.submitted with form_type = demo → form.submitted with form_type in demo, contact",
        ),
        ("role: decider}", "role: buyer}", "explicit rules", "role: when role = decider → role = buyer"),
        ("max: 40", "max: 30", "implicit groups", "web: max 40 → 30"),
        ("machines]", "machines, food]", "lists", "target: food added"),
        ("software, ", "", "lists", "target: software removed"),
        (
            "implicit: 1}\n",
            "implicit: 2}\n",
            "settings",
            "weights: {explicit: 1, implicit: 1} → {explicit: 1, implicit: 2}",
        ),
        ("{A: 20}", "{A: 25}", "settings", None),
        ("{horizon: 2d}", "{horizon: 3d}", "signals", "cooling: horizon 2d → horizon 3d"),
        ("signals: {cooling: {horizon: 2d}}", "signals: {}", "signals", "cooling removed: horizon 2d"),
        ("points: 5}", "points: 6}", "b implicit rules", "b-pages: points 5 → 6"),
        ("cross_sell: {at_least: 40}", "cross_sell: {at_least: 45}", "score b", "cross_sell: total ≥ 40 → total ≥ 45"),
        ("mon-fri", "mon-sat", "calendars", "office: mon-fri, 09:00-18:00 → mon-sat, 09:00-18:00"),
        ("department: it", "department: ops", "account", "role user: when department = it → department = ops"),
        ("{at_least: 80}", "{at_least: 90}", "account transitions", "known>engaged: when total ≥ 80 → total ≥ 90"),
        ("known: {}, engaged: {}", "known: {}, engaged: {kind: won}", "account stages", "engaged: kind active → won"),
        (
            "within: 4h",
            "within: 8h",
            "stages",
            "mql: SLA {0}4h{1} → {0}8h{1}".format("within ", " of office, until crm.contacted, else boss is told"),
        ),
        ("track: hot", "track: warm", "stages", "mql: nurture hot → warm"),
        ("customer: {kind: won}", "customer: {}", "stages", "customer: kind won → active"),
        ("{at_least: 60}", "{at_least: 70}", "transitions", "qualified: when implicit ≥ 60 → implicit ≥ 70"),
        (
            "leave: {implicit: {at_least: 40}}",
            "sticky: true",
            "transitions",
            "qualified: falls back unless implicit ≥ 40 → nothing",
        ),
        ("[{step: legal, within: 1d}]", "[{step: legal}]", "transitions", "won: approvals legal (within 1d) → legal"),
        ("from: mql, to: customer", "from: lead, to: customer", "transitions", None),
    ],
)
def test_a_change_is_told_in_words_in_its_section(before, after, section, said):
    found = changed((before, after))
    assert not found.is_equal
    assert {change.section for change in found.changes} == {section}
    if said is not None:
        assert said in [str(change) for change in found.changes]


def test_a_rule_that_is_new_or_gone_is_told_as_a_whole():
    chat = "    - {id: chat, on: web.chat_started, points: 15}\n"
    search = "    - {id: search, on: web.searched, points: 2}\n"
    found = changed((chat, search), ("[pricing, chat]", "[pricing]"))
    told = [str(change) for change in found.changes]
    assert "chat removed: points 15; when web.chat_started; decay half life 14d" in told
    assert "search added: points 2; when web.searched; decay half life 14d" in told
    assert "web: rules chat, pricing → pricing" in told


def test_the_order_of_stages_is_told_since_it_says_which_way_is_up():
    found = changed(("    lead: {}\n", ""), ("customer: {kind: won}\n", "customer: {kind: won}\n    lead: {}\n"))
    assert [str(change) for change in found.changes] == [
        "order: of what is in both lead, mql, customer → mql, customer, lead"
    ]


def test_comments_and_the_order_of_rules_change_nothing():
    role = "    - {id: role, when: {role: decider}, points: 10}\n"
    found = changed((role, ""), ("explicit:\n  rules:\n", f"explicit:  # who\n  rules:\n{role}"))
    assert found.changes == ()


@pytest.mark.parametrize("name", preset_names())
def test_a_model_is_equal_to_itself(name):
    model = load_model(f"preset:{name}")
    found = compare(model, model)
    assert (found.is_equal, found.changes, found.touched, found.vanished, found.newly_read) == (True, (), {}, (), ())


def test_rules_are_touched_by_their_words_their_group_their_lists_and_the_common_decay():
    assert changed(("points: 10, limit", "points: 15, limit")).touched == {"pricing": ["points"]}
    assert changed(("max: 40", "max: 30")).touched == {"chat": ["group web"], "pricing": ["group web"]}
    assert changed(("machines]", "food]")).touched == {"industry": ["list target"]}
    assert changed(("half_life: 14d", "half_life: 7d")).touched == {"chat": ["decay"], "pricing": ["decay"]}
    assert changed(("points: 5}", "points: 6}")).touched == {"b/b-pages": ["points"]}
    assert list(changed(("version: 1\n", "version: 1\nnulls: [none]\n")).touched) == ["industry", "role"]
    assert changed(("{at_least: 60}", "{at_least: 70}")).touched == {}


def test_a_title_touches_no_rule():
    found = changed(("{id: role, ", "{id: role, title: Role, "))
    assert ([str(change) for change in found.changes], found.touched) == (["role: title nothing → Role"], {})


def test_stages_that_vanish_and_values_newly_read_are_named():
    found = changed(("    mql: {", "    hot: {"), ("to: mql", "to: hot"), ("from: mql", "from: hot"))
    assert found.vanished == ("mql",)
    assert changed(("when: {form_type: demo}", "when: {form_id: demo}")).newly_read == ("form_id",)


def run(*args):
    return CliRunner().invoke(app, ["diff", *args], catch_exceptions=False)


@pytest.fixture
def models(tmp_path):
    (tmp_path / "old.yaml").write_text(OLD)
    new = OLD.replace("points: 50", "points: 70").replace("form_type", "form_id").replace("mql", "hot")
    (tmp_path / "new.yaml").write_text(new)
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_the_command_tells_changes_on_stdout_and_what_is_needed_on_stderr(models):
    result = run(*models)
    assert result.exit_code == 0
    assert result.stdout.startswith("m 1+")
    assert "implicit rules\n  ~ demo: points 50 → 70\n" in result.stdout
    assert "rules touched\n  demo: points, when\n" in result.stdout
    assert "count `version` up: both are m 1" in result.stderr
    assert f"leadtide model activate {models[1]} --map mql=STAGE" in result.stderr
    assert f"leadtide rebuild --model {models[1]}" in result.stderr


def test_the_command_answers_programs_in_json(models):
    found = json.loads(run(*models, "--json").stdout)
    assert (found["equal"], found["vanished_stages"], found["newly_read"]) == (False, ["mql"], ["form_id"])
    assert found["touched_rules"] == {"demo": ["points", "when"]}
    points = {"section": "implicit rules", "item": "demo", "kind": "changed", "aspect": "points"}
    assert points | {"old": "50", "new": "70"} in found["changes"]


def test_only_with_strict_a_difference_is_an_exit_code(models):
    assert [run(*models, "--strict").exit_code, run(models[0], models[0], "--strict").exit_code] == [1, 0]
    assert "the same model" in run(models[0], models[0]).stdout


def test_a_change_that_needs_neither_a_map_nor_a_rebuild_is_told_to_need_activating_only(models, tmp_path):
    path = tmp_path / "more.yaml"
    path.write_text(OLD.replace("points: 50", "points: 70"))
    said = f"it needs nothing more than: leadtide model activate {path}"
    assert said in run(models[0], str(path)).stderr
    assert "nothing more" not in run(*models).stderr + run(models[0], models[0]).stderr
