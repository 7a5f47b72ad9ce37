"""Presets are listed, and a model of one's own begins as a copy of one."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from pipeline.cli.model import app
from pipeline.errors import InputError
from pipeline.models import load_model, preset_names, read_model_text, schema_text
from pipeline.models.document import read_document
from pipeline.models.lint import lint


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    return CliRunner().invoke(app, list(args), catch_exceptions=True)


def test_the_list_names_every_preset_with_title_sentence_and_stages():
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == [f"preset:{name}" for name in preset_names()]
    assert all(row["title"] and row["about"].endswith(".") and len(row["about"]) > 60 and row["stages"] for row in rows)
    standard = next(row for row in rows if row["name"] == "preset:standard-b2b")
    assert standard["stages"][:3] == ["visitor", "lead", "mql"]
    assert (
        standard["about"]
        == "the default, for a business that sells to businesses: Lead → MQL → SQL → Customer → Evangelist."
    )


def test_the_list_is_a_table_for_people_that_says_what_comes_next():
    result = run("list")
    assert "preset:standard-b2b" in result.stdout
    assert result.stderr == "next: leadtide model new NAME --from preset:NAME\n"


@pytest.mark.parametrize("name", preset_names())
def test_a_copy_of_a_preset_is_the_same_model_under_another_id(here, name):
    assert run("new", "acme", "--from", f"preset:{name}").exit_code == 0
    text = (here / "acme.yaml").read_text("utf-8")
    copied, preset = (read_document(t, "m")[0].data() for t in (text, read_model_text(f"preset:{name}")[0]))
    assert (copied.pop("id"), copied.pop("version")) == ("acme", 1)
    assert copied == {key: value for key, value in preset.items() if key not in ("id", "version")}
    assert lint(text) == []
    comments = [line for line in read_model_text(f"preset:{name}")[0].splitlines()[1:] if line.startswith("#")]
    assert comments
    assert all(line in text.splitlines() for line in comments)


def test_the_first_line_names_a_schema_that_lies_beside_the_copy(here):
    (here / "models").mkdir()
    run("new", "acme", "--from", "preset:standard-b2b", "--out", "models/acme.yaml")
    text = Path("models/acme.yaml").read_text("utf-8")
    first = text.splitlines()[0]
    assert first == "# yaml-language-server: $schema=./scoring-model.schema.json"
    named = Path("models") / first.partition("$schema=")[2]
    schema = json.loads(named.read_text("utf-8"))
    assert Draft7Validator(schema).is_valid(read_document(text, "m")[0].data())


def test_a_copy_of_a_file_counts_its_versions_from_1(here):
    (here / "old.yaml").write_text("version: '7'  # the seventh\nid: \"old\"\ntimezone: UTC\n")
    run("new", "next", "--from", "old.yaml")
    model = load_model("next.yaml")
    assert (model.id, model.version) == ("next", "1")
    assert "version: 1  # the seventh\nid: next\n" in model.text


@pytest.mark.parametrize("name", ["2026", "true", "1.5", "null"])
@pytest.mark.usefixtures("here")
def test_an_id_that_yaml_would_not_read_as_text_is_quoted(name):
    run("new", name, "--from", "preset:standard-b2b")
    assert load_model(f"{name}.yaml").id == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "ä", "x" * 101])
def test_a_name_that_is_no_id_is_refused(here, name):
    result = run("new", "--from", "preset:standard-b2b", "--", name)
    assert isinstance(result.exception, InputError)
    assert list(here.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_forced(here):
    (here / "acme.yaml").write_text("mine")
    result = run("new", "acme", "--from", "preset:standard-b2b")
    assert isinstance(result.exception, InputError)
    assert [p.read_text() for p in here.iterdir()] == ["mine"]
    assert run("new", "acme", "--from", "preset:standard-b2b", "--force").exit_code == 0
    assert load_model("acme.yaml").id == "acme"


def test_another_schema_beside_it_is_kept_unless_forced(here):
    beside = here / "scoring-model.schema.json"
    beside.write_text("{}")
    assert isinstance(run("new", "acme", "--from", "preset:standard-b2b").exception, InputError)
    assert (beside.read_text(), (here / "acme.yaml").exists()) == ("{}", False)
    run("new", "acme", "--from", "preset:standard-b2b", "--force")
    assert beside.read_text("utf-8") == schema_text()


@pytest.mark.usefixtures("here")
def test_what_comes_next_is_said():
    result = run("new", "acme", "--from", "preset:standard-b2b")
    assert result.stdout == "acme.yaml\n"
    assert "leadtide model lint acme.yaml" in result.stderr
