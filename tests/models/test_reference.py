"""docs/model-reference.md says what is so: its examples load, and it leaves out nothing that the schema has."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.engine.facts import FactMaker
from pipeline.events import Event
from pipeline.metrics.labels import SIGNALS
from pipeline.models import load_model, parse_model
from pipeline.models.hints import EVENT_TYPES
from pipeline.models.lifecycle import MINIMAL
from pipeline.models.schema import schema
from pipeline.scoring.attributes import DERIVED

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "model-reference.md").read_text("utf-8")
EXAMPLES = {
    f"{number} line {PAGE[: found.start()].count(chr(10)) + 2}": found[1]
    for number, found in enumerate(re.finditer(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE), 1)
}
DEFINITIONS = schema()["definitions"]
LEAD_WORDS = set(DEFINITIONS["leadCondition"]["else"]["properties"])
CONNECTIVES = {"all", "any", "not", "exists", "attribute"}


def loaded(example):
    """The example, completed by the two keys that every model must have."""
    head = "".join(
        f"{key}: {value}\n" for key, value in (("id", "m"), ("version", 1)) if f"{key}:" not in _keys(example)
    )
    return parse_model(head + example)


def _keys(example):
    return re.findall(r"^\w+:", example, re.MULTILINE)


def section(title):
    """The text under a heading, up to the next one of any level."""
    (found,) = re.findall(rf"^#+ {title}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return found


def named(text, column=0):
    """What a column of the tables in a text names in code style."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if re.match(r"\| (?!---)", line)]
    return [word for row in rows for word in re.findall(r"`([\w.]+)`", row[column])]


def listed(text):
    """The words in code style at the beginning of a text's list items, before the colon."""
    heads = re.findall(r"^- ((?:`\w+`(?:, )?)+):", text, re.MULTILINE)
    return [word for head in heads for word in re.findall(r"`(\w+)`", head)]


def first_example(title):
    return re.findall(r"```yaml\n(.*?)```", section(title), re.DOTALL)[0]


def keys_of(part):
    """Every key that the schema lets a model have."""
    found = set()
    if isinstance(part, dict):
        for name, inner in part.items():
            if name != "examples":
                found |= (set(inner) if name == "properties" else set()) | keys_of(inner)
    elif isinstance(part, list):
        found.update(*map(keys_of, part))
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads_without_a_finding_or_warning(name):
    """Each example is part of a valid model."""
    assert loaded(EXAMPLES[name]).warnings == ()


def test_every_section_of_a_model_has_an_example():
    """The examples hold each top-level key of the schema."""
    assert {key.rstrip(":") for example in EXAMPLES.values() for key in _keys(example)} == set(schema()["properties"])


def test_every_key_of_the_schema_stands_on_the_page_as_code():
    """No key of any section is left out."""
    code = " ".join(re.findall(r"```yaml\n.*?```|`[^`\n]+`", PAGE, re.DOTALL))
    assert keys_of(schema()) - set(re.findall(r"\w+", code)) == set()


def test_the_table_of_operators_is_that_of_the_schema():
    """Each operator, once, and no other."""
    assert sorted(named(section("Operators"))) == sorted(DEFINITIONS["operators"]["properties"])


def test_the_conditions_of_the_page_are_those_of_the_schema():
    """Connectives are those of rules and of the lifecycle; leads and accounts have keywords of their own besides."""
    rules = set(DEFINITIONS["fieldCondition"]["properties"])
    assert set(listed(section("Conditions"))) == CONNECTIVES
    assert rules == LEAD_WORDS  # the lifecycle's keywords are reserved in rules
    assert set(named(section("Lifecycle conditions"))) == LEAD_WORDS - CONNECTIVES
    assert set(listed(section("Accounts"))) == set(DEFINITIONS["accountCondition"]["properties"]) - {
        "all",
        "any",
        "not",
    }


def test_the_keys_of_stages_and_transitions_are_those_of_the_schema():
    """Each stands in a table, but those that need no explanation."""
    stages, transitions = DEFINITIONS["stage"]["properties"], DEFINITIONS["transition"]["properties"]
    assert set(named(section("Lifecycle"))) == {*stages, *transitions} - {"id", "title"}


