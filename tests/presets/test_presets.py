"""Each preset's sample comes to what the contract says it must (`expected/NAME.json`)."""

import json

import pytest
from ruamel.yaml import YAML

from pipeline.models.loader import load_model, preset_names
from tests.presets.instants import agrees, parse
from tests.presets.stories import CHANGE, NAMES, expected, outcome, people, preset_text, replay, sample

LANGUAGES = {"en", "zh-CN", "zh-TW"}


def test_there_are_eight_presets_and_each_has_a_sample():
    """The presets are the eight models of the trade, each with its sample."""
    assert preset_names() == NAMES
    assert len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_loads_and_all_of_it_is_acted_on(name):
    """A preset loads without a warning, under its own name."""
    model = load_model(f"preset:{name}")
    assert (model.id, model.warnings) == (name, ())


@pytest.mark.parametrize("name", NAMES)
def test_every_title_stands_in_three_languages(name):
    """Model, stages, transitions, rules, groups, scores and tracks have their titles in English and both Chinese."""
    model = YAML(typ="base").load(preset_text(name))
    missing = [path for path, title in titled(model, "") if not set(title or {}) >= LANGUAGES]
    assert missing == []


def titled(node, path):
    """Every place that must have a title, with the title."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from titled(item, f"{path}[{number}]")
    elif isinstance(node, dict):
        inner = path.rsplit(".", 1)[-1]
        in_a_list = inner.startswith(("rules[", "groups[", "transitions["))
        of_a_map = path.endswith((".stages." + inner, "scores." + inner))
        if path == "" or "title" in node or in_a_list or of_a_map or "track" in node:
            yield path or "the model", node.get("title")
        for key, value in node.items():
            yield from titled(value, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("name", NAMES)
def test_everybody_in_the_sample_is_expected(name):
    """The expectation speaks of everybody whom replay lists, and of nobody else."""
    named = {who for who in expected(name) if not who.startswith("a:")}
    assert set(people(outcome(name)).values()) == named
    assert outcome(name)["dead-letters"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_makes_the_expected_stage_changes(name):
    """Every change has the stages, direction, cause, instant (to the millisecond) and trigger reasoned out before."""
    rows = outcome(name)
    names = people(rows)
    found: dict[str, list[object]] = {who: [] for who in expected(name)}
    for row in rows["stage-changes"]:
        change = row | {"from": row["from_stage"], "to": row["to_stage"]}
        found[names.get(row["lead_id"], row["lead_id"])].append({key: change[key] for key in CHANGE})
    wanted = {
        who: [{key: row[key] for key in CHANGE} for row in story["changes"]] for who, story in expected(name).items()
    }
    assert found == wanted


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_makes_the_expected_signals(name):
    """Every signal comes at its instant, in its stage, with the details that were reasoned out; no other comes."""
    rows = outcome(name)
    names = people(rows)
    found = {who: [] for who in expected(name)}
    for row in rows["signals"]:
        found[names.get(row["lead_id"], row["lead_id"])].append(row)
    for who, story in expected(name).items():
        wanted = story["signals"]
        made = sorted(found[who], key=lambda row: (row["occurred_at"], row["signal"]))
        assert [head(row) for row in made] == sorted((head(row) for row in wanted), key=lambda h: (h[1], h[0])), who
        for row, want in zip(made, sorted(wanted, key=lambda w: (w["occurred_at"], w["signal"])), strict=True):
            details = {key: row["details"].get(key) for key in want.get("details", {})}
            assert details == want.get("details", {}), (who, row["signal"])


def head(row):
    """What a signal is: its kind, its instant, the stage."""
    return row["signal"], row["occurred_at"], row["stage"]


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_ends_with_the_expected_scores(name):
    """Stage, grade and scores at the sample's last event are those that were reasoned out."""
    rows = outcome(name)
    names = people(rows)
    scores = {names[row["lead_id"]]: row for row in rows["scores"]}
    scores |= {row["account_id"]: row for row in rows.get("accounts", ())}
    for who, story in expected(name).items():
        told = {key: story[key] for key in ("stage", "grade", "explicit", "implicit", "total") if key in story}
        assert {key: scores[who][key] for key in told} == told, who


@pytest.mark.parametrize("name", NAMES)
def test_the_expected_instants_agree_with_a_slow_calculation(name):
    """Where points halve, windows close, dates come and working time runs out is found again without the product."""
    events = {doc["event_id"]: doc for doc in map(json.loads, sample(name).read_text().splitlines())}
    calendars = YAML(typ="base").load(preset_text(name)).get("calendars", {})
    reasoned = [row for story in expected(name).values() for row in (*story["changes"], *story["signals"])]
    wrong = [
        (row, because)
        for row in reasoned
        if (because := row.get("because")) and not agrees(because, told_instant(row), events, calendars)
    ]
    assert wrong == []


def told_instant(row):
    """The instant that `because` explains: of a request for approval its deadline, else when it happens."""
    return parse(row["details"]["due_at"] if row.get("signal") == "approval_requested" else row["occurred_at"])


@pytest.mark.parametrize("name", NAMES)
def test_every_change_that_no_event_made_says_why(name):
    """An expected change or signal without a fact at its instant has a reason that the slow calculation can check."""
    for who, story in expected(name).items():
        untold = [r for r in story["changes"] if r["trigger_event_id"] is None and "because" not in r]
        timed = (s for s in story["signals"] if s["signal"].endswith(("breached", "overdue", "cooling")))
        late = [s for s in timed if "because" not in s]
        assert (untold, late) == ([], []), who


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_enters_every_stage(name):
    """Every stage of the preset is entered in its sample."""
    lifecycle = load_model(f"preset:{name}").lifecycle
    entered = {row["to_stage"] for row in outcome(name)["stage-changes"]} | {lifecycle.entry}
    assert {stage.id for stage in lifecycle.stages} - entered == set()


LABELS = [(who, *label) for who, story in expected("eloqua-scorecard").items() for label in story.get("labels", ())]


@pytest.mark.parametrize(("who", "instant", "grade", "engagement"), LABELS)
def test_a_label_holds_up_to_the_millisecond_at_which_its_window_closes(who, instant, grade, engagement):
    """The scorecard's label and engagement at an instant are those of the open windows."""
    rows = replay("preset:eloqua-scorecard", sample("eloqua-scorecard"), "--until", instant)["scores"]
    (row,) = (row for row in rows if row["email"] == who)
    assert (row["grade"], row["implicit"]) == (grade, engagement)


def test_lead_and_mql_can_be_one_stage(tmp_path):
    """Without the lines that end with `# mql`, visitor-journey goes from lead to prospect, the rest as before."""
    lines = preset_text("visitor-journey").splitlines()
    model = tmp_path / "merged.yaml"
    model.write_text("\n".join(line for line in lines if not line.endswith("# mql")))
    rows = replay(str(model), sample("visitor-journey"))
    ways = [(row["from_stage"], row["to_stage"]) for row in rows["stage-changes"] if row["email"].startswith("anna")]
    assert ways == [("visitor", "lead"), ("lead", "prospect"), ("prospect", "opportunity"), ("opportunity", "customer")]
    assert "mql" not in json.dumps(rows["stage-changes"])
