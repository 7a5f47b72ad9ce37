"""Each mistake is told with its line, its column, and what to write instead."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.errors import ModelError
from pipeline.models import ModelFindings, load_model, parse_model

HEAD = "id: m\nversion: 1\n"
MISTAKES = YAML(typ="safe", pure=True).load((Path(__file__).parent / "data" / "mistakes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m["model"].strip()[-60:] or "empty")
def test_a_mistake_is_told_with_its_place_and_its_remedy(mistake):
    text = mistake["model"] if mistake.get("whole") else HEAD + mistake["model"]
    with pytest.raises(ModelFindings) as caught:
        parse_model(text, "m.yaml")
    told = [[f.line, f.column, f.message, f.remedy] for f in caught.value.findings]
    assert told == [list(finding) for finding in mistake["findings"]]


def test_the_table_holds_more_than_a_hundred_mistakes():
    assert len(MISTAKES) > 100


def test_all_mistakes_of_a_file_are_told_at_once_in_order_of_lines():
    text = """\
id: m
version: 1
timezone: Mars/Base
implicit:
  rules:
    - {id: a, on: web.page_viewed, points: ten}
    - {id: a, on: web.page_viewed, points: 1, decay: {half_life: soon}}
    - {id: b, on: web.page_viewed, when: {path: {matches: '(', in_list: nope}}, points: 1, limits: once}
lifecycle:
  entry: led
  stages: {lead: {}}
  transitions: [{from: lead, to: mql, when: {grade: Z9}}]
"""
    with pytest.raises(ModelFindings) as caught:
        parse_model(text, "m.yaml")
    findings = caught.value.findings
    lines = [f.line for f in findings]
    assert lines == sorted(lines)
    assert set(lines) == {3, 6, 7, 8, 10, 12}
    assert len(findings) >= 9
    assert all(f.remedy and f.file == "m.yaml" for f in findings)


def test_findings_are_one_model_error_whose_text_is_file_line_column():
    with pytest.raises(ModelError, match=r"^m\.yaml:3:1: `rules` means nothing here") as caught:
        parse_model(HEAD + "rules: []\n", "m.yaml")
    assert caught.value.exit_code == 3


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ModelFindings, match="there is no such file"):
        load_model("/nowhere/model.yaml")


def test_a_folder_is_told(tmp_path):
    with pytest.raises(ModelFindings, match="cannot be read"):
        load_model(tmp_path)


def test_an_unknown_preset_is_told_with_a_near_one():
    with pytest.raises(ModelFindings, match="did you mean `standard-b2b`"):
        load_model("preset:standard-b2c")


def test_a_file_that_is_not_utf_8_is_told_with_its_place(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes(HEAD.encode() + "title: 总监\n".encode("gb18030"))
    with pytest.raises(ModelFindings) as caught:
        load_model(path)
    assert (caught.value.findings[0].line, caught.value.findings[0].column) == (3, 8)


def test_a_file_above_one_mebibyte_is_refused(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(HEAD + "#" * (1 << 20))
    with pytest.raises(ModelFindings, match="larger than 1 MiB"):
        load_model(path)


def test_aliases_cannot_blow_up():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(ModelFindings, match="more than 100,000 values"):
        parse_model(HEAD + "\n".join(lines))


@pytest.mark.parametrize("depth", [55, 70, 2_000])
def test_depth_is_bounded_and_never_overflows_the_stack(depth):
    nested = "{not: " * depth + "{a: 1}" + "}" * depth
    with pytest.raises(ModelFindings, match="deeper than 64" if depth > 60 else "means nothing"):
        parse_model(HEAD + f"explicit: {{rules: [{{id: r, when: {nested}, points: 1, no: 1}}]}}\n")


def test_a_condition_nested_fifty_times_is_a_condition():
    nested = "{not: " * 50 + "{a: 1}" + "}" * 50
    assert parse_model(HEAD + f"explicit: {{rules: [{{id: r, when: {nested}, points: 1}}]}}\n").explicit.rules


@pytest.mark.parametrize("name", ["direct-sales", "presets/direct-sales.yaml", "direct_sales"])
def test_a_preset_named_without_its_prefix_is_told(name):
    with pytest.raises(ModelFindings, match="no such file — did you mean `preset:direct-sales`"):
        load_model(name)


@pytest.mark.parametrize("count", [1, 20_000])
def test_a_file_of_events_is_told_whatever_its_size(tmp_path, count):
    path = tmp_path / "events.ndjson"
    event = '{"event_id": "e-1", "type": "web.page_viewed", "occurred_at": "2026-03-02T09:30:00Z", "visitor_id": "v"}\n'
    path.write_text("\n" + event * count if count == 1 else event * count)
    with pytest.raises(ModelFindings, match="this looks like a file of events, not like a model"):
        load_model(path)


def test_a_model_in_one_line_of_json_is_no_file_of_events():
    assert parse_model('{"id": "m", "version": 1, "title": "type event_id"}').id == "m"
