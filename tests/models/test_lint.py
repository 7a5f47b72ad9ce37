"""Lint says what loads and is most likely not meant, with line and remedy, and nothing of what is meant."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from pipeline.cli.model import app
from pipeline.models import ModelFindings, preset_names, read_model_text
from pipeline.models.lint import ABOUT, lint

HEAD = "id: m\nversion: 1\n"
CASES = YAML(typ="safe", pure=True).load((Path(__file__).parent / "data" / "lint.yaml").read_text("utf-8"))


def kinds_of(text):
    return [finding.kind for finding in lint(HEAD + text, "m.yaml")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_a_mistake_of_each_kind_is_told_with_its_line_and_remedy(case):
    found = lint(HEAD + case["model"], "m.yaml")
    assert {finding.kind for finding in found} == {case["kind"]}
    assert [[f.line, f.column, f.message, f.remedy] for f in found] == case["findings"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_nothing_is_said_of_the_clean_twin(case):
    assert lint(HEAD + case["clean"], "m.yaml") == []


def test_every_kind_has_a_mistake_in_the_table():
    assert {case["kind"] for case in CASES} == set(ABOUT)


@pytest.mark.parametrize("name", preset_names())
def test_nothing_is_odd_about_a_preset(name):
    assert [str(finding) for finding in lint(*read_model_text(f"preset:{name}"))] == []


def test_a_comment_allows_a_finding_on_its_own_line_and_on_the_line_after_it():
    rules = "explicit:\n  rules:\n    {}- {{id: a, when: {{x: {{at_least: 9, at_most: 1}}}}, points: 1}}{}\n"
    marker = "# lint: allow unused, never-true"
    assert kinds_of(rules.format("", "")) == ["never-true"]
    assert kinds_of(rules.format("", "  # lint: allow never-true")) == []
    assert kinds_of(rules.format("# lint: allow never-true\n    ", "")) == []
    assert kinds_of(rules.format(f"{marker}\n    ", "")) == ["idle-allow"]
    assert kinds_of(rules.format("# lint: allow never-true\n    # why\n    ", "")) == ["idle-allow", "never-true"]


def test_a_comment_that_allows_is_no_new_model_version():
    with_marker, _ = read_model_text("preset:standard-b2b")
    assert "# lint: allow pays-twice" in with_marker
    from pipeline.models import parse_model

    bare = with_marker.replace("# lint: allow pays-twice", "")
    assert parse_model(bare).model_version == parse_model(with_marker).model_version


def test_a_model_that_does_not_load_has_no_lint():
    with pytest.raises(ModelFindings):
        lint("id: m\n")


def run(*args):
    return CliRunner().invoke(app, ["lint", *args])


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(HEAD + "lists: {none: [a]}\n")
    return str(path)


def test_findings_are_printed_with_file_line_column_and_kind(odd):
    result = run(odd)
    assert (result.exit_code, result.stderr) == (0, f"1 thing to look at in {odd}\n")
    remedy = "drop it, or use it: `in_list: none`"
    assert result.stdout == f"{odd}:3:9: unused: nothing uses the list `none` — {remedy}\n"


def test_findings_are_answered_to_programs_in_json(odd):
    (finding,) = json.loads(run(odd, "--json").stdout)["findings"]
    assert (finding["kind"], finding["line"], finding["column"], finding["file"]) == ("unused", 3, 9, odd)


def test_only_with_strict_findings_are_an_exit_code(odd):
    assert [run(odd, "--strict").exit_code, run("preset:standard-b2b", "--strict").exit_code] == [1, 0]


def test_the_help_tells_every_kind():
    said = " ".join(run("--help").stdout.split())
    assert all(f"{code} {about}" in said for code, about in ABOUT.items())


def test_the_page_on_lint_names_every_kind_in_the_order_of_the_help():
    page = (Path(__file__).parents[2] / "docs" / "model-lint.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == list(ABOUT)


def test_the_example_on_the_page_has_nothing_left_to_find_but_what_it_allows():
    page = (Path(__file__).parents[2] / "docs" / "model-lint.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    special = """\
    - {id: pricing, on: web.page_viewed, when: {path: /pricing}, points: 10}
    - {id: demo, on: form.submitted, when: {form_type: demo}, points: 50}
"""
    assert kinds_of(example + special) == []
    assert kinds_of(re.sub("# lint.*", "", example) + special) == ["pays-twice", "pays-twice"]
