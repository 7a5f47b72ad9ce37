"""`leadtide model` for people and for programs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.model import app

DATA = Path(__file__).parent / "data"


def run(*args):
    return CliRunner().invoke(app, list(args))


def test_validate_says_in_one_line_what_a_good_model_holds():
    result = run("validate", "preset:standard-b2b")
    assert result.exit_code == 0
    assert result.stdout.startswith("standard-b2b 2+")
    assert "10 explicit and 21 implicit rules, 9 stages, 12 transitions" in result.stdout
    assert result.stderr == ""


def test_validate_tells_warnings_on_stderr(tmp_path):
    """A type that is nearly one of the contract loads, with a word of warning."""
    path = tmp_path / "m.yaml"
    path.write_text("id: m\nversion: 1\nimplicit: {rules: [{id: a, on: web.page_view, points: 1}]}\n")
    result = run("validate", str(path))
    assert result.exit_code == 0
    assert "line 3: `web.page_view` is no type of the event contract" in result.stderr


def test_validate_tells_every_finding_and_leaves_with_3(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("id: m\nversion: 1\nfold: yes\nkeeep: []\n")
    result = run("validate", str(path))
    assert result.exit_code == 3
    assert f"{path}:3:7:" in result.stderr
    assert f"{path}:4:1: `keeep` means nothing here — did you mean `keep`?" in result.stderr
    assert "2 things to mend" in result.stderr


def test_validate_answers_programs_in_json(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("id: m\n")
    wrong = json.loads(run("validate", str(path), "--json").stdout)
    assert (wrong["ok"], wrong["findings"][0]["line"], wrong["findings"][0]["column"]) == (False, 1, 1)
    right = json.loads(run("validate", "preset:standard-b2b", "--json").stdout)
    assert (right["ok"], right["warnings"]) == (True, [])


@pytest.mark.parametrize("ref", ["preset:standard-b2b", str(DATA / "sample.yaml")])
def test_show_tells_rules_stages_and_transitions(ref):
    result = run("show", ref)
    assert result.exit_code == 0
    assert "Explicit: who the lead is" in result.stdout
    assert "Transitions" in result.stdout
    rows = json.loads(run("show", ref, "--json").stdout)
    assert {"explicit", "implicit", "groups", "stages", "transitions", "kept_names"} <= set(rows)


def test_show_puts_conditions_into_words():
    rows = json.loads(run("show", str(DATA / "sample.yaml"), "--json").stdout)
    said = {row["id"]: row for row in rows["implicit"]}
    assert said["pricing"]["when"] == "web.page_viewed with path like /pricing*"
    assert said["pricing"]["limit"] == "first 3 per 24h"
    assert said["demo"]["decay"] == "100% until 7d, 50% until 30d"
    assert said["three-articles"]["when"] == "3 or more web.page_viewed with path like /blog/* in 30d"
    mql = rows["transitions"][1]
    assert (mql["when"], mql["leave"]) == ("implicit ≥ 60 and explicit ≥ 30", "unless implicit ≥ 45")


def test_schema_is_printed_or_written(tmp_path):
    out = tmp_path / "s.json"
    assert run("schema", "--out", str(out)).exit_code == 0
    assert out.read_text("utf-8") == run("schema").stdout


def test_show_tells_slas_approvals_and_nurture_tracks():
    rows = json.loads(run("show", str(DATA / "sample.yaml"), "--json").stdout)
    sla = "within 4h of office, until crm.accepted, crm.rejected, else sales-manager is told"
    assert ["mql", "", "active", sla, ""] in rows["stages"]
    said = {row["key"]: row["approvals"] for row in rows["transitions"]}
    assert said["mql>sql"] == "marketing-director (within 1d)"
    assert said["opportunity>customer"] == "legal, then finance"
    stages = json.loads(run("show", "preset:committee", "--json").stdout)["stages"]
    assert ["recycled", "Recycled", "side", "", "committee-letters"] in stages


def test_show_tells_calendars_signals_further_scores_and_accounts():
    rows = json.loads(run("show", str(DATA / "sample.yaml"), "--json").stdout)
    office = "mon-fri, 09:00-18:00, Asia/Shanghai, without 2026-10-01/2026-10-07"
    assert rows["calendars"] == [["office", office]]
    assert ["surge", "window 3d, factor 3, floor 20"] in rows["signals"]
    (score,) = rows["scores"]
    assert (score["id"], [rule["id"] for rule in score["rules"]]) == ("product-b", ["b-pages"])
    assert score["offers"] == [["cross_sell", "total ≥ 40, in customer"]]
    account = rows["account"]
    assert (account["key"], ["user", "department = it"] in account["roles"]) == ("account", True)
    assert [row["when"] for row in account["transitions"]] == ["total ≥ 80", "roles_covered ≥ 3"]
    shown = run("show", str(DATA / "sample.yaml")).stdout
    headings = ["Further score: product-b", "Accounts: contacts with the same account", "Stages of accounts"]
    assert all(heading in shown for heading in [*headings, "Transitions of accounts", "Calendars", "Signals"])