def test_every_kind_of_decay_is_explained():
    """The table of implicit rules shows each."""
    kinds = set(DEFINITIONS["decay"]["then"]["properties"]) | {"none"}
    table = re.search(r"\| `decay` .*?(?=^\| `max`)", PAGE, re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"`\{?(\w+)(?:: [^`]*)?`", table[0])) - {"decay", "implicit"} == kinds


def test_the_table_of_signals_is_complete():
    """Each signal that there is, once; the switches are those of the schema."""
    assert sorted(named(section("Signals"))) == sorted(SIGNALS)
    switches = DEFINITIONS["signals"]["properties"]
    assert set(YAML(typ="safe", pure=True).load(first_example("Signals"))["signals"]) == set(switches)


def test_the_figures_that_are_called_usual_are():
    """Writing them out changes nothing."""
    assert (
        loaded(first_example("Signals")).interest
        == loaded("signals: {surge: {}, cooling: {}, re_engaged: {}}").interest
    )
    plain, written = loaded(""), loaded(first_example("Weights and grades"))
    assert replace(written, text="", digest="").grades == plain.grades
    assert (written.weight_explicit, written.weight_implicit) == (plain.weight_explicit, plain.weight_implicit)
    bots = loaded(first_example("Bots and insiders")).bots
    assert (bots.min_delay_ms, bots.burst) == (plain.bots.min_delay_ms, plain.bots.burst)
    example = YAML(typ="safe", pure=True).load(first_example("Accounts"))["account"]
    usual = loaded("account: {}").account
    assert (example["key"], example["step"]) == (usual.key, usual.step)
    assert [stage.id for stage in MINIMAL.stages] == ["visitor", "lead"]
    assert loaded("").consent == loaded("consent: {unknown: allow}").consent


def test_a_calendar_that_says_nothing_works_when_the_page_says():
    """Its days and hours are those that the page names."""
    ((days, hours),) = re.findall(r"What is left out is `([\w-]+)`, `([\d:-]+)`", PAGE)
    stages = "lifecycle: {entry: a, stages: {a: {sla: {within: 1d, calendar: c}}}}\n"
    (plain,), (written,) = (
        loaded(f"{stages}calendars: {{c: {{{said}}}}}").lifecycle.stages
        for said in ("", f"days: {days}, hours: '{hours}'")
    )
    assert plain.sla.calendar == written.sla.calendar


def test_every_type_of_the_event_contract_is_on_the_page_once():
    """And none that it does not have."""
    types = [word for word in named(section("Events")) if "." in word]
    assert sorted(types) == sorted(EVENT_TYPES)


def test_the_page_says_which_events_set_attributes():
    """The facts of these types carry the properties that the page says as attributes; others carry none."""
    given = dict.fromkeys({"x", *named(section("Events"), 1)}, "a")  # every property that the page knows
    said = {name: set() for name in EVENT_TYPES}
    rows = re.findall(r"^\| (`[\w.`, ]+) \| (.*) \|$", section("Which events set attributes"), re.MULTILINE)
    for types, sets in rows:
        words = set(re.findall(r"`(\w+)`", sets))
        kept = set(given) - words if sets.startswith("all") else words
        said |= dict.fromkeys(re.findall(r"`([\w.]+)`", types), kept)
    facts = FactMaker(load_model())
    found = {
        name: set(facts.fact_of(Event("e", name, 0, email="a@b.example", properties=given)).attributes or ())
        for name in EVENT_TYPES
    }
    assert found == said


def test_the_derived_attributes_are_all_named():
    """Those that are worked out from the head of events."""
    (row,) = re.findall(r"^\| every event.*", PAGE, re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", row)) == DERIVED


def test_the_page_is_short_and_its_links_lead_somewhere():
    """Under 350 lines of 140 characters at most; files and headings that it links are there."""
    lines = PAGE.splitlines()
    assert len(lines) < 350
    assert [number for number, line in enumerate(lines, 1) if len(line) > 140] == []
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in lines if line[:1] == "#"
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings
        elif not target.startswith("https:"):
            assert (DOCS / target).is_file()
    assert "](../model-reference.md)" in (DOCS / "models" / "README.md").read_text("utf-8")
